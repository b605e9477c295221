import { generateKeyPairSync } from "node:crypto";
import { bitString, contextPrimitive, objectIdentifier, octetString, sequence } from "../ca/der.ts";
import { toPem } from "../ca/pem.ts";
import type { Signer } from "../ca/x509.ts";
import { distinguishedName, extension, keyIdentifierOf, makeSigner, signCertificate } from "../ca/x509.ts";

/** PEM, key in PKCS#8. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

const day = 86_400_000;

/** A server certificate that signs itself, as a fresh panel makes it for its own host name. */
export function selfSigned(names: readonly string[], now: Date, days = 365): KeyAndCertificate {
  const signer = makeSigner(names[0] ?? "localhost", "ec");
  const cert = leaf({ issuer: signer, subject: signer.name, spki: signer.spki, names, now, days });
  return { key: signer.key.export({ format: "pem", type: "pkcs8" }).toString(), cert };
}

/** What the panel's own ACME client brings home: certificates of an authority nobody here trusts. */
export class AcmeAuthority {
  private readonly signer = makeSigner("Lab ACME Authority", "ec");

  issue(names: readonly string[], now: Date): KeyAndCertificate {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const cert = leaf({
      issuer: this.signer,
      subject: distinguishedName([["CN", names[0] ?? "localhost"]]),
      spki: publicKey.export({ format: "der", type: "spki" }),
      names,
      now,
      days: 90,
    });
    return { key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(), cert };
  }
}

function leaf(options: {
  issuer: Signer;
  subject: Buffer;
  spki: Buffer;
  names: readonly string[];
  now: Date;
  days: number;
}): string {
  const names = options.names.map((name) => contextPrimitive(2, Buffer.from(name, "latin1")));
  const der = signCertificate({
    issuer: options.issuer,
    subject: options.subject,
    spki: options.spki,
    notBefore: new Date(options.now.getTime() - day),
    notAfter: new Date(options.now.getTime() + options.days * day),
    digest: "sha256",
    extensions: [
      extension("2.5.29.14", false, octetString(keyIdentifierOf(options.spki))),
      extension("2.5.29.15", true, bitString(Buffer.from([0x80]), 7)),
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.37", false, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.17", false, sequence(...names)),
    ],
  });
  return toPem("CERTIFICATE", der);
}
