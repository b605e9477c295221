import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { leafOf } from "./certificate-checks.ts";
import { readLines } from "./text-files.ts";

/** A certificate that a panel put on record for a website. */
export interface Placement {
  /** The website's first name. */
  readonly site: string;
  /** SHA-256 of the leaf, hexadecimal in small letters; null when the website's own certificate was taken off. */
  readonly fingerprint: string | null;
}

/** The lab's own book, which no panel has: every change of what is on record, whoever made it. */
const book = "var/lib/lab/placements";

/** `pem`: certificates, the leaf first; null when the website's own is taken off. */
export function notePlacement(rootDir: string, site: string, pem: string | null): void {
  const path = join(rootDir, book);
  const fingerprint = pem === null ? null : leafOf(pem).fingerprint256.replaceAll(":", "").toLowerCase();
  const placement: Placement = { site, fingerprint };
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(placement)}\n`, { mode: 0o600 });
}

/** Everything that was put on record on a server, oldest first. */
export function readPlacements(rootDir: string): Placement[] {
  return readLines(join(rootDir, book)).map((line) => JSON.parse(line) as Placement);
}
