import { createHash } from "node:crypto";

/** Longest name we give. The panel documents no limit (spec plesk §3.2); names people can read stay well below it. */
const maxLength = 60;
const ours = /^xol-[1-9] /;
/** The panel's own extensions take any certificate with such words in its name for one of theirs. */
const wordsOfOthers = /let.?s.{0,2}encrypt/i;

/**
 * Names for a website's certificate in its subscription's repository, the first one first. Each website has its own, so
 * that a renewal in place changes that website and what hangs on it (mail, webmail), and no other (spec plesk §3.7).
 */
export function certificateNames(site: string): string[] {
  const plain = site.replace(/^\*\./, "wildcard.").replaceAll(/[^A-Za-z0-9._-]/g, "-");
  const room = maxLength - "xol-1 ".length;
  const fits = plain.length <= room && !wordsOfOthers.test(plain);
  const mark = createHash("sha256").update(site).digest("hex").slice(0, 10);
  const kept = wordsOfOthers.test(plain) ? "" : `${plain.slice(0, room - mark.length - 1)}-`;
  const base = fits ? plain : `${kept}${mark}`;
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((turn) => `xol-${turn} ${base}`);
}

/** A name that we gave; no other is ever changed or removed. */
export function isOurName(name: string | null | undefined): name is string {
  return name !== null && name !== undefined && ours.test(name);
}

/** The panel's own certificate engine made it, or believes so, and may replace it (spec plesk §3.2, §3.6). */
export function isManagedByPanel(name: string): boolean {
  return wordsOfOthers.test(name);
}
