import { createRequire } from "node:module";
import type forge from "node-forge";
import { CodedError } from "../errors.ts";

/**
 * The certificates inside a PKCS#7 SignedData (RFC 2315 §9.1), each as DER, unjudged. node-forge only reads the structure
 * here, and is loaded when the first such file comes along: it is large, and most servers never see one.
 */
export function readPkcs7(der: Uint8Array): Uint8Array[] {
  const { asn1, util } = createRequire(import.meta.url)("node-forge") as typeof forge;
  try {
    const contentInfo = asn1.fromDer(util.createBuffer(Buffer.from(der).toString("binary")));
    const signedData = child(child(contentInfo, 1), 0);
    const certificates = parts(signedData).find(
      (part) => Number(part.tagClass) === 0x80 && Number(part.type) === 0,
    );
    return certificates === undefined
      ? []
      : parts(certificates).map((part) => Buffer.from(asn1.toDer(part).getBytes(), "binary"));
  } catch (cause) {
    throw new CodedError("certificate-unreadable", { cause, detail: "not a PKCS#7 structure" });
  }
}

function parts(node: forge.asn1.Asn1): forge.asn1.Asn1[] {
  return Array.isArray(node.value) ? node.value : [];
}

function child(node: forge.asn1.Asn1, index: number): forge.asn1.Asn1 {
  const found = parts(node)[index];
  if (found === undefined)
    throw new CodedError("certificate-unreadable", { detail: "not a PKCS#7 structure" });
  return found;
}
