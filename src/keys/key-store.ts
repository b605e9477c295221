import { createCipheriv, createDecipheriv, generateKeyPair, randomBytes } from "node:crypto";
import { constants, existsSync, readdirSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import { keyIdOf } from "../model/certificate.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey, readPrivateKey } from "../model/key.ts";
import { Secret } from "../secret.ts";

/** The kinds of keys that are made here. CAs take all of them; RSA 2048 is the safe default (spec xolphin-api U25). */
export type KeyKind = "rsa-2048" | "rsa-3072" | "rsa-4096" | "ec-p256" | "ec-p384";

const generate = promisify(generateKeyPair);
const keyIdPattern = /^[0-9a-f]{64}$/;
const machineKeyLength = 32;
const nonceLength = 12;
const tagLength = 16;
/** First byte of a key file: the format, so that it can change. */
const format = 1;

/**
 * Private keys on disk, one file per key and named by its public key, outside the database, so that a lost database
 * loses none (I9). Sealed with AES-256-GCM under a machine key that lies beside them: a copied key file or a backup
 * without the machine key says nothing. Every write is synced, file and folder, before it is reported done.
 */
export class KeyStore {
  private readonly folder: string;
  private readonly machineKey: Buffer;

  /** Use `openKeyStore`. */
  constructor(folder: string, machineKey: Buffer) {
    this.folder = folder;
    this.machineKey = machineKey;
  }

  /** Makes a key; its id is returned once it is safe on disk. */
  async create(kind: KeyKind): Promise<string> {
    const { privateKey, publicKey } = await makePair(kind);
    const keyId = keyIdOf(publicKey);
    crashPoint("X-27");
    await this.write(keyId, new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()));
    return keyId;
  }

  /** Takes over a key in PEM. Throws `key-invalid` or `key-weak`. */
  async import(pem: Secret): Promise<string> {
    const { keyId, pkcs8 } = readPrivateKey(pem);
    if (!(await this.has(keyId))) await this.write(keyId, pkcs8);
    return keyId;
  }

  /** Keeps a key that is in use on a vhost, whatever its strength, to be able to put it back. */
  async keep(keyId: string, pem: Secret): Promise<void> {
    const key = readAnyPrivateKey(pem);
    if (keyIdOfPrivateKey(key) !== keyId) throw new CodedError("key-mismatch");
    if (await this.has(keyId)) return;
    await this.write(keyId, new Secret(key.export({ type: "pkcs8", format: "pem" }).toString()));
  }

  /** PKCS#8 PEM. Throws `key-missing`, or `key-unreadable` when the file was damaged or the machine key is another. */
  async read(keyId: string): Promise<Secret> {
    const path = this.path(keyId);
    let sealed: Buffer;
    try {
      sealed = await readFile(path);
    } catch (cause) {
      throw new CodedError(isNotFound(cause) ? "key-missing" : "key-unreadable", { cause, detail: keyId });
    }
    return unseal(sealed, keyId, this.machineKey);
  }

  async has(keyId: string): Promise<boolean> {
    return stat(this.path(keyId)).then(
      () => true,
      () => false,
    );
  }

  async list(): Promise<string[]> {
    const files = await readdir(this.folder);
    return files
      .filter((name) => name.endsWith(".key"))
      .map((name) => name.slice(0, -4))
      .filter((name) => keyIdPattern.test(name));
  }

  async destroy(keyId: string): Promise<void> {
    await rm(this.path(keyId), { force: true });
    await syncFolder(this.folder);
  }

  private async write(keyId: string, key: Secret): Promise<void> {
    const target = this.path(keyId);
    const draft = `${target}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await writeSynced(draft, seal(key, keyId, this.machineKey));
      await rename(draft, target);
      crashPoint("X-28");
      await syncFolder(this.folder);
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw new CodedError(isDiskFull(cause) ? "disk-full" : "store-unusable", {
        cause,
        detail: "a key can't be written",
      });
    }
  }

  private path(keyId: string): string {
    if (!keyIdPattern.test(keyId)) throw new CodedError("key-missing", { detail: "not a key id" });
    return join(this.folder, `${keyId}.key`);
  }
}

/** Whether any key lies in `<stateDir>/keys`; nothing has to be opened for that. */
export function holdsKeys(stateDir: string): boolean {
  const folder = join(stateDir, "keys");
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".key"));
}

/** Opens `<stateDir>/keys` (mode 0700), makes the machine key at the first start and clears away unfinished writes. */
export async function openKeyStore(stateDir: string): Promise<KeyStore> {
  const folder = join(stateDir, "keys");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = await stat(folder);
    if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
      throw new CodedError("store-unusable", {
        detail: `${folder} must be private to the service (mode 0700)`,
      });
    }
    for (const name of await readdir(folder)) {
      if (name.endsWith(".tmp")) await rm(join(folder, name), { force: true });
    }
    return new KeyStore(folder, await openMachineKey(join(stateDir, "machine.key"), folder));
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(isDiskFull(cause) ? "disk-full" : "store-unusable", { cause, detail: folder });
  }
}

async function openMachineKey(path: string, folder: string): Promise<Buffer> {
  try {
    const key = await readFile(path);
    if (key.length !== machineKeyLength)
      throw new CodedError("key-unreadable", { detail: `${path} is damaged` });
    return key;
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
  }
  // A new machine key would make every sealed key unreadable without a word: that is for a person to decide.
  if ((await readdir(folder)).some((name) => name.endsWith(".key"))) {
    throw new CodedError("key-unreadable", { detail: `${path} is missing, but sealed keys are there` });
  }
  const key = randomBytes(machineKeyLength);
  // Half a machine key would keep the agent from ever starting again, so the name appears with the whole of it.
  const draft = `${path}.tmp`;
  await rm(draft, { force: true });
  await writeSynced(draft, key);
  await rename(draft, path);
  await syncFolder(join(path, ".."));
  return key;
}

function seal(key: Secret, keyId: string, machineKey: Buffer): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", machineKey, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(keyId, "hex"));
  const sealed = Buffer.concat([cipher.update(key.reveal(), "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([format]), nonce, cipher.getAuthTag(), sealed]);
}

function unseal(sealed: Buffer, keyId: string, machineKey: Buffer): Secret {
  try {
    if (sealed[0] !== format) throw new Error("unknown format");
    const nonce = sealed.subarray(1, 1 + nonceLength);
    const tag = sealed.subarray(1 + nonceLength, 1 + nonceLength + tagLength);
    const decipher = createDecipheriv("aes-256-gcm", machineKey, nonce, { authTagLength: tagLength });
    decipher.setAAD(Buffer.from(keyId, "hex"));
    decipher.setAuthTag(tag);
    const body = sealed.subarray(1 + nonceLength + tagLength);
    return new Secret(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8"));
  } catch (cause) {
    throw new CodedError("key-unreadable", { cause, detail: keyId });
  }
}

async function makePair(kind: KeyKind): Promise<Awaited<ReturnType<typeof generateRsa>>> {
  switch (kind) {
    case "rsa-2048":
      return generateRsa(2048);
    case "rsa-3072":
      return generateRsa(3072);
    case "rsa-4096":
      return generateRsa(4096);
    case "ec-p256":
      return generate("ec", { namedCurve: "prime256v1" });
    case "ec-p384":
      return generate("ec", { namedCurve: "secp384r1" });
  }
}

function generateRsa(modulusLength: number) {
  return generate("rsa", { modulusLength, publicExponent: 65_537 });
}

async function writeSynced(path: string, content: Buffer): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  await finish(handle, async () => {
    await handle.writeFile(content);
    await handle.sync();
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  await finish(handle, () => handle.sync());
}

async function finish(handle: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await handle.close();
  }
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}
