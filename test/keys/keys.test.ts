import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { makeCertificateRequest, readCertificateRequest } from "../../src/keys/certificate-request.ts";
import { type KeyKind, type KeyStore, openKeyStore } from "../../src/keys/key-store.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { readPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";

let stateDir: string;
let keys: KeyStore;

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "keys-"));
  keys = await openKeyStore(stateDir);
});

afterEach(() => rmSync(stateDir, { recursive: true }));

const kinds: KeyKind[] = ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384"];
const names = ["example.nl", "*.example.nl", "bücher.example"].map(parseHostName);

describe("a key store", () => {
  test("gives back what it made, to another start as well, and only as a secret", async () => {
    const keyId = await keys.create("ec-p256");
    const again = await openKeyStore(stateDir);
    const key = await again.read(keyId);
    expect(readPrivateKey(key).keyId).toBe(keyId);
    expect(`${key} ${inspect(key)} ${JSON.stringify({ key })}`).not.toContain("PRIVATE");
    expect(await again.list()).toEqual([keyId]);
  });

  test("keeps nothing readable on disk, and nothing open to others", async () => {
    const keyId = await keys.create("ec-p256");
    const file = join(stateDir, "keys", `${keyId}.key`);
    const body = (await keys.read(keyId)).reveal().split("\n")[1] ?? "?";
    expect(readFileSync(file).includes(body)).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(stateDir, "machine.key")).mode & 0o777).toBe(0o600);
    expect(statSync(join(stateDir, "keys")).mode & 0o777).toBe(0o700);
  });

  test("a folder that others can read is refused", async () => {
    chmodSync(join(stateDir, "keys"), 0o755);
    await expect(openKeyStore(stateDir)).rejects.toMatchObject({ code: "store-unusable" });
  });

  test.each([
    ["a flipped bit", (file: string) => writeFileSync(file, flip(readFileSync(file)))],
    ["half a file", (file: string) => truncateSync(file, 40)],
    ["an empty file", (file: string) => truncateSync(file, 0)],
  ])("%s is noticed", async (_name, damage) => {
    const keyId = await keys.create("ec-p256");
    damage(join(stateDir, "keys", `${keyId}.key`));
    await expect(keys.read(keyId)).rejects.toMatchObject({ code: "key-unreadable" });
  });

  test("a file put under another key's name is noticed", async () => {
    const [first, second] = [await keys.create("ec-p256"), await keys.create("ec-p256")];
    writeFileSync(
      join(stateDir, "keys", `${first}.key`),
      readFileSync(join(stateDir, "keys", `${second}.key`)),
    );
    await expect(keys.read(first)).rejects.toMatchObject({ code: "key-unreadable" });
  });

  test("a lost machine key is never replaced silently while sealed keys are there", async () => {
    await keys.create("ec-p256");
    rmSync(join(stateDir, "machine.key"));
    await expect(openKeyStore(stateDir)).rejects.toMatchObject({ code: "key-unreadable" });
    expect(existsSync(join(stateDir, "machine.key"))).toBe(false);
  });

  test("what a crash left unfinished is cleared away and never read", async () => {
    writeFileSync(join(stateDir, "keys", `${"a".repeat(64)}.key.0a1b.tmp`), "half");
    const again = await openKeyStore(stateDir);
    expect(await again.list()).toEqual([]);
    expect(readdirSync(join(stateDir, "keys"))).toEqual([]);
  });

  test.each(["../../etc/shadow", "", "A".repeat(64), "a".repeat(63)])(
    "the id %j leads nowhere",
    async (id) => {
      await expect(keys.read(id)).rejects.toMatchObject({ code: "key-missing" });
    },
  );

  test("an imported key is the same whatever its wrapping, and destroyed is gone", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const wrapped = (["pkcs1", "pkcs8"] as const).map((type) =>
      privateKey.export({ type, format: "pem" }).toString(),
    );
    const ids = await Promise.all(wrapped.map((pem) => keys.import(new Secret(pem))));
    expect(new Set(ids).size).toBe(1);
    await keys.destroy(ids[0] ?? "");
    expect(await keys.list()).toEqual([]);
  });

  test.each([
    ["RSA 1024", generateKeyPairSync("rsa", { modulusLength: 1024 }), "key-weak"],
    ["an odd curve", generateKeyPairSync("ec", { namedCurve: "secp256k1" }), "key-weak"],
    ["Ed25519", generateKeyPairSync("ed25519"), "key-weak"],
  ])("%s is not taken over", async (_name, { privateKey }, code) => {
    const pem = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await expect(keys.import(pem)).rejects.toMatchObject({ code });
  });

  test("an encrypted key and no key at all are invalid, and are not repeated in the error", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const encrypted = privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "x",
    });
    for (const text of [encrypted.toString(), "hunter2 is no key"]) {
      const error: unknown = await keys.import(new Secret(text)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "key-invalid" });
      expect(inspect(error)).not.toContain("hunter2");
    }
  });
});

describe("a certificate request", () => {
  test.each(kinds)(
    "with a %s key is accepted by openssl with all its names",
    async (kind) => {
      const keyId = await keys.create(kind);
      const csr = await makeCertificateRequest(names, await keys.read(keyId));
      const text = execFileSync("openssl", ["req", "-verify", "-noout", "-text"], {
        input: csr,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "ignore"],
      });
      expect(text).toContain("CN = example.nl");
      expect(text).toContain("DNS:example.nl, DNS:*.example.nl, DNS:xn--bcher-kva.example");
      expect(await readCertificateRequest(csr)).toEqual({ names, keyId, weakKey: null });
    },
    60_000,
  );

  test("leaves out a common name that would be too long, and keeps it in the extension", async () => {
    const long = parseHostName(`${"a".repeat(60)}.example.nl`);
    const csr = await makeCertificateRequest([long], await keys.read(await keys.create("ec-p256")));
    expect(await readCertificateRequest(csr)).toMatchObject({ names: [long] });
  });

  test("that somebody changed is refused", async () => {
    const csr = await makeCertificateRequest(names, await keys.read(await keys.create("ec-p256")));
    const der = Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64");
    const at = der.indexOf("example.nl");
    der[at] = "f".charCodeAt(0);
    const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
    await expect(readCertificateRequest(changed)).rejects.toMatchObject({ code: "csr-invalid" });
  });

  test.each(["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"])(
    "%j is none",
    async (text) => {
      await expect(readCertificateRequest(text)).rejects.toMatchObject({ code: "csr-invalid" });
    },
  );
});

function flip(content: Buffer): Buffer {
  const flipped = Buffer.from(content);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  return flipped;
}
