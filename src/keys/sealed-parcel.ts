import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import { keyIdOf } from "../model/certificate.ts";
import { handOverId } from "../model/shapes.ts";
import { Secret } from "../secret.ts";

/*
 * What travels from one server to another, in a file that root carries. It is sealed for the server that receives it: an
 * X25519 agreement of a key made for this one file with the receiver's, HKDF-SHA-256, AES-256-GCM over the content with all
 * of the head as additional data. The same construction as age and HPKE (docs/decisions/0011).
 */

const format = 1;
const tagLength = 16;
const info = Buffer.from("xolphin-ssl parcel 1");
const server = z.string().max(32);
const raw = z.base64url().max(64);

/** What a server that awaits an account shows to the one that gives it. Public; only its being genuine matters. */
const invitationShape = z.strictObject({
  v: z.literal(format),
  id: handOverId,
  to: server,
  account: z.string().min(1).max(64),
  publicKey: raw,
});
export type Invitation = z.output<typeof invitationShape>;

const headShape = z.strictObject({
  id: handOverId,
  from: server,
  to: server,
  account: z.string().max(64),
  receiver: raw,
  ephemeral: raw,
});
/** Whose it is, for whom, and under which keys; in clear, and proven with the content. */
export type ParcelHead = z.output<typeof headShape>;

const parcelShape = z.strictObject({
  format: z.literal("xolphin-ssl parcel"),
  v: z.int(),
  head: headShape,
  nonce: z.base64url(),
  tag: z.base64url(),
  body: z.base64url(),
});

/** A key for one parcel. `keyId` names it, `pem` is to be kept until the parcel was opened. */
export function makeReceiver(): { readonly keyId: string; readonly publicKey: string; readonly pem: Secret } {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  return {
    keyId: keyIdOf(publicKey),
    publicKey: rawOf(publicKey),
    pem: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
  };
}

export function writeInvitation(invitation: Omit<Invitation, "v">): string {
  return Buffer.from(JSON.stringify({ v: format, ...invitation })).toString("base64url");
}

/** Throws `handover-refused` for what is none, or is of another version. */
export function readInvitation(text: string): Invitation {
  try {
    return invitationShape.parse(JSON.parse(Buffer.from(text.trim(), "base64url").toString("utf8")));
  } catch (cause) {
    throw new CodedError("handover-refused", { detail: "this is no invitation of this version", cause });
  }
}

/** Seals `content` for whoever made the invitation. */
export function sealParcel(content: Secret, from: string, invitation: Invitation): string {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const head: ParcelHead = {
    id: invitation.id,
    from,
    to: invitation.to,
    account: invitation.account,
    receiver: invitation.publicKey,
    ephemeral: rawOf(publicKey),
  };
  const nonce = randomBytes(12);
  const key = agree(privateKey, publicOf(invitation.publicKey), head);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength });
  cipher.setAAD(additional(head));
  const body = Buffer.concat([cipher.update(content.reveal(), "utf8"), cipher.final()]);
  return `${JSON.stringify({
    format: "xolphin-ssl parcel",
    v: format,
    head,
    nonce: nonce.toString("base64url"),
    tag: cipher.getAuthTag().toString("base64url"),
    body: body.toString("base64url"),
  })}\n`;
}

/** What a parcel says of itself; nothing of it is proven before it is opened. Throws `handover-refused`. */
export function readParcelHead(text: string): ParcelHead {
  return readParcel(text).head;
}

/** Throws `handover-refused` for a parcel that was changed, or that is for another key. */
export function openParcel(text: string, pem: Secret): Secret {
  const { head, nonce, tag, body } = readParcel(text);
  try {
    const privateKey = createPrivateKey(pem.reveal());
    const key = agree(privateKey, publicOf(head.ephemeral), head);
    const bytes = (field: string): Buffer => Buffer.from(field, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", key, bytes(nonce), { authTagLength: tagLength });
    decipher.setAAD(additional(head));
    decipher.setAuthTag(bytes(tag));
    return new Secret(Buffer.concat([decipher.update(bytes(body)), decipher.final()]).toString("utf8"));
  } catch (cause) {
    throw new CodedError("handover-refused", { detail: "it was changed, or is for another key", cause });
  }
}

function readParcel(text: string): z.output<typeof parcelShape> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CodedError("handover-refused", { detail: "this is no hand-over file", cause });
  }
  const parsed = parcelShape.safeParse(value);
  if (!parsed.success) throw new CodedError("handover-refused", { detail: "this is no hand-over file" });
  if (parsed.data.v !== format) {
    throw new CodedError("handover-refused", {
      detail: `format ${parsed.data.v}; this version reads ${format}`,
    });
  }
  return parsed.data;
}

/** Both public keys go into the key, so that one parcel can't be passed off as another. */
function agree(privateKey: KeyObject, publicKey: KeyObject, head: ParcelHead): Buffer {
  const shared = diffieHellman({ privateKey, publicKey });
  const salt = Buffer.concat([
    Buffer.from(head.ephemeral, "base64url"),
    Buffer.from(head.receiver, "base64url"),
  ]);
  return Buffer.from(hkdfSync("sha256", shared, salt, info, 32));
}

function additional(head: ParcelHead): Buffer {
  const { id, from, to, account, receiver, ephemeral } = head;
  return Buffer.from(JSON.stringify([format, id, from, to, account, receiver, ephemeral]));
}

function rawOf(publicKey: KeyObject): string {
  return String(publicKey.export({ format: "jwk" }).x);
}

function publicOf(text: string): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x: text }, format: "jwk" });
}
