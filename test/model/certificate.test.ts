import { generateKeyPairSync } from "node:crypto";
import { CodedError } from "../../src/errors.ts";
import {
  buildChain,
  type Certificate,
  judgeCertificate,
  parseCertificates,
  pemBundle,
} from "../../src/model/certificate.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";
import { bitString, boolean, contextPrimitive, integer, objectIdentifier, sequence } from "../labs/ca/der.ts";
import { distinguishedName, extension, makeSigner, signCertificate } from "../labs/ca/x509.ts";

const ca = new TestAuthority(testNow);
const names = ["example.nl", "www.example.nl"].map(parseHostName);
const leaf = ca.leaf(names);
const intermediate = ca.part("intermediate");
const parts = (certificates: readonly Certificate[]): string[] => certificates.map(({ subject }) => subject);

describe("reading", () => {
  test("a certificate's facts", () => {
    expect(leaf).toMatchObject({ names, selfSigned: false, notBefore: new Date("2026-11-23T09:00:00Z") });
    expect(leaf.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(leaf.keyId).toMatch(/^[0-9a-f]{64}$/);
    expect(ca.part("root").selfSigned).toBe(true);
  });

  test.each([
    ["CRLF line ends", leaf.pem.replaceAll("\n", "\r\n")],
    ["text around", `Bag Attributes\n  friendlyName: x\n${leaf.pem}trailing words`],
    ["a byte order mark", `\ufeff${leaf.pem}`],
    [
      "one long line",
      leaf.pem
        .replace(/\n(?!-)/g, "")
        .replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\n")
        .replace("-----END", "\n-----END"),
    ],
  ])("PEM with %s", (_name, pem) => {
    expect(parseCertificates(pem)).toEqual([leaf]);
  });

  test("several blocks, all of them, in order", () => {
    expect(parseCertificates(leaf.pem + intermediate.pem)).toEqual([leaf, intermediate]);
  });

  test("a private key in front is passed over, never read", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(parseCertificates(key + leaf.pem)).toEqual([leaf]);
  });

  test("DER", () => {
    const der = Buffer.from(leaf.pem.replace(/-----[^-]+-----/g, ""), "base64");
    expect(parseCertificates(der)).toEqual([leaf]);
    expect(() => parseCertificates(Buffer.concat([der, Buffer.from("x")]))).toThrow(
      expect.objectContaining({ code: "certificate-unreadable" }),
    );
  });

  test.each([
    ["nothing", ""],
    ["an HTML page", "<html><body>Not found</body></html>"],
    ["JSON", '{"message":"Resource not found."}'],
  ])("%s holds no certificate", (_name, text) => {
    expect(parseCertificates(text)).toEqual([]);
  });

  test.each([
    ["a block that is no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
    ["more than 64 kB", leaf.pem.repeat(100)],
  ])("%s is unreadable", (_name, text) => {
    expect(() => parseCertificates(text)).toThrow(
      expect.objectContaining({ code: "certificate-unreadable" }),
    );
  });

  test("F-11 half a file: cut at any byte, it is no certificate or an error, never another certificate", () => {
    for (let length = 0; length < leaf.pem.length - 2; length += 7) {
      let found: Certificate[] = [];
      try {
        found = parseCertificates(leaf.pem.slice(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
      expect(found).toEqual([]);
    }
  });
});

describe("F-27 the chain", () => {
  const cross = ca.part("cross-signed-root");

  test.each([
    ["as it should be", [intermediate]],
    ["with the root", [intermediate, ca.part("root")]],
    ["in reverse", [ca.part("root"), intermediate]],
    ["twice", [intermediate, intermediate]],
    ["with the leaf", [leaf, intermediate]],
    ["with a stranger", [ca.part("stranger"), intermediate]],
    ["with a sister that did not sign it", [ca.part("second-intermediate"), intermediate]],
    ["with a cross-signed root", [cross, intermediate]],
    ["with an expired twin first", [ca.part("expired-intermediate"), intermediate]],
  ])("%s becomes leaf's issuer and nothing else", (_name, pool) => {
    const chain = buildChain(leaf, pool, ca.roots, testNow);
    expect({ ...chain, chain: parts(chain.chain) }).toEqual({
      chain: [intermediate.subject],
      complete: true,
      problem: null,
    });
    expect(chain.chain[0]?.notAfter).toEqual(intermediate.notAfter);
  });

  test("F-28 without the intermediate it is incomplete", () => {
    for (const pool of [[], [ca.part("stranger")], [ca.part("second-intermediate")], [ca.part("root")]]) {
      expect(buildChain(leaf, pool, ca.roots, testNow)).toMatchObject({
        complete: false,
        problem: "chain-incomplete",
      });
    }
  });

  test("F-28 with nothing but an expired intermediate it has expired", () => {
    expect(buildChain(leaf, [ca.part("expired-intermediate")], ca.roots, testNow).problem).toBe(
      "chain-expired",
    );
  });

  test("a look-alike CA of the same name has signed nothing", () => {
    const twin = new TestAuthority(testNow);
    expect(twin.part("intermediate").subject).toBe(intermediate.subject);
    expect(buildChain(leaf, [twin.part("intermediate")], ca.roots, testNow).complete).toBe(false);
    expect(buildChain(leaf, [twin.part("intermediate"), intermediate], ca.roots, testNow).chain).toEqual([
      intermediate,
    ]);
  });

  test("a bundle is PEM after PEM", () => {
    expect(parseCertificates(pemBundle([leaf, intermediate]))).toEqual([leaf, intermediate]);
  });
});

describe("F-29 judging", () => {
  const good = buildChain(leaf, [intermediate], ca.roots, testNow);
  const judge = (
    certificate: Certificate,
    change: { now?: Date; ownKeyId?: string; wantedNames?: HostName[] } = {},
  ) =>
    judgeCertificate(certificate, good, {
      now: testNow,
      ownKeyId: certificate.keyId,
      wantedNames: names,
      ...change,
    });
  const weakRsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  const day = 86_400_000;

  test("a good one has no finding", () => {
    expect(judge(leaf)).toBeNull();
  });

  test.each([
    [
      "expired",
      () => judge(ca.leaf(names, { from: new Date("2025-01-01"), days: 90 })),
      "certificate-expired",
    ],
    [
      "at its last day",
      () => judge(leaf, { now: new Date(leaf.notAfter.getTime() - day / 2) }),
      "certificate-expires-soon",
    ],
    [
      "not valid yet",
      () => judge(ca.leaf(names, { from: new Date("2026-12-01") })),
      "certificate-not-yet-valid",
    ],
    ["for another key (F-26)", () => judge(leaf, { ownKeyId: intermediate.keyId }), "key-mismatch"],
    ["with a weak key", () => judge(ca.leaf(names, { key: weakRsa })), "certificate-weak"],
    [
      "signed with SHA-1",
      () => judge(ca.leaf(names, { switches: { signature: "sha1" } })),
      "certificate-weak",
    ],
    ["a CA itself", () => judge(ca.leaf(names, { switches: { isCa: true } })), "certificate-wrong-use"],
    [
      "not for servers",
      () => judge(ca.leaf(names, { switches: { serverAuth: false } })),
      "certificate-wrong-use",
    ],
    [
      "without names",
      () => judge(ca.leaf(names, { switches: { subjectAltName: false } })),
      "certificate-wrong-use",
    ],
    ["for other names", () => judge(ca.leaf(["other.example"])), "names-not-covered"],
  ] as const)("one that is %s", (_name, run, expected) => {
    expect(run()).toBe(expected);
  });

  const servers = extension("2.5.29.37", false, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1")));
  const named = extension("2.5.29.17", false, sequence(contextPrimitive(2, Buffer.from("example.nl"))));
  /** A certificate for a server by usage and name, with these extensions before and behind that. */
  function serverWith(before: readonly Buffer[], behind: readonly Buffer[] = []): Certificate {
    const signer = makeSigner("signer", "ec");
    const der = signCertificate({
      issuer: signer,
      subject: distinguishedName([["CN", "example.nl"]]),
      spki: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey.export({
        type: "spki",
        format: "der",
      }),
      notBefore: new Date(testNow.getTime() - day),
      notAfter: new Date(testNow.getTime() + 90 * day),
      digest: "sha256",
      extensions: [...before, servers, named, ...behind],
    });
    const [certificate] = parseCertificates(der);
    if (certificate === undefined) throw new Error("no certificate was made");
    return certificate;
  }
  const signsOnly = extension("2.5.29.15", true, bitString(Buffer.from([0x80]), 7));
  const constraints = (critical: boolean, ...values: Buffer[]): Buffer =>
    extension("2.5.29.19", critical, sequence(...values));

  test.each([
    ["in so many words", constraints(true, boolean(true))],
    ["but not as critical", constraints(false, boolean(true))],
    ["with a length of its path", constraints(true, boolean(true), integer(0))],
  ])("T-12 one that says that it is a CA, %s, although its key may sign no certificate", (_name, says) => {
    expect(judge(serverWith([signsOnly, says]))).toBe("certificate-wrong-use");
    expect(judge(serverWith([], [says]))).toBe("certificate-wrong-use");
  });

  test.each([
    ["that it is none", constraints(true)],
    ["that it is none, not as critical", constraints(false)],
    ["that it is none, with a false", constraints(true, boolean(false))],
    [
      "nothing about it, and something else that is true",
      extension("1.2.3.4", false, sequence(boolean(true))),
    ],
  ])("one that says %s is for a server", (_name, says) => {
    expect(judge(serverWith([signsOnly, says]))).toBeNull();
    expect(judge(serverWith([signsOnly], [says]))).toBeNull();
  });

  test.each([
    ["P-384", generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey, null],
    ["P-521", generateKeyPairSync("ec", { namedCurve: "secp521r1" }).publicKey, null],
    ["secp256k1", generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey, "certificate-weak"],
    ["Ed25519", generateKeyPairSync("ed25519").publicKey, "certificate-weak"],
    ["RSA of 2048 bits", generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey, null],
    ["RSA of 2047 bits", generateKeyPairSync("rsa", { modulusLength: 2047 }).publicKey, "certificate-weak"],
    [
      "RSA with the exponent 3",
      generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }).publicKey,
      "certificate-weak",
    ],
  ] as const)("one for a key of %s is judged by its strength", (_name, key, expected) => {
    expect(judge(ca.leaf(names, { key }))).toBe(expected);
  });

  test("one whose chain has a gap", () => {
    const gap = buildChain(leaf, [], ca.roots, testNow);
    expect(judgeCertificate(leaf, gap, { now: testNow, ownKeyId: leaf.keyId, wantedNames: names })).toBe(
      "chain-incomplete",
    );
  });
});
