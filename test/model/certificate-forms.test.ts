import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import {
  buildChain,
  type Certificate,
  certificateCovers,
  isNewer,
  judgeCertificate,
  keyIdOf,
  parseCertificates,
  pemBundle,
  trustedRoots,
} from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { readPkcs7 } from "../../src/model/pkcs7.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";
import { toPem } from "../labs/ca/pem.ts";
import { certificatesOnlyPkcs7 } from "../labs/ca/pkcs7.ts";

const ca = new TestAuthority(testNow);
const names = ["example.nl", "www.example.nl"].map(parseHostName);
const leaf = ca.leaf(names);
const intermediate = ca.part("intermediate");
const derOf = ({ pem }: Certificate): Buffer => Buffer.from(new X509Certificate(pem).raw);
const pkcs7 = certificatesOnlyPkcs7([derOf(leaf), derOf(intermediate)]);
const unreadable = (detail?: string) =>
  expect.objectContaining({ code: "certificate-unreadable", ...(detail === undefined ? {} : { detail }) });
const day = 86_400_000;

describe("the forms a certificate comes in", () => {
  test("PKCS#7 as DER and as PEM gives all its certificates in order", () => {
    expect(parseCertificates(pkcs7)).toEqual([leaf, intermediate]);
    expect(parseCertificates(toPem("PKCS7", pkcs7))).toEqual([leaf, intermediate]);
    expect(readPkcs7(pkcs7)).toEqual([derOf(leaf), derOf(intermediate)]);
  });

  test("PEM and PKCS#7 one after the other are all read", () => {
    expect(
      parseCertificates(leaf.pem + toPem("PKCS7", certificatesOnlyPkcs7([derOf(intermediate)]))),
    ).toEqual([leaf, intermediate]);
  });

  test.each([
    ["without certificates", certificatesOnlyPkcs7([])],
    ["an empty sequence", Buffer.from("3000", "hex")],
    ["a sequence with one part", Buffer.from("3003020101", "hex")],
    ["one whose second part is no structure", Buffer.from("3006020101020101", "hex")],
    ["one whose inner part is empty", Buffer.from("3005020101a000", "hex")],
    ["a length that reaches beyond the end", pkcs7.subarray(0, 100)],
  ])("T-12 PKCS#7 %s is no certificate", (_name, der) => {
    let found: Uint8Array[] = [];
    try {
      found = readPkcs7(der);
    } catch (thrown) {
      expect(thrown).toMatchObject({
        code: "certificate-unreadable",
        detail: "not a PKCS#7 structure",
      });
    }
    expect(found).toEqual([]);
    expect(() => parseCertificates(der)).toThrow(unreadable());
  });

  test("PKCS#7 whose content is no certificate is unreadable, and says which part is wrong", () => {
    const wrong = certificatesOnlyPkcs7([Buffer.from("3003020101", "hex")]);
    expect(() => parseCertificates(wrong)).toThrow(unreadable("not an X.509 certificate"));
    expect(() => parseCertificates(toPem("PKCS7", wrong))).toThrow(unreadable("not an X.509 certificate"));
  });

  test("a file of 64 kB is read, one byte more is not", () => {
    const padded = leaf.pem + "\n".repeat(65_536 - leaf.pem.length);
    expect(parseCertificates(padded)).toEqual([leaf]);
    expect(() => parseCertificates(`${padded}\n`)).toThrow(unreadable("larger than 64 kB"));
  });

  test("PEM as bytes is read like PEM as text", () => {
    expect(parseCertificates(Buffer.from(leaf.pem))).toEqual([leaf]);
  });

  test("bytes behind the certificate are refused, also in PEM", () => {
    const longer = Buffer.concat([derOf(leaf), Buffer.of(0)]);
    expect(() => parseCertificates(toPem("CERTIFICATE", longer))).toThrow(
      unreadable("bytes behind the certificate"),
    );
  });

  test("PEM is written in lines of 64, however it came", () => {
    const oneLine = `-----BEGIN CERTIFICATE-----\n${derOf(leaf).toString("base64")}\n-----END CERTIFICATE-----`;
    const [read] = parseCertificates(oneLine);
    expect(read?.pem).toBe(toPem("CERTIFICATE", derOf(leaf)));
    expect(pemBundle([leaf, intermediate])).toBe(leaf.pem + intermediate.pem);
  });

  test("each of many is itself, however often all are read", () => {
    const many = Array.from({ length: 40 }, (_none, index) => ca.leaf([`a${index}.example.nl`]));
    for (let round = 0; round < 2; round += 1) {
      for (const one of many) expect(parseCertificates(one.pem)).toEqual([one]);
    }
  });

  test("what is read says what OpenSSL says", () => {
    const parsed = new X509Certificate(leaf.pem);
    expect(leaf).toMatchObject({
      serial: parsed.serialNumber,
      subject: parsed.subject,
      issuer: parsed.issuer,
      fingerprint: parsed.fingerprint256.replaceAll(":", "").toLowerCase(),
      keyId: keyIdOf(parsed.publicKey),
      notBefore: parsed.validFromDate,
      notAfter: parsed.validToDate,
    });
  });

  test("names come once each and in normal form; what is no host name is left out", () => {
    expect(ca.leaf(["Example.nl", "example.nl", "_a.example.nl", "*.example.nl"]).names).toEqual([
      "example.nl",
      "*.example.nl",
    ]);
    // OpenSSL quotes such an entry; its parts are no names.
    expect(ca.leaf(["a.example.nl, DNS:victim.example"]).names).toEqual([]);
  });

  test("self-signed is what its own key signed, not what bears its own name", () => {
    expect(ca.part("root").selfSigned).toBe(true);
    expect(ca.part("cross-signed-root").selfSigned).toBe(false);
    expect(leaf.selfSigned).toBe(false);
  });
});

describe("chains", () => {
  test("without a moment to judge by, what has expired completes a chain", () => {
    const expired = ca.part("expired-intermediate");
    expect(buildChain(leaf, [expired], ca.roots)).toEqual({
      chain: [expired],
      complete: true,
      problem: null,
    });
    expect(buildChain(leaf, [expired], ca.roots, testNow)).toEqual({
      chain: [expired],
      complete: true,
      problem: "chain-expired",
    });
    expect(buildChain(leaf, [intermediate], ca.roots, intermediate.notAfter).problem).toBe("chain-expired");
  });

  test("of what does not reach a root, the longest part is kept", () => {
    const nobody = { bySubject: () => [] };
    expect(buildChain(leaf, [intermediate, ca.part("cross-signed-root")], nobody)).toEqual({
      chain: [intermediate, ca.part("cross-signed-root")],
      complete: false,
      problem: "chain-incomplete",
    });
    expect(buildChain(leaf, [], nobody)).toEqual({ chain: [], complete: false, problem: "chain-incomplete" });
  });

  test("a server's own certificate is no link, though it signs itself and bears a CA's name", () => {
    const other = ca.leaf(["other.example"]);
    expect(buildChain(leaf, [other], ca.roots).chain).toEqual([]);
  });

  test("a leaf right below a root needs no chain", () => {
    expect(buildChain(intermediate, [], ca.roots)).toEqual({ chain: [], complete: true, problem: null });
  });

  test("the usual roots are known by their subjects, and those that were added with them", () => {
    const first = new X509Certificate(rootCertificates[0] ?? "");
    const rootPem = ca.part("root").pem;
    const both = trustedRoots([`words\n${rootPem}${ca.part("legacy-root").pem}`]);
    expect(both.bySubject(first.subject).length).toBeGreaterThan(0);
    expect(both.bySubject(ca.part("root").subject)).toHaveLength(1);
    expect(both.bySubject(ca.part("legacy-root").subject)).toHaveLength(1);
    const own = trustedRoots([rootPem, rootPem, "no certificate"], false);
    expect(own.bySubject(first.subject)).toEqual([]);
    expect(own.bySubject(ca.part("root").subject)).toHaveLength(2);
    expect(trustedRoots().bySubject("CN=nobody")).toEqual([]);
  });
});

describe("judging at the borders", () => {
  const good = buildChain(leaf, [intermediate], ca.roots, testNow);
  const judge = (certificate: Certificate, changes: Partial<Parameters<typeof judgeCertificate>[2]> = {}) =>
    judgeCertificate(certificate, good, { now: testNow, ownKeyId: null, wantedNames: [], ...changes });
  const earlier = (end: Date, ms: number): Date => new Date(end.getTime() - ms);

  test("a day before its end it is good, less than that it ends soon, at its end it has expired", () => {
    const at = (ms: number) => judge(leaf, { now: earlier(leaf.notAfter, ms) });
    expect([at(day), at(day - 1), at(1), at(0)]).toEqual([
      null,
      "certificate-expires-soon",
      "certificate-expires-soon",
      "certificate-expired",
    ]);
  });

  test("from its first moment on it is valid", () => {
    expect(judge(leaf, { now: leaf.notBefore })).toBeNull();
    expect(judge(leaf, { now: earlier(leaf.notBefore, 1) })).toBe("certificate-not-yet-valid");
  });

  test("a gap in the chain is told before a beginning that is still to come", () => {
    const gap = buildChain(leaf, [], ca.roots, testNow);
    const early = { now: earlier(leaf.notBefore, 1), ownKeyId: null, wantedNames: [] };
    expect(judgeCertificate(leaf, gap, early)).toBe("chain-incomplete");
  });

  test("one wanted name of several is enough, and where none is wanted any will do", () => {
    expect(judge(leaf, { wantedNames: ["other.example", "www.example.nl"].map(parseHostName) })).toBeNull();
    expect(judge(leaf, { wantedNames: ["other.example"].map(parseHostName) })).toBe("names-not-covered");
    expect(judge(leaf)).toBeNull();
  });

  const made = (bits: number, publicExponent = 65_537) =>
    generateKeyPairSync("rsa", { modulusLength: bits, publicExponent }).publicKey;
  test.each([
    ["RSA of 2048 bits", () => made(2048), null],
    ["RSA of 2047 bits", () => made(2047), "certificate-weak"],
    ["RSA with the exponent 3", () => made(2048, 3), "certificate-weak"],
    ["P-384", () => generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey, null],
    ["P-521", () => generateKeyPairSync("ec", { namedCurve: "secp521r1" }).publicKey, null],
    ["secp256k1", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey, "certificate-weak"],
    ["Ed25519", () => generateKeyPairSync("ed25519").publicKey, "certificate-weak"],
  ] as const)("T-19 a key, %s", (_name, key, expected) => {
    expect(judge(ca.leaf(names, { key: key() }))).toBe(expected);
  });

  test("a certificate covers what one of its names covers", () => {
    const wild = ca.leaf(["*.example.nl", "example.org"]);
    const covered = (name: string) => certificateCovers(wild, parseHostName(name));
    expect(["a.example.nl", "example.org", "example.nl", "a.b.example.nl"].map(covered)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("newer is what ends later; of two with the same end, what began later", () => {
    const from = testNow;
    const later = new Date(from.getTime() + day);
    const first = ca.leaf(names, { from, days: 100 });
    const longer = ca.leaf(names, { from, days: 101 });
    const reissue = ca.leaf(names, { from: later, days: 99 });
    expect([isNewer(longer, first), isNewer(first, longer)]).toEqual([true, false]);
    expect([isNewer(reissue, first), isNewer(first, reissue)]).toEqual([true, false]);
    expect([isNewer(reissue, longer), isNewer(first, first)]).toEqual([false, false]);
  });
});
