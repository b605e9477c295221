import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import {
  type Certificate,
  parseCertificates,
  type TrustedRoots,
  trustedRoots,
} from "../../src/model/certificate.ts";
import { type Authority, type ChainPart, createAuthority } from "../labs/ca/certificate-authority.ts";
import { defaultSwitches, type LeafSwitches } from "../labs/ca/switches.ts";

/** Where the clock of unit tests stands. */
export const testNow = new Date("2026-11-24T09:00:00Z");
const day = 86_400_000;

/**
 * Real certificates, signed by the lab's authority. They count from a moment of the test's choice: `testNow` where its clock
 * stands there, the present where a lab or a handshake judges them by the machine's clock.
 */
export class TestAuthority {
  readonly authority: Authority;
  readonly roots: TrustedRoots;
  private readonly now: Date;

  constructor(now: Date) {
    this.now = now;
    this.authority = createAuthority({ now, issuerAddress: () => "http://ca.test", keys: "ec" });
    this.roots = trustedRoots([this.authority.pems.root], false);
  }

  part(name: Exclude<ChainPart, "leaf">): Certificate {
    return one(this.authority.pems[name]);
  }

  leaf(
    names: string[],
    options: { days?: number; from?: Date; key?: KeyObject; switches?: Partial<LeafSwitches> } = {},
  ): Certificate {
    const key =
      options.key ?? createPublicKey(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey);
    const from = options.from ?? new Date(this.now.getTime() - day);
    const { pem } = this.authority.issue({
      spki: key.export({ type: "spki", format: "der" }),
      keyType: key.asymmetricKeyType === "rsa" ? "RSA" : "EC",
      names,
      subject: [["CN", names[0] ?? ""]],
      validation: "DV",
      notBefore: from,
      notAfter: new Date(from.getTime() + (options.days ?? 200) * day),
      switches: { ...defaultSwitches().leaf, ...options.switches },
    });
    return one(pem);
  }
}

function one(pem: string): Certificate {
  const [certificate] = parseCertificates(pem);
  if (certificate === undefined) throw new Error("the authority made no certificate");
  return certificate;
}
