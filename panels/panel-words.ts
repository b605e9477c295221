import { CodedError } from "../src/errors.ts";

const longest = 300;
const pemBlock = /-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g;
/** A key or certificate that lost its first line, and the word after it, which may be its last one. */
const bareBase64 = /(?:[A-Za-z0-9+/=]{60,}\s*)+(?:[A-Za-z0-9+/]+={0,2}(?=\s|$))?/g;

/**
 * What a panel said, on one line and short enough for a page: without markup, and without anything that looks like key or
 * certificate material, because panels quote what they were given (spec reliability T-09).
 */
export function plain(words: string): string {
  return words
    .replaceAll(pemBlock, " ")
    .replaceAll(bareBase64, " ")
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, longest);
}

/** Reads JSON of a panel; `what` is asked. Throws `panel-answer-unreadable`. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause would quote what it could not read, and that may be a key.
    throw new CodedError("panel-answer-unreadable", { detail: `${what}: not JSON` });
  }
}
