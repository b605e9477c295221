import { statfsSync } from "node:fs";
import { asCodedError, CodedError, type ErrorCode, errorCatalogue, type Owner } from "../errors.ts";

/** One thing that was tried. */
export interface Finding {
  readonly check: string;
  readonly level: "good" | "warn" | "bad";
  /** Null: nothing is wrong. */
  readonly code: ErrorCode | null;
  /** What was found, or what exactly is wrong; the sentence of the code goes before it. */
  readonly detail: string;
  /** All of it as one line of text. */
  readonly what: string;
  /** What to do, when something is to be done. */
  readonly next: string;
  readonly owner: Owner;
}

export interface DoctorReport {
  readonly findings: readonly Finding[];
}

/** A path to try: its name, and what to say when it works. Throws what is wrong. */
export interface Check {
  readonly name: string;
  try(): Promise<string>;
}

/** `1 account`, `2 accounts`, for what a check found. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Tries every path on its own, so that one that is broken does not hide another. */
export async function examine(checks: readonly Check[]): Promise<DoctorReport> {
  const findings = await Promise.all(checks.map(tryOne));
  return { findings };
}

/** Enough room for the store and its log to go on (spec reliability F-03). */
const roomNeeded = 64 * 1024 * 1024;

export function diskCheck(folder: string): Check {
  return {
    name: "Disk",
    async try() {
      const { bavail, bsize } = statfsSync(folder);
      const free = bavail * bsize;
      if (free < roomNeeded) {
        throw new CodedError("disk-full", {
          detail: `${Math.round(free / 1024 / 1024)} MB free in ${folder}`,
        });
      }
      return `${Math.round(free / 1024 / 1024 / 1024)} GB free`;
    },
  };
}

/** Worth knowing, but everything works. */
const onlyNoted: ReadonlySet<ErrorCode> = new Set([
  "sync-implausible",
  "sync-slow",
  "not-hardened",
  "webhook-untrusted",
]);

async function tryOne(check: Check): Promise<Finding> {
  try {
    const detail = await check.try();
    return {
      check: check.name,
      level: "good",
      code: null,
      detail,
      what: `${check.name}: ${detail}`,
      next: "",
      owner: "nobody",
    };
  } catch (thrown) {
    const { code, detail } = asCodedError(thrown);
    const { sentence, next, owner } = errorCatalogue[code];
    const level = owner === "nobody" || onlyNoted.has(code) ? "warn" : "bad";
    const what = `${check.name}: ${sentence}${detail === "" ? "" : ` (${detail})`}`;
    return { check: check.name, level, code, detail, what, next, owner };
  }
}
