import { createRequire } from "node:module";
import { fuzzWords } from "./fuzz-words.ts";

/** One thing that reads what others wrote, as guided fuzzing takes it. */
export interface FuzzTarget {
  /** Words of the format, which chance would take too long to find. */
  readonly words: readonly string[];
  /** Bytes. */
  readonly longest: number;
  /** The judge returns a promise. */
  readonly asynchronous: boolean;
  /** Loads the judge, who throws when something is wrong, and with it nothing but what it judges: every module has to be prepared for counting. */
  open(): Promise<(input: Buffer) => unknown>;
}

const latin1 = (judge: (text: string) => unknown) => (input: Buffer) => judge(input.toString("latin1"));
const utf8 = (judge: (text: string) => unknown) => (input: Buffer) => judge(input.toString("utf8"));
const wrapped =
  (label: string, judge: (text: string) => unknown) =>
  (der: Buffer): unknown =>
    judge(`-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----\n`);

const load = createRequire(import.meta.url);

/** What parsers load with the first input that needs it: to prepare that takes longer than a parser may. */
function loadLibraries(): void {
  for (const library of ["node-forge", "tldts"]) load(library);
}

function parsers() {
  loadLibraries();
  return import("./parser-judges.ts");
}

function answers() {
  loadLibraries();
  return import("./answer-judges.ts");
}

const { http, query, hostName, pem, der, json, panel, page } = fuzzWords;

/** Everything that reads what others wrote, and a fault that only who is guided finds. */
export const fuzzTargets: Readonly<Record<string, FuzzTarget>> = {
  "webhook parameters": target(query, 512, async () => latin1((await parsers()).judgeQuery)),
  "webhook streams": asynchronous([...http, ...query], 2048, async () =>
    (await import("./http-judge.ts")).openHttpJudge(),
  ),
  "host names": target(hostName, 300, async () => utf8((await parsers()).openNameJudge())),
  "certificates, DER": target(der, 4096, async () => (await parsers()).judgeCertificates),
  "certificates, PEM": target(pem, 4096, async () => (await parsers()).judgeCertificates),
  "certificate requests, DER": asynchronous(der, 4096, async () =>
    wrapped("CERTIFICATE REQUEST", (await parsers()).judgeRequest),
  ),
  "certificate requests, PEM": asynchronous(pem, 4096, async () => latin1((await parsers()).judgeRequest)),
  "private keys, DER": target(der, 4096, async () => wrapped("PRIVATE KEY", (await parsers()).judgeKey)),
  "private keys, PEM": target(pem, 4096, async () => latin1((await parsers()).judgeKey)),
  "answers of the CA": target(json, 4096, async () => utf8((await answers()).judgeCaAnswer)),
  "validation values": target(
    [...hostName, "sectigo.com", "_", "/", "\n", "/.well-known/pki-validation/", ".txt"],
    1024,
    async () => utf8((await answers()).judgeValidationValues),
  ),
  "answers of panels": target([...panel, ...json], 4096, async () =>
    utf8((await import("./panel-judges.ts")).judgePanelAnswer),
  ),
  "pages and forms": asynchronous(
    [...page, ...query],
    4096,
    async () => (await import("./page-judges.ts")).judgePageRequest,
  ),
  "planted fault": target([], 64, async () => (await import("./planted-fault.ts")).plantedFault),
};

function target(words: readonly string[], longest: number, open: FuzzTarget["open"]): FuzzTarget {
  return { words, longest, asynchronous: false, open };
}

function asynchronous(words: readonly string[], longest: number, open: FuzzTarget["open"]): FuzzTarget {
  return { words, longest, asynchronous: true, open };
}
