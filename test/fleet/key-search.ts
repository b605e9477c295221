import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Whether anything of private keys is in what was seen: as bytes, in hexadecimal, in base64 at each of its three offsets,
 * or as the lines of its file.
 */

/** Every spelling of a P-256 key's private number, and the lines of its PEM file that hold a part of it. */
export function spellingsOf(pem: string): Buffer[] {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  // Its own place in PKCS#8 as OpenSSL writes it (RFC 5915 within RFC 5958).
  const secret = der.subarray(36, 68);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), secret]).toString("base64");
    // The first and last characters depend on what stands around it.
    return text.slice(offset === 0 ? 0 : 4, 40);
  });
  const lines = pem.split("\n").filter((line) => line.length > 40);
  const texts = [secret.toString("hex"), secret.toString("hex").toUpperCase(), ...base64, ...lines];
  return [secret, ...texts.map((text) => Buffer.from(text, "latin1"))];
}

/** Looks for thousands of spellings in one pass. */
export class KeySearch {
  private readonly byPrefix = new Map<number, Buffer[]>();
  private readonly seen = new Uint8Array(65_536);
  private patterns = 0;

  constructor(pems: readonly string[]) {
    for (const pem of pems) {
      for (const spelling of spellingsOf(pem)) {
        const prefix = spelling.readUInt32LE(0);
        this.seen[prefix & 0xffff] = 1;
        this.byPrefix.set(prefix, [...(this.byPrefix.get(prefix) ?? []), spelling]);
        this.patterns += 1;
      }
    }
  }

  get size(): number {
    return this.patterns;
  }

  /** How many times something of a key is in it. */
  count(text: Buffer): number {
    let found = 0;
    for (let at = 0; at + 4 <= text.length; at += 1) {
      const low = (text[at] as number) | ((text[at + 1] as number) << 8);
      if (this.seen[low] === 0) continue;
      for (const spelling of this.byPrefix.get(text.readUInt32LE(at)) ?? []) {
        if (text.subarray(at, at + spelling.length).equals(spelling)) found += 1;
      }
    }
    return found;
  }

  /** The same for every file below a folder; also how many bytes were looked at. */
  countInFiles(folder: string): { found: number; bytes: number } {
    let [found, bytes] = [0, 0];
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = readFileSync(join(entry.parentPath, entry.name));
      bytes += content.length;
      found += this.count(content);
    }
    return { found, bytes };
  }
}
