import { inflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string;
  /** Unix mode with its type bits; 0 when the archive was not made on Unix. */
  mode: number;
  content: Buffer;
}

/** Files of a ZIP archive, from its central directory (APPNOTE 4.3). Folders are left out; a name that leaves the archive is refused. */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end === -1) throw new Error("The file is not a ZIP archive.");
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error("The ZIP archive is damaged.");
    const method = archive.readUInt16LE(at + 10);
    const compressed = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const skip = archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    const mode = archive.readUInt32LE(at + 38) >>> 16;
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength + skip;
    if (name.startsWith("/") || name.split("/").includes("..") || name.includes("\\")) {
      throw new Error(`The archive leaves its folder: ${name}`);
    }
    if (name.endsWith("/")) continue;
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = archive.subarray(start, start + compressed);
    if (method !== 0 && method !== 8) throw new Error(`The archive uses an unknown compression: ${name}`);
    entries.push({ name, mode, content: method === 0 ? data : inflateRawSync(data) });
  }
  return entries;
}
