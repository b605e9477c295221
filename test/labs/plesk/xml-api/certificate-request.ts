import { type KeyObject, sign } from "node:crypto";
import {
  bitString,
  contextConstructed,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
} from "../../ca/der.ts";
import { toPem } from "../../ca/pem.ts";
import { distinguishedName, type SubjectField } from "../../ca/x509.ts";

/** A PKCS#10 request as the panel makes one for its own keys (RFC 2986). */
export function certificateRequest(
  privateKey: KeyObject,
  publicKey: KeyObject,
  subject: Partial<Record<SubjectField[0], string>>,
): string {
  const fields = Object.entries(subject) as SubjectField[];
  const spki = publicKey.export({ type: "spki", format: "der" });
  const info = sequence(integer(0), distinguishedName(fields), spki, contextConstructed(0, Buffer.alloc(0)));
  const signature = sign("sha256", info, privateKey);
  const algorithm = sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue);
  return toPem("CERTIFICATE REQUEST", sequence(info, algorithm, bitString(signature)));
}
