import { generateKeyPairSync } from "node:crypto";
import { bitString, boolean, contextPrimitive, objectIdentifier, octetString, sequence } from "./der.ts";
import { toPem } from "./pem.ts";
import type { LeafSwitches } from "./switches.ts";
import type { Signer, SubjectField } from "./x509.ts";
import {
  authorityCertificate,
  distinguishedName,
  extension,
  keyIdentifierOf,
  makeSigner,
  serialNumber,
  signCertificate,
} from "./x509.ts";

/** The certificates a bundle can be put together from. */
export type ChainPart =
  | "leaf"
  | "intermediate"
  | "second-intermediate"
  | "expired-intermediate"
  /** The root's name and key under the older root, as Sectigo's chain to AAA is built. */
  | "cross-signed-root"
  | "root"
  | "legacy-root"
  /** An intermediate of an unrelated authority. */
  | "stranger";

export interface Authority {
  /** Every certificate but the leaf, PEM. */
  pems: Record<Exclude<ChainPart, "leaf">, string>;
  ders: Record<Exclude<ChainPart, "leaf">, Buffer>;
  /** The root of `stranger`, which nobody trusts. */
  strangerRootPem: string;
  /** Signs a server certificate; a millisecond with EC issuer keys. */
  issue(leaf: LeafRequest): IssuedLeaf;
}

export interface LeafRequest {
  spki: Buffer;
  keyType: "RSA" | "EC";
  names: string[];
  subject: SubjectField[];
  validation: "DV" | "OV" | "EV";
  notBefore: Date;
  notAfter: Date;
  switches: LeafSwitches;
}

export interface IssuedLeaf {
  der: Buffer;
  pem: string;
  /** Upper-case hex, as openssl prints it. */
  serial: string;
  issuer: LeafSwitches["issuer"];
}

/** CA/Browser Forum reserved policy identifiers. */
const policies = { DV: "2.23.140.1.2.1", OV: "2.23.140.1.2.2", EV: "2.23.140.1.1" };

const day = 86_400_000;

/**
 * Makes the certification authority of the lab: root, two intermediates, an older root that cross-signs the first, an
 * expired twin of the intermediate, and a stranger. `now` only dates them; `issuerAddress` is where the AIA extension
 * says issuers can be fetched, without a closing slash.
 */
export function createAuthority(options: {
  now: Date;
  issuerAddress: () => string;
  keys: "ec" | "rsa";
}): Authority {
  const from = new Date(options.now.getTime() - 1000 * day);
  const until = new Date(options.now.getTime() + 5000 * day);
  const years = { from, until };
  const root = makeSigner("Lab CA Root R46", options.keys);
  const legacy = makeSigner("Lab CA Legacy Services", options.keys);
  const intermediate = makeSigner("Lab CA Secure Server CA 1", options.keys);
  const second = makeSigner("Lab CA Secure Server CA 2", options.keys);
  const strangerRoot = makeSigner("Unrelated Root", options.keys);
  const stranger = makeSigner("Unrelated Secure Server CA", options.keys);
  const ders = {
    root: authorityCertificate(root, root, years, undefined),
    "legacy-root": authorityCertificate(legacy, legacy, years, undefined),
    "cross-signed-root": authorityCertificate(root, legacy, years, undefined),
    intermediate: authorityCertificate(intermediate, root, years, 0),
    "second-intermediate": authorityCertificate(second, root, years, 0),
    "expired-intermediate": authorityCertificate(
      intermediate,
      root,
      { from, until: new Date(options.now.getTime() - 10 * day) },
      0,
    ),
    stranger: authorityCertificate(stranger, strangerRoot, years, 0),
  };
  const signers = { intermediate, "second-intermediate": second, stranger };
  return {
    ders,
    pems: mapValues(ders, (der) => toPem("CERTIFICATE", der)),
    strangerRootPem: toPem("CERTIFICATE", authorityCertificate(strangerRoot, strangerRoot, years, undefined)),
    issue(leaf) {
      const issuer = leaf.switches.issuer;
      return issueLeaf(leaf, signers[issuer], issuer, `${options.issuerAddress()}/${issuer}.crt`);
    },
  };
}

function issueLeaf(
  leaf: LeafRequest,
  issuer: Signer,
  issuerPart: IssuedLeaf["issuer"],
  issuerUrl: string,
): IssuedLeaf {
  const { switches } = leaf;
  const serial = serialNumber();
  const spki = switches.otherKey ? otherKeyLike(leaf.keyType) : leaf.spki;
  const usages = switches.serverAuth ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.4";
  const names = leaf.names.map((name) => contextPrimitive(2, Buffer.from(name, "latin1")));
  const der = signCertificate({
    issuer,
    serial,
    subject: distinguishedName(leaf.subject),
    spki,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    digest: switches.signature,
    extensions: [
      extension("2.5.29.35", false, sequence(contextPrimitive(0, issuer.keyIdentifier))),
      extension("2.5.29.14", false, octetString(keyIdentifierOf(spki))),
      extension("2.5.29.15", true, keyUsageOf(leaf)),
      extension("2.5.29.19", true, switches.isCa ? sequence(boolean(true)) : sequence()),
      extension("2.5.29.37", false, sequence(objectIdentifier(usages))),
      extension("2.5.29.32", false, sequence(sequence(objectIdentifier(policies[leaf.validation])))),
      extension(
        "1.3.6.1.5.5.7.1.1",
        false,
        sequence(
          sequence(
            objectIdentifier("1.3.6.1.5.5.7.48.2"),
            contextPrimitive(6, Buffer.from(issuerUrl, "latin1")),
          ),
        ),
      ),
      ...(switches.subjectAltName ? [extension("2.5.29.17", false, sequence(...names))] : []),
    ],
  });
  return {
    der,
    pem: toPem("CERTIFICATE", der),
    serial: serial.toString("hex").toUpperCase(),
    issuer: issuerPart,
  };
}

/** digitalSignature, keyEncipherment with RSA, and what a CA has for a leaf that claims to be one. */
function keyUsageOf(leaf: LeafRequest): Buffer {
  if (leaf.switches.isCa) return bitString(Buffer.from([0x86]), 1);
  return leaf.keyType === "RSA" ? bitString(Buffer.from([0xa0]), 5) : bitString(Buffer.from([0x80]), 7);
}

function otherKeyLike(keyType: "RSA" | "EC"): Buffer {
  const { publicKey } =
    keyType === "EC"
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return publicKey.export({ format: "der", type: "spki" });
}

function mapValues<K extends string, A, B>(record: Record<K, A>, change: (value: A) => B): Record<K, B> {
  const entries = Object.entries<A>(record).map(([key, value]) => [key, change(value)]);
  return Object.fromEntries(entries) as Record<K, B>;
}
