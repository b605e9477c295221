import { z } from "zod";
import { CodedError } from "../errors.ts";
import { type BusSession, busError, decode } from "./bus.ts";
import { type Identity, signClaims } from "./credential.ts";
import { accountChangeSubject, accountSubject } from "./subjects.ts";
import { replicas } from "./topology.ts";

const answerDeadline = 3_000;

/** The account's claims as the bus servers keep them; what we do not know of stays as it is. */
const accountClaims = z.looseObject({
  sub: z.string(),
  name: z.string(),
  nats: z.looseObject({ revocations: z.record(z.string(), z.int()).default({}) }),
});

const changeAnswer = z.object({
  server: z.object({ name: z.string() }),
  data: z.object({ code: z.int() }).optional(),
  error: z.object({ code: z.int(), description: z.string().default("") }).optional(),
});

/**
 * Tells the bus servers that credentials with these keys are good no more: connections that have one are closed at once, and
 * none is let in again, whatever its permissions say. A bus server that is away learns it from the others when it comes back.
 * Throws `bus-unreachable` when no bus server took it, and what a bus server says when it refuses.
 */
export async function shutOut(
  { connection }: Pick<BusSession, "connection">,
  change: {
    /** Public key of the servers' account. */
    readonly account: string;
    /** Signs in the operator's name. */
    readonly signer: Identity;
    readonly keys: readonly string[];
    readonly now: Date;
  },
): Promise<void> {
  const { account, signer, keys, now } = change;
  if (keys.length === 0) return;
  const { data } = await connection
    .request(accountSubject, "", { timeout: answerDeadline })
    .catch((thrown: unknown) => {
      throw busError(thrown);
    });
  const claims = readClaims(Buffer.from(data).toString("latin1"));
  if (claims.sub !== account) {
    throw new CodedError("bus-answer-unreadable", { detail: "this is not the servers' account" });
  }
  const at = Math.floor(now.getTime() / 1_000);
  const revocations = { ...claims.nats.revocations, ...Object.fromEntries(keys.map((key) => [key, at])) };
  const jwt = await signClaims(
    {
      subject: account,
      name: claims.name,
      issuedAt: now,
      expires: null,
      nats: { ...claims.nats, revocations },
    },
    signer,
  );
  let taken = 0;
  try {
    const answers = await connection.requestMany(accountChangeSubject, jwt, {
      strategy: "count",
      maxMessages: replicas,
      maxWait: answerDeadline,
    });
    for await (const message of answers) {
      const { server, error } = decode(changeAnswer, message);
      if (error !== undefined) {
        throw new CodedError("fleet-refused", { detail: `${server.name}: ${error.description}` });
      }
      taken += 1;
    }
  } catch (thrown) {
    throw busError(thrown);
  }
  if (taken === 0) throw new CodedError("bus-unreachable", { detail: "no bus server took the change" });
}

/** Unsigned: it comes from the bus servers, which trust the account by the same words. */
function readClaims(jwt: string): z.output<typeof accountClaims> {
  try {
    const [, body = ""] = jwt.split(".");
    return accountClaims.parse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
  } catch (cause) {
    throw new CodedError("bus-answer-unreadable", { cause, detail: "the servers' account" });
  }
}
