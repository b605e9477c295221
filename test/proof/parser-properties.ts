import { spawnSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { domainToUnicode } from "node:url";
import fc from "fast-check";
import { asCodedError } from "../../src/errors.ts";
import { makeCertificateRequest, readCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseCertificates } from "../../src/model/certificate.ts";
import { asHostName, parseHostName } from "../../src/model/host-name.ts";
import { readPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";
import { parseHint } from "../../src/webhook/webhook-hint.ts";
import { TestAuthority } from "../fakes/test-authority.ts";

/*
 * What must hold for every input of every parser: it answers or refuses in its own words, quickly, and accepts nothing
 * that an independent reader refuses: OpenSSL for certificates, requests and keys, libidn2 for host names, the URL
 * standard's form parser for webhooks.
 */

/** One property with its generator; throws with the smallest counter-example. */
export type Property = (runs: number) => void | Promise<void>;

const slowest = 1_000;

/** Runs a parser on hostile input: only its own refusals may come out, and none of them late. */
function attempt<T>(parse: () => T): T | null {
  const begin = performance.now();
  let found: T | null = null;
  try {
    found = parse();
  } catch (thrown) {
    if (asCodedError(thrown).code === "internal") throw thrown;
  }
  const took = performance.now() - begin;
  if (took > slowest) throw new Error(`took ${took} ms`);
  return found;
}

const parameterName = fc.oneof(
  fc.constantFrom("RequestId", "requestid", "Status", "State", "Domain", "__proto__", "constructor", "x[]"),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const parameterValue = fc.oneof(
  fc.constantFrom("1", "964200101", "01", "0", "-1", "1e3", "4294967296", "99999999999", "Issued", "DCV", ""),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom("%", "4", "1", "0", "A", "+", "&", "=", ";", "[", "]", "\0"),
    maxLength: 40,
  }),
);
const query = fc
  .array(fc.tuple(parameterName, parameterValue, fc.boolean()), { maxLength: 8 })
  .map((pairs) =>
    pairs
      .map(([name, value, encoded]) =>
        encoded ? `${encodeURIComponent(well(name))}=${encodeURIComponent(well(value))}` : `${name}=${value}`,
      )
      .join("&"),
  );

function well(text: string): string {
  return text.toWellFormed();
}

/** A hint is what the standard's parser reads too, once, and a number that is written in one way only. */
const webhookQueries: Property = (runs) => {
  fc.assert(
    fc.property(fc.oneof(query, fc.string({ unit: "binary", maxLength: 300 })), (encoded) => {
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
    }),
    { numRuns: runs },
  );
};

/** Blocks that every IDNA table of the last ten years knows in the same way. */
const blocks: readonly (readonly [number, number])[] = [
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
/** Letters that UTS 46 refused once and maps today. */
const treatedAnew = [0x04c0];
const labelCharacter = fc.oneof(
  fc.constantFrom(
    ..."abcxyz019-._*",
    "ü",
    "ß",
    "ı",
    "。",
    "．",
    "\u200d",
    "\u00ad",
    "ﬁ",
    "中",
    "é",
    "\n",
    " ",
  ),
  fc
    .oneof(...blocks.map(([min, max]) => fc.integer({ min, max })))
    .filter((code) => !treatedAnew.includes(code))
    .map((code) => String.fromCodePoint(code)),
);
function isKnown(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return code < 0x80 || blocks.some(([min, max]) => code >= min && code <= max);
}

const nameText = fc.oneof(
  fc.array(labelCharacter, { maxLength: 30 }).map((parts) => parts.join("")),
  fc
    .tuple(
      fc.array(labelCharacter, { maxLength: 20 }),
      fc.constantFrom("example", "nl", "co.uk", "xn--p1ai", "1"),
    )
    .map(([parts, end]) => `${parts.join("")}.${end}`),
  fc.array(labelCharacter, { maxLength: 20 }).map((parts) => `xn--${parts.join("")}.nl`),
);

/** What is accepted is in normal form, stays as it is, and is the name that libidn2 makes of it. */
const hostNames: Property = (runs) => {
  const accepted = new Map<string, string>();
  fc.assert(
    fc.property(nameText, (text) => {
      const name = attempt(() => asHostName(text));
      if (name === null) return;
      if (name.length > 253 || !/^(\*\.)?[a-z0-9.-]+$/.test(name)) throw new Error(`not normal: ${name}`);
      if (parseHostName(name) !== name) throw new Error(`not stable: ${name}`);
      accepted.set(text.replace(/^\*\./, "").replace(/\.$/, ""), name.replace(/^\*\./, ""));
    }),
    { numRuns: runs },
  );
  const judged = libidn2([...accepted.keys()]);
  for (const [text, name] of accepted) {
    // A letter that came after the judge's tables says nothing about us.
    if (![...domainToUnicode(name)].every(isKnown)) continue;
    const other = judged.get(text);
    if (other !== name) throw new Error(`${JSON.stringify(text)}: ours ${name}, libidn2 ${other}`);
  }
};

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

/** Damages bytes as networks, disks and attackers do. */
function damaged(whole: Buffer): fc.Arbitrary<Buffer> {
  const at = fc.nat({ max: whole.length - 1 });
  return fc.oneof(
    at.map((cut) => whole.subarray(0, cut)),
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([place, change]) => {
      const copy = Buffer.from(whole);
      copy[place] = (copy[place] ?? 0) ^ change;
      return copy;
    }),
    fc
      .tuple(at, fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([place, added]) => Buffer.concat([whole.subarray(0, place), added, whole.subarray(place)])),
    fc
      .tuple(at, at)
      .map(([from, to]) =>
        Buffer.concat([whole.subarray(0, Math.min(from, to)), whole.subarray(Math.max(from, to))]),
      ),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
}

function opensslReads(arguments_: readonly string[], input: string | Buffer): boolean {
  return spawnSync("openssl", arguments_, { input, stdio: ["pipe", "ignore", "ignore"] }).status === 0;
}

/** Certificates: what is read is byte for byte what OpenSSL reads. */
function certificates(pem: string): Property {
  const der = Buffer.from(new X509Certificate(pem).raw);
  return (runs) => {
    fc.assert(
      fc.property(fc.oneof(damaged(der), damaged(Buffer.from(pem))), (input) => {
        const found = attempt(() => parseCertificates(input)) ?? [];
        for (const certificate of found) {
          if (!opensslReads(["x509", "-noout"], certificate.pem)) throw new Error("OpenSSL does not read it");
        }
      }),
      { numRuns: runs },
    );
  };
}

/** Requests: whatever passes is one whose signature OpenSSL verifies. */
function certificateRequests(pem: string): Property {
  return async (runs) => {
    const whole = Buffer.from(pem);
    const body = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
    const rewrapped = damaged(body).map((bytes) =>
      Buffer.from(
        `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged(whole), rewrapped), async (input) => {
        const text = input.toString("latin1");
        let accepted = false;
        try {
          await readCertificateRequest(text);
          accepted = true;
        } catch (thrown) {
          if (asCodedError(thrown).code === "internal") throw thrown;
        }
        if (!accepted) return;
        // What stands around the block is not part of it.
        const [, block = ""] = /BEGIN CERTIFICATE REQUEST-----([^-]+)-----END/.exec(text) ?? [];
        const der = Buffer.from(block, "base64");
        if (!opensslReads(["req", "-inform", "DER", "-verify", "-noout"], der)) {
          throw new Error(`OpenSSL refuses what was accepted: ${block}`);
        }
      }),
      { numRuns: runs },
    );
  };
}

/** Private keys: whatever passes is one that OpenSSL finds sound. */
function privateKeys(pem: string): Property {
  return (runs) => {
    fc.assert(
      fc.property(damaged(Buffer.from(pem)), (input) => {
        const text = input.toString("latin1");
        const key = attempt(() => readPrivateKey(new Secret(text)));
        if (key !== null && !opensslReads(["pkey", "-check", "-noout"], key.pkcs8.reveal())) {
          throw new Error("OpenSSL finds the key unsound");
        }
      }),
      { numRuns: runs },
    );
  };
}

/** Everything there is to try, by name. */
export async function properties(): Promise<ReadonlyMap<string, Property>> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const names = ["example.nl", "*.example.nl"].map(parseHostName);
  return new Map<string, Property>([
    ["webhook parameters", webhookQueries],
    ["host names", hostNames],
    ["certificates", certificates(new TestAuthority().leaf(names).pem)],
    ["certificate requests", certificateRequests(await makeCertificateRequest(names, new Secret(key)))],
    ["private keys, EC", privateKeys(key)],
    ["private keys, RSA", privateKeys(rsa.export({ type: "pkcs1", format: "pem" }).toString())],
  ]);
}
