import { createPrivateKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { keyIdOf } from "../../src/model/certificate.ts";
import { keyIdOfPrivateKey, keyMatches, readAnyPrivateKey, readPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pemOf = (key: typeof rsa.privateKey, type: "pkcs1" | "sec1" | "pkcs8" = "pkcs8"): string =>
  key.export({ type, format: "pem" }).toString();
const read = (pem: string) => readPrivateKey(new Secret(pem));
const refusal = (code: string) => expect.objectContaining({ code });

test.each([
  ["RSA in PKCS#1", pemOf(rsa.privateKey, "pkcs1"), "rsa", rsa.publicKey],
  ["RSA in PKCS#8", pemOf(rsa.privateKey), "rsa", rsa.publicKey],
  ["EC in SEC1", pemOf(ec.privateKey, "sec1"), "ec", ec.publicKey],
  ["EC in PKCS#8", pemOf(ec.privateKey), "ec", ec.publicKey],
] as const)("a key, %s, is read and comes out as PKCS#8", (_name, pem, kind, publicKey) => {
  const key = read(pem);
  expect({ ...key, pkcs8: key.pkcs8.reveal() }).toEqual({
    keyId: keyIdOf(publicKey),
    kind,
    pkcs8: pemOf(createPrivateKey(pem)),
  });
});

test("P-384 is good enough", () => {
  expect(read(pemOf(generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey)).kind).toBe("ec");
});

test.each([
  ["RSA of 2047 bits", () => generateKeyPairSync("rsa", { modulusLength: 2047 }).privateKey, "RSA 2047"],
  [
    "RSA with the exponent 3",
    () => generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }).privateKey,
    "RSA 2048",
  ],
  ["P-521", () => generateKeyPairSync("ec", { namedCurve: "secp521r1" }).privateKey, "secp521r1"],
  ["secp256k1", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey, "secp256k1"],
  ["Ed25519", () => generateKeyPairSync("ed25519").privateKey, "ed25519"],
])("T-19 %s must not protect a site", (_name, make, detail) => {
  expect(() => read(pemOf(make()))).toThrow(expect.objectContaining({ code: "key-weak", detail }));
});

test("T-19 RSA of more than 4096 bits must not either", () => {
  // Its own key: making one takes long.
  const modulus = Buffer.alloc(513, 0xff).toString("base64url");
  const jwk = { ...rsa.privateKey.export({ format: "jwk" }), n: modulus };
  const pem = pemOf(createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" }), "pkcs1");
  expect(() => read(pem)).toThrow(refusal("key-weak"));
});

test.each(["d", "p", "q", "dp", "dq", "qi"] as const)(
  "an RSA key whose part %s does not belong to it is damaged",
  (part) => {
    const jwk = rsa.privateKey.export({ format: "jwk" });
    const other = otherRsa.privateKey.export({ format: "jwk" });
    const pem = pemOf(
      createPrivateKey({ key: { ...jwk, [part]: other[part] } as JsonWebKey, format: "jwk" }),
      "pkcs1",
    );
    expect(() => read(pem)).toThrow(refusal("key-invalid"));
  },
);

test("an RSA key without its shortcuts is damaged", () => {
  const jwk = rsa.privateKey.export({ format: "jwk" });
  for (const part of ["dp", "dq", "qi"] as const) {
    const pem = pemOf(
      createPrivateKey({ key: { ...jwk, [part]: "AA" } as JsonWebKey, format: "jwk" }),
      "pkcs1",
    );
    expect(() => read(pem)).toThrow(refusal("key-invalid"));
  }
});

test("an EC key whose public half is another's is damaged", () => {
  const der = ec.privateKey.export({ type: "sec1", format: "der" });
  const point = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
    .publicKey.export({ type: "spki", format: "der" })
    .subarray(-64);
  const mixed = Buffer.concat([der.subarray(0, -64), point]);
  const pem = `-----BEGIN EC PRIVATE KEY-----\n${mixed.toString("base64")}\n-----END EC PRIVATE KEY-----\n`;
  expect(() => read(pem)).toThrow(
    expect.objectContaining({ code: "key-invalid", detail: "its parts do not belong together" }),
  );
});

test.each([
  ["no key", "hunter2 is no key", expect.not.stringContaining("hunter2")],
  ["nothing", "", expect.any(String)],
  ["more than 32 kB", `${pemOf(ec.privateKey)}${"\n".repeat(32_768)}`, "larger than 32 kB"],
])("%s is invalid, and is not repeated", (_name, text, detail) => {
  expect(() => readAnyPrivateKey(new Secret(text))).toThrow(
    expect.objectContaining({ code: "key-invalid", detail }),
  );
});

test("a text of 32 kB that holds a key is read", () => {
  const pem = pemOf(ec.privateKey);
  const padded = `${pem}${"\n".repeat(32_768 - pem.length)}`;
  expect(keyIdOfPrivateKey(readAnyPrivateKey(new Secret(padded)))).toBe(keyIdOf(ec.publicKey));
});

test("a certificate is told from others by its key", () => {
  const leaf = new TestAuthority(testNow).leaf(["example.nl"], { key: ec.publicKey });
  expect(keyMatches(leaf, keyIdOf(ec.publicKey))).toBe(true);
  expect(keyMatches(leaf, keyIdOf(rsa.publicKey))).toBe(false);
});
