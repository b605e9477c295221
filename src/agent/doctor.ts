import { statfsSync } from "node:fs";
import { asCodedError, errorCatalogue, type Owner } from "../errors.ts";

/** One thing that was tried. */
export interface Finding {
  readonly level: "good" | "warn" | "bad";
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
      if (free < roomNeeded) throw new Error(`${Math.round(free / 1024 / 1024)} MB free in ${folder}`);
      return `${Math.round(free / 1024 / 1024 / 1024)} GB free`;
    },
  };
}

async function tryOne(check: Check): Promise<Finding> {
  try {
    return { level: "good", what: `${check.name}: ${await check.try()}`, next: "", owner: "nobody" };
  } catch (thrown) {
    const error = asCodedError(thrown);
    const { sentence, next, owner } = errorCatalogue[error.code];
    const detail = error.detail === "" ? "" : ` (${error.detail})`;
    const level = owner === "nobody" ? "warn" : "bad";
    return { level, what: `${check.name}: ${sentence}${detail}`, next, owner };
  }
}
