import { spawnSync } from "node:child_process";
import { domainToUnicode } from "node:url";
import { asCodedError } from "../../src/errors.ts";
import { readCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseCertificates } from "../../src/model/certificate.ts";
import { asHostName, parseHostName } from "../../src/model/host-name.ts";
import { readPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";
import { parseHint } from "../../src/webhook/webhook-hint.ts";

/*
 * What must hold for every input of every parser: it answers or refuses in its own words, quickly, and accepts nothing
 * that an independent reader refuses: OpenSSL for certificates, requests and keys, libidn2 for host names, the URL
 * standard's form parser for webhooks. Each judge throws when that does not hold.
 */

/** Milliseconds of processor time: how busy the machine is otherwise says nothing about a parser. */
const slowest = 1_000;

/** Runs a parser on hostile input: only its own refusals may come out, and none of them late. */
export function attempt<T>(parse: () => T): T | null {
  const begin = process.cpuUsage();
  let found: T | null = null;
  try {
    found = parse();
  } catch (thrown) {
    if (asCodedError(thrown).code === "internal") throw thrown;
  }
  const took = process.cpuUsage(begin).user / 1_000;
  if (took > slowest) throw new Error(`took ${took} ms`);
  return found;
}

/** A hint is what the standard's parser reads too, once, and a number that is written in one way only. */
export function judgeQuery(encoded: string): void {
  const hint = attempt(() => parseHint(encoded));
  if (hint === null) return;
  const standard = new URLSearchParams(encoded);
  const read = (name: string): string[] =>
    [...standard].filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
  const ids = read("requestid");
  if (ids.length !== 1 || ids[0] !== String(hint.requestId)) throw new Error(`RequestId ${ids.join()}`);
  if (!Number.isSafeInteger(hint.requestId) || hint.requestId < 1) throw new Error("no request number");
  const [status = ""] = read("status");
  if (status.toLowerCase() !== hint.status.toLowerCase()) throw new Error(`Status ${status}`);
  if (/[^\x20-\x7e]/.test(hint.status + (hint.state ?? ""))) throw new Error("unprintable text was kept");
}

/** Blocks that every IDNA table of the last ten years knows in the same way. */
export const knownBlocks: readonly (readonly [number, number])[] = [
  [0x00a0, 0x024f],
  [0x0370, 0x052f],
  [0x0531, 0x0556],
  [0x05d0, 0x05ea],
  [0x0620, 0x0669],
  [0x0904, 0x0939],
  [0x0e01, 0x0e3a],
  [0x1200, 0x1248],
  [0x1369, 0x137c],
  [0x2000, 0x206f],
  [0x2150, 0x2182],
  [0x3041, 0x3096],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xfb00, 0xfb06],
  [0xff01, 0xff5e],
];

function isKnown(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return code < 0x80 || knownBlocks.some(([min, max]) => code >= min && code <= max);
}

/** What is accepted is in normal form and stays as it is. Returns the name, for libidn2 to judge. */
export function judgeName(text: string): string | null {
  const name = attempt(() => asHostName(text));
  if (name === null) return null;
  if (name.length > 253 || !/^(\*\.)?[a-z0-9.-]+$/.test(name)) throw new Error(`not normal: ${name}`);
  if (parseHostName(name) !== name) throw new Error(`not stable: ${name}`);
  return name;
}

/** What was accepted, by how it was written, is the name that libidn2 makes of it. */
export function judgeByLibidn2(accepted: ReadonlyMap<string, string>): void {
  const bare = new Map(
    [...accepted].map(([text, name]) => [
      text.replace(/^\*\./, "").replace(/\.$/, ""),
      name.replace(/^\*\./, ""),
    ]),
  );
  const judged = libidn2([...bare.keys()]);
  for (const [text, name] of bare) {
    // A letter that came after the judge's tables says nothing about us.
    if (![...domainToUnicode(name)].every(isKnown)) continue;
    const other = judged.get(text);
    if (other !== name) throw new Error(`${JSON.stringify(text)}: ours ${name}, libidn2 ${other}`);
  }
}

/** The same for one name at a time: libidn2 is asked for a hundred at once, because each question starts a process, and for the rest at the end. */
export function openNameJudge(): (text: string) => void {
  const accepted = new Map<string, string>();
  process.once("exit", () => judgeByLibidn2(accepted));
  return (text) => {
    const name = judgeName(text);
    // The judge reads one name on each line.
    if (name === null || /[\n\r\0]/.test(text)) return;
    accepted.set(text, name);
    if (accepted.size < 100) return;
    const batch = new Map(accepted);
    accepted.clear();
    judgeByLibidn2(batch);
  };
}

/** One process for all names; it stops at the first bad one, and is started again behind it. */
function libidn2(names: readonly string[]): Map<string, string | null> {
  const found = new Map<string, string | null>();
  let left = [...names];
  while (left.length > 0) {
    const { stdout } = spawnSync("idn2", [], {
      input: `${left.join("\n")}\n`,
      encoding: "utf8",
      env: { LC_ALL: "C.UTF-8", PATH: "/usr/bin:/bin" },
      maxBuffer: 64 * 1024 * 1024,
    });
    const answers = stdout === "" ? [] : stdout.replace(/\n$/, "").split("\n");
    for (const [index, answer] of answers.entries()) found.set(left[index] ?? "", answer);
    const bad = left[answers.length];
    if (bad !== undefined) found.set(bad, null);
    left = left.slice(answers.length + 1);
  }
  return found;
}

/** Certificates: what is read is byte for byte what OpenSSL reads. */
export function judgeCertificates(input: Buffer): void {
  for (const { pem } of attempt(() => parseCertificates(input)) ?? []) {
    if (!opensslReads(["x509", "-noout"], pem)) throw new Error(`OpenSSL does not read ${pem}`);
  }
}

/** Requests: whatever passes is one whose signature OpenSSL verifies. */
export async function judgeRequest(text: string): Promise<void> {
  let accepted = false;
  try {
    await readCertificateRequest(text);
    accepted = true;
  } catch (thrown) {
    if (asCodedError(thrown).code === "internal") throw thrown;
  }
  if (!accepted) return;
  // What stands around the block is not part of it.
  const [, block = ""] = /BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END/.exec(text) ?? [];
  const der = Buffer.from(block, "base64");
  if (!opensslReads(["req", "-inform", "DER", "-verify", "-noout"], der)) {
    throw new Error(`OpenSSL refuses what was accepted: ${block}`);
  }
}

/** Private keys: whatever passes is one that OpenSSL finds sound. */
export function judgeKey(text: string): void {
  const key = attempt(() => readPrivateKey(new Secret(text)));
  if (key !== null && !opensslReads(["pkey", "-check", "-noout"], key.pkcs8.reveal())) {
    throw new Error("OpenSSL finds the key unsound");
  }
}

function opensslReads(arguments_: readonly string[], input: string | Buffer): boolean {
  return spawnSync("openssl", arguments_, { input, stdio: ["pipe", "ignore", "ignore"] }).status === 0;
}
