import { generateKeyPairSync, X509Certificate } from "node:crypto";
import fc from "fast-check";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { Secret } from "../../src/secret.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import {
  judgeByLibidn2,
  judgeCertificates,
  judgeKey,
  judgeName,
  judgeQuery,
  judgeRequest,
  knownBlocks,
} from "./parser-judges.ts";

/* Hostile inputs of every kind, made by fast-check, for the judges of `parser-judges.ts`. */

/** One property with its generator; throws with the smallest counter-example. */
export type Property = (runs: number) => void | Promise<void>;

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

const webhookQueries: Property = (runs) => {
  fc.assert(fc.property(fc.oneof(query, fc.string({ unit: "binary", maxLength: 300 })), judgeQuery), {
    numRuns: runs,
  });
};

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
    .oneof(...knownBlocks.map(([min, max]) => fc.integer({ min, max })))
    .filter((code) => !treatedAnew.includes(code))
    .map((code) => String.fromCodePoint(code)),
);
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

const hostNames: Property = (runs) => {
  const accepted = new Map<string, string>();
  fc.assert(
    fc.property(nameText, (text) => {
      const name = judgeName(text);
      if (name !== null) accepted.set(text, name);
    }),
    { numRuns: runs },
  );
  judgeByLibidn2(accepted);
};

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

function certificates(pem: string): Property {
  const der = Buffer.from(new X509Certificate(pem).raw);
  return (runs) => {
    fc.assert(fc.property(fc.oneof(damaged(der), damaged(Buffer.from(pem))), judgeCertificates), {
      numRuns: runs,
    });
  };
}

function certificateRequests(pem: string): Property {
  return async (runs) => {
    const body = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
    const whole = damaged(Buffer.from(pem)).map((bytes) => bytes.toString("latin1"));
    const rewrapped = damaged(body).map(
      (bytes) =>
        `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`,
    );
    await fc.assert(fc.asyncProperty(fc.oneof(whole, rewrapped), judgeRequest), { numRuns: runs });
  };
}

function privateKeys(pem: string): Property {
  return (runs) => {
    const texts = damaged(Buffer.from(pem)).map((bytes) => bytes.toString("latin1"));
    fc.assert(fc.property(texts, judgeKey), { numRuns: runs });
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
    ["certificates", certificates(new TestAuthority(new Date()).leaf(names).pem)],
    ["certificate requests", certificateRequests(await makeCertificateRequest(names, new Secret(key)))],
    ["private keys, EC", privateKeys(key)],
    ["private keys, RSA", privateKeys(rsa.export({ type: "pkcs1", format: "pem" }).toString())],
  ]);
}
