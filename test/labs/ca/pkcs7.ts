import { contextConstructed, integer, objectIdentifier, sequence, set } from "./der.ts";

/** DER of a PKCS#7 that holds certificates and no signature, as CAs hand out (RFC 2315 §9.1). */
export function certificatesOnlyPkcs7(certificates: Buffer[]): Buffer {
  const data = objectIdentifier("1.2.840.113549.1.7.1");
  const signedData = sequence(
    integer(1),
    set(),
    sequence(data),
    contextConstructed(0, Buffer.concat(certificates)),
    set(),
  );
  return sequence(objectIdentifier("1.2.840.113549.1.7.2"), contextConstructed(0, signedData));
}
