import { crc32 } from "node:zlib";

/** A ZIP of stored, uncompressed files (APPNOTE 4.3), dated 1980-01-01 so that equal files give equal archives. `mode`: permissions on Unix. */
export function zipArchive(files: readonly { name: string; content: Buffer; mode?: number }[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode } of files) {
    const bytes = Buffer.from(name, "utf8");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(33, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(bytes.length, 22);
    bodies.push(Buffer.from("PK\x03\x04", "latin1"), common, bytes, content);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    if (mode !== undefined) tail.writeUInt32LE(((0o100000 | mode) << 16) >>> 0, 6);
    const madeBy = mode === undefined ? 0 : 3;
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, madeBy]), common, tail, bytes);
    offset += 4 + common.length + bytes.length + content.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, listing, Buffer.from("PK\x05\x06", "latin1"), end]);
}
