import { randomBytes } from "node:crypto";
import type { Msg } from "@nats-io/transport-node";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { type BusSession, decode, encode } from "./bus.ts";
import {
  credentialText,
  type Identity,
  isUserKey,
  joinPermissions,
  makeIdentity,
  serverPermissions,
  signUser,
} from "./credential.ts";
import { memberRecord } from "./members.ts";
import { answer } from "./operations.ts";
import type { Records } from "./records.ts";
import { nodePattern, reservedNodes } from "./subjects.ts";

/*
 * How a server gets its credential. The administrator makes a token on the hub and carries it over; the server makes its own
 * key, shows the token's one-time identity, and gets a credential for its public key. No seed of a server ever travels.
 */

/** Long enough to walk over to the server. */
const tokenLife = 24 * 3_600_000;

const tokenRecord = z.object({
  node: z.string(),
  expires: z.iso.datetime(),
  /** Null while unused; afterwards the key that it was used for. */
  publicKey: z.string().nullable(),
});

const tokenShape = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  node: z.string().regex(nodePattern),
  servers: z.array(z.string()).min(1),
  authority: z.string(),
  credential: z.string(),
});
export type Token = z.output<typeof tokenShape>;

const joinQuestion = z.strictObject({ publicKey: z.string() });
const joinAnswer = z.strictObject({ node: z.string(), jwt: z.string() });

/** Makes a token for a server of that name. Throws `input-invalid` for a name that can't be one. */
export async function makeToken(
  parts: {
    readonly records: Records;
    readonly account: Identity;
    readonly servers: readonly string[];
    readonly authority: string;
    readonly clock: Clock;
  },
  node: string,
): Promise<Secret> {
  if (!nodePattern.test(node) || reservedNodes.includes(node)) {
    throw new CodedError("input-invalid", { detail: `${node} can't be the name of a server` });
  }
  const { records, account, clock } = parts;
  const id = randomBytes(16).toString("hex");
  const now = clock.now();
  const expires = new Date(now.getTime() + tokenLife);
  const user = await makeIdentity("user");
  const jwt = await signUser(
    {
      publicKey: user.publicKey,
      name: `join ${node}`,
      permissions: joinPermissions(id),
      issuedAt: now,
      expires,
    },
    account,
  );
  await records.write(`token.${id}`, { node, expires: expires.toISOString(), publicKey: null });
  const token: Token = {
    v: 1,
    id,
    node,
    servers: [...parts.servers],
    authority: parts.authority,
    credential: credentialText(jwt, user.seed),
  };
  return new Secret(Buffer.from(JSON.stringify(token)).toString("base64url"));
}

/** Throws `token-refused` for what is no token. */
export function readToken(text: string): Token {
  try {
    return tokenShape.parse(JSON.parse(Buffer.from(text.trim(), "base64url").toString("utf8")));
  } catch {
    // What it holds is a secret: the cause would show parts of it.
    throw new CodedError("token-refused", { detail: "this is no token" });
  }
}

/** An answer can be lost on its way, and the token is good for this key alone by then. */
const asks = 3;

/**
 * The server's side: a key of its own, and the credential that the hub gives for it. Throws `token-refused`, and
 * `bus-unreachable` when no hub answers.
 */
export async function redeemToken(
  { connection }: Pick<BusSession, "connection">,
  token: Token,
): Promise<{ node: string; credential: Secret }> {
  const identity = await makeIdentity("user");
  const ask = (): Promise<Msg> =>
    connection.request(`xs.join.${token.id}`, encode({ publicKey: identity.publicKey }), { timeout: 15_000 });
  let message: Msg | null = null;
  for (let tried = 1; message === null; tried += 1) {
    try {
      message = await ask();
    } catch (cause) {
      if (tried === asks)
        throw new CodedError("bus-unreachable", { cause, detail: "no hub answers the token" });
    }
  }
  const said = decode(answer, message);
  if ("error" in said) throw new CodedError("token-refused", { detail: said.error.detail });
  const { node, jwt } = joinAnswer.parse(said.result);
  return { node, credential: new Secret(credentialText(jwt, identity.seed)) };
}

/**
 * The hub's side. A token is good once: whoever comes first with it has it, and only the same key may ask again, in case
 * the answer was lost.
 */
export async function admit(
  parts: { readonly records: Records; readonly account: Identity; readonly clock: Clock },
  tokenId: string,
  message: { readonly data: Uint8Array },
): Promise<{ node: string; jwt: string }> {
  const { records, account, clock } = parts;
  const { publicKey } = decode(joinQuestion, message);
  if (!(await isUserKey(publicKey))) throw new CodedError("token-refused", { detail: "this is no key" });
  const held = await records.read(`token.${tokenId}`, tokenRecord);
  const now = clock.now();
  if (held === null || new Date(held.value.expires) <= now) {
    throw new CodedError("token-refused", { detail: "unknown or too old" });
  }
  const { node, publicKey: usedFor } = held.value;
  if (usedFor !== null && usedFor !== publicKey)
    throw new CodedError("token-refused", { detail: "used already" });
  if (
    usedFor === null &&
    !(await records.replace(`token.${tokenId}`, { ...held.value, publicKey }, held.revision))
  ) {
    throw new CodedError("token-refused", { detail: "used already" });
  }
  await records.update(`member.${node}`, memberRecord, (before) => ({
    removed: false,
    keys: [...new Set([...(before?.keys ?? []), publicKey])],
  }));
  // Taken out while it was let in: a credential that nobody hears of opens nothing.
  if ((await records.read(`token.${tokenId}`, tokenRecord)) === null) {
    await records.update(`member.${node}`, memberRecord, (before) => ({
      removed: true,
      keys: before?.keys ?? [],
    }));
    throw new CodedError("token-refused", { detail: "the server was taken out of the fleet meanwhile" });
  }
  // A server that joins anew, perhaps as another machine, begins anew.
  await records.remove(`session.${node}`);
  const jwt = await signUser(
    { publicKey, name: node, permissions: serverPermissions(node), issuedAt: now, expires: null },
    account,
  );
  return { node, jwt };
}

/** No token for that server is good any more. */
export async function dropTokens(records: Records, node: string): Promise<void> {
  for (const id of await records.keys("token")) {
    const held = await records.read(`token.${id}`, tokenRecord);
    if (held?.value.node === node) await records.remove(`token.${id}`);
  }
}
