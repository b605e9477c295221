import { crc32, deflateRawSync } from "node:zlib";
import { foldersOf, inOrder, type PackageEntry } from "./package-entry.ts";

const madeOnUnix = 0x0314;
const needsVersion = 20;
const utf8Names = 0x0800;

/** A ZIP archive (PKWARE APPNOTE 6.3) that depends on nothing but its entries, with Unix modes. `time` is in seconds since 1970. */
export function packZip(entries: readonly PackageEntry[], time: number): Buffer {
  const members = inOrder([
    ...foldersOf(entries).map((path) => ({ path: `${path}/`, mode: 0o40755, content: Buffer.alloc(0) })),
    ...entries.map((entry) => ({ ...entry, mode: 0o100000 | entry.mode })),
  ]);
  const stamp = dosTime(time);
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, mode, content } of members) {
    const packed = content.length === 0 ? content : deflateRawSync(content, { level: 6 });
    const name = Buffer.from(path, "utf8");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(needsVersion, 0);
    common.writeUInt16LE(utf8Names, 2);
    common.writeUInt16LE(content.length === 0 ? 0 : 8, 4);
    common.writeUInt32LE(stamp, 6);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02", "latin1"), u16(madeOnUnix), common, tail, name);
    bodies.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, list, Buffer.from("PK\x05\x06", "latin1"), end]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** Time in the low and date in the high half, in UTC. */
function dosTime(seconds: number): number {
  const at = new Date(seconds * 1000);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}
