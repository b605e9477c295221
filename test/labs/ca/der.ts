/** The little of ASN.1 DER (X.690) that certificates, signing requests and PKCS#7 need; forge has no EC keys. */

export function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

export function set(...parts: Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

/** A non-negative integer, from a number or from big-endian bytes. */
export function integer(value: number | Buffer): Buffer {
  let bytes = typeof value === "number" ? Buffer.from(evenHex(value), "hex") : value;
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1);
  const signBitSet = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tagged(0x02, signBitSet ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function evenHex(value: number): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

export function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0x00]));
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

export const nullValue = Buffer.from([0x05, 0x00]);

export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

export function octetString(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text, "utf8"));
}

export function printableString(text: string): Buffer {
  return tagged(0x13, Buffer.from(text, "latin1"));
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), "latin1"))
    : tagged(0x18, Buffer.from(digits, "latin1"));
}

/** `[n] EXPLICIT`, which also serves for an IMPLICIT tag on a constructed type. */
export function contextConstructed(number: number, content: Buffer): Buffer {
  return tagged(0xa0 | number, content);
}

/** `[n] IMPLICIT` on a primitive type. */
export function contextPrimitive(number: number, content: Buffer): Buffer {
  return tagged(0x80 | number, content);
}

function tagged(tag: number, content: Buffer): Buffer {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(evenHex(length), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

export interface DerValue {
  tag: number;
  content: Buffer;
  /** Tag, length and content together, as signed. */
  encoded: Buffer;
}

/** Reads one value that fills the buffer; throws on anything else. */
export function readDer(buffer: Buffer): DerValue {
  const { value, rest } = readOne(buffer);
  if (rest.length > 0) throw new Error("There are bytes after the DER value.");
  return value;
}

/** The values inside a constructed one; throws when it is cut short. */
export function childrenOf(value: DerValue): DerValue[] {
  const children: DerValue[] = [];
  for (let left = value.content; left.length > 0; ) {
    const { value: child, rest } = readOne(left);
    children.push(child);
    left = rest;
  }
  return children;
}

function readOne(buffer: Buffer): { value: DerValue; rest: Buffer } {
  const tag = buffer[0];
  const first = buffer[1];
  if (tag === undefined || first === undefined || first === 0x80)
    throw new Error("The DER value is cut short.");
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || buffer.length < 2 + lengthBytes) throw new Error("The DER length is unreadable.");
  const length = lengthBytes === 0 ? first : buffer.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  const end = start + length;
  if (buffer.length < end) throw new Error("The DER value is cut short.");
  return {
    value: { tag, content: buffer.subarray(start, end), encoded: buffer.subarray(0, end) },
    rest: buffer.subarray(end),
  };
}

export function readObjectIdentifier(value: DerValue): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of value.content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const head = arcs[0] ?? 0;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...arcs.slice(1)].join(".");
}
