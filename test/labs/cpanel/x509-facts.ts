import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { dnsNamesOf } from "../common/certificate-checks.ts";

/** What the panel tells of a key: of RSA the modulus, of an elliptic curve the point (spec §4.9). */
export interface KeyFacts {
  key_algorithm: "rsaEncryption" | "id-ecPublicKey";
  modulus: string | null;
  modulus_length: number | null;
  ecdsa_curve_name: string | null;
  ecdsa_public: string | null;
}

const curveNames: Record<string, string> = { "P-256": "prime256v1", "P-384": "secp384r1" };

/** Undefined for kinds of keys that the panel doesn't take (spec §5.4). */
export function keyFacts(key: KeyObject): KeyFacts | undefined {
  const jwk = createPublicKey(
    key.type === "public" ? key.export({ format: "pem", type: "spki" }) : key,
  ).export({
    format: "jwk",
  });
  if (jwk.kty === "RSA") {
    const modulus = hex(jwk.n).replace(/^0+/, "");
    const bits = Buffer.from(jwk.n ?? "", "base64url").length * 8;
    return {
      key_algorithm: "rsaEncryption",
      modulus,
      modulus_length: bits,
      ecdsa_curve_name: null,
      ecdsa_public: null,
    };
  }
  const curve = curveNames[jwk.crv ?? ""];
  if (jwk.kty !== "EC" || curve === undefined) return undefined;
  const point = `04${hex(jwk.x)}${hex(jwk.y)}`;
  return {
    key_algorithm: "id-ecPublicKey",
    modulus: null,
    modulus_length: null,
    ecdsa_curve_name: curve,
    ecdsa_public: point,
  };
}

function hex(value: string | undefined): string {
  return Buffer.from(value ?? "", "base64url").toString("hex");
}

/** `<first 5>_<last 5>_<md5>` of the modulus; of the point for elliptic curves, which is an assumption (spec §4.9). */
export function keyId(facts: KeyFacts): string {
  const number = facts.modulus ?? facts.ecdsa_public ?? "";
  return `${ends(facts)}_${createHash("md5").update(number).digest("hex")}`;
}

function ends(facts: KeyFacts): string {
  const number = facts.modulus ?? facts.ecdsa_public ?? "";
  return `${number.slice(0, 5)}_${number.slice(-5)}`;
}

export function certificateId(certificate: X509Certificate): string {
  const facts = keyFacts(certificate.publicKey);
  const body = certificate.raw.toString("base64");
  const name = (namesOf(certificate)[0] ?? "").replaceAll(/[^A-Za-z0-9]/g, "_");
  const end = Math.floor(certificate.validToDate.getTime() / 1000);
  return `${name}_${facts === undefined ? "" : ends(facts)}_${end}_${createHash("md5").update(body).digest("hex")}`;
}

export function csrId(domain: string, facts: KeyFacts, pem: string): string {
  const name = domain.replaceAll(/[^A-Za-z0-9]/g, "_");
  return `${name}_${ends(facts)}_${createHash("md5").update(pem).digest("hex")}`;
}

/** Common name first, then the others (the id begins with the first). */
export function namesOf(certificate: X509Certificate): string[] {
  const common = field(certificate.subject, "CN");
  const all = [...(common === null ? [] : [common]), ...dnsNamesOf(certificate)];
  return [...new Set(all)];
}

export function field(name: string, attribute: string): string | null {
  const line = name.split("\n").find((entry) => entry.startsWith(`${attribute}=`));
  return line === undefined ? null : line.slice(attribute.length + 1);
}

/** The lab's own AutoSSL provider is told by the name of its authority. */
export const autosslAuthority = "Lab ACME Authority";

/** A certificate as lists show it. */
export function certificateFacts(certificate: X509Certificate): Record<string, unknown> {
  const isAutossl = field(certificate.issuer, "CN") === autosslAuthority;
  return {
    id: certificateId(certificate),
    domains: namesOf(certificate),
    not_before: Math.floor(certificate.validFromDate.getTime() / 1000),
    not_after: Math.floor(certificate.validToDate.getTime() / 1000),
    is_self_signed: isSelfSigned(certificate) ? 1 : 0,
    is_autossl: isAutossl ? 1 : 0,
    auto_ssl_provider: isAutossl ? "LetsEncrypt" : null,
    auto_ssl_provider_display_name: isAutossl ? "Let’s Encrypt™" : null,
    "issuer.commonName": field(certificate.issuer, "CN"),
    "issuer.organizationName": field(certificate.issuer, "O"),
    issuer_text: nameText(certificate.issuer),
    "subject.commonName": field(certificate.subject, "CN"),
    subject_text: nameText(certificate.subject),
    serial: certificate.serialNumber.toLowerCase(),
    signature_algorithm: `${certificate.publicKey.asymmetricKeyType === "ec" ? "ecdsa-with-SHA256" : "sha256WithRSAEncryption"}`,
    validation_type: isSelfSigned(certificate) ? null : "dv",
    ...keyFacts(certificate.publicKey),
  };
}

const longNames: Record<string, string> = {
  CN: "commonName",
  O: "organizationName",
  OU: "organizationalUnitName",
  C: "countryName",
  ST: "stateOrProvinceName",
  L: "localityName",
};

/** Attribute and value on lines of their own. */
function nameText(name: string): string {
  return name
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => {
      const equals = line.indexOf("=");
      const attribute = line.slice(0, equals);
      return `${longNames[attribute] ?? attribute}\n${line.slice(equals + 1)}`;
    })
    .join("\n");
}

export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** The first certificate of a text; throws what OpenSSL says when it cannot be read. */
export function readCertificate(text: string): X509Certificate {
  return new X509Certificate(text);
}
