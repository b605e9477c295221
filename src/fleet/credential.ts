import { createHash } from "node:crypto";
import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import {
  accountChangeSubject,
  accountSubject,
  answerPlaces,
  configurationSubject,
  hintInfoSubject,
  hintSubject,
  inboxOf,
  wakeInfoSubject,
  wakeStream,
} from "./subjects.ts";

/*
 * Identities on the bus, in the bus's own form: nkeys (Ed25519) and JWTs that an account signs. A server's seed never
 * leaves the machine it was made on; a JWT is no secret.
 */

/** What a participant may publish to and listen to; everything else is refused by the bus server. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** A key pair whose seed signs; the public part names its owner. */
export interface Identity {
  readonly publicKey: string;
  readonly seed: Secret;
}

/** `nkeys` is loaded where it is needed only: a server of its own pays nothing for the fleet. */
async function nkeys(): Promise<typeof import("@nats-io/nkeys")> {
  return import("@nats-io/nkeys");
}

export async function makeIdentity(kind: "operator" | "account" | "user"): Promise<Identity> {
  const { createAccount, createOperator, createUser } = await nkeys();
  const pair = { operator: createOperator, account: createAccount, user: createUser }[kind]();
  return { publicKey: pair.getPublicKey(), seed: new Secret(Buffer.from(pair.getSeed()).toString("latin1")) };
}

/** The identity of a seed. Throws `input-invalid` for what is none. */
export async function identityOf(seed: Secret): Promise<Identity> {
  const { fromSeed } = await nkeys();
  try {
    return { publicKey: fromSeed(Buffer.from(seed.reveal(), "latin1")).getPublicKey(), seed };
  } catch (cause) {
    throw new CodedError("input-invalid", { detail: "this is no seed of a bus identity", cause });
  }
}

/** Whether a text is the public key of a participant. */
export async function isUserKey(text: string): Promise<boolean> {
  if (!/^U[A-Z2-7]{55}$/.test(text)) return false;
  const { fromPublic } = await nkeys();
  try {
    fromPublic(text);
    return true;
  } catch {
    return false;
  }
}

/** Signs claims as the bus servers read them (JWT with `ed25519-nkey`, version 2 of the claims). */
export async function signClaims(
  claims: {
    readonly subject: string;
    readonly name: string;
    readonly issuedAt: Date;
    readonly expires: Date | null;
    readonly nats: Readonly<Record<string, unknown>>;
  },
  signer: Identity,
): Promise<string> {
  const { fromSeed } = await nkeys();
  const body = {
    iat: seconds(claims.issuedAt),
    ...(claims.expires === null ? {} : { exp: seconds(claims.expires) }),
    iss: signer.publicKey,
    name: claims.name,
    sub: claims.subject,
    nats: claims.nats,
  };
  const id = base32(createHash("sha512-256").update(JSON.stringify(body)).digest());
  const signed = `${base64url({ typ: "JWT", alg: "ed25519-nkey" })}.${base64url({ jti: id, ...body })}`;
  const signature = fromSeed(Buffer.from(signer.seed.reveal(), "latin1")).sign(Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

/** The JWT of a participant: the account says what its holder may do. */
export function signUser(
  user: {
    readonly publicKey: string;
    readonly name: string;
    readonly permissions: Permissions;
    readonly issuedAt: Date;
    readonly expires: Date | null;
  },
  account: Identity,
): Promise<string> {
  return signClaims(
    {
      subject: user.publicKey,
      name: user.name,
      issuedAt: user.issuedAt,
      expires: user.expires,
      nats: {
        type: "user",
        version: 2,
        pub: { allow: user.permissions.publish },
        sub: { allow: user.permissions.subscribe },
        subs: -1,
        data: -1,
        payload: -1,
      },
    },
    account,
  );
}

/** The file that a participant proves itself with. */
export function credentialText(jwt: string, seed: Secret): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    seed.reveal(),
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}

/** A server asks for its own operations, and takes and acknowledges its own wake-ups. Nothing else. */
export function serverPermissions(node: string): Permissions {
  return {
    publish: [
      `xs.ask.${node}.*`,
      `$JS.API.CONSUMER.MSG.NEXT.${wakeStream}.${node}`,
      wakeInfoSubject(node),
      `$JS.ACK.${wakeStream}.${node}.>`,
    ],
    subscribe: [`${inboxOf(node)}.>`],
  };
}

/** The part of the hub that the world can reach: it hands webhooks in and asks whether they are safe there. */
export const intakePermissions: Permissions = {
  publish: [hintSubject, hintInfoSubject, configurationSubject],
  subscribe: [`${inboxOf("intake")}.>`],
};

/** The part of the hub that talks to the CA keeps the streams and answers everybody. */
export const gatewayPermissions: Permissions = {
  publish: [
    "$JS.API.>",
    "$JS.ACK.>",
    "$KV.>",
    "xs.wake.>",
    configurationSubject,
    accountSubject,
    accountChangeSubject,
    answerPlaces,
  ],
  subscribe: ["xs.ask.>", "xs.join.*", `${inboxOf("gateway")}.>`],
};

/** Whoever holds a token may ask once for the credential that the token is about. */
export function joinPermissions(tokenId: string): Permissions {
  return { publish: [`xs.join.${tokenId}`], subscribe: [`${inboxOf(`join-${tokenId}`)}.>`] };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => base32Alphabet[Number.parseInt(group.padEnd(5, "0"), 2)])
    .join("");
}
