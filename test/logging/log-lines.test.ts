import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { CodedError } from "../../src/errors.ts";
import { cleanText, logLine } from "../../src/logging.ts";

/* Whatever text goes in, a line of the log stays one line and one JSON object (spec reliability T-18, ASVS V16.4.1). */

const now = new Date("2026-11-27T12:00:00Z");
/** What breaks lines, steers terminals, turns writing round, or is half a character. */
const hostile = fc.constantFrom(
  ...'\n\r\t\0\b\x1b\x7f\x9b\x85\u2028\u2029\u202e\u2066\u2069\u200f\u061c\u200b\ufeff\u00ad\u180e\ufff9"\\{}',
  "\ud800",
  "\udfff",
  "\u{e0041}",
  "\u{1f512}",
  "\x1b[2J\x1b]0;title\x07",
  "\x1b[31mred",
  '","level":"info","message":"forged',
  "-----BEGIN PRIVATE KEY-----\nMII",
);
const text = fc
  .array(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 20 })), { maxLength: 60 })
  .map((parts) => parts.join(""));
const value = fc.oneof(
  text,
  text.map((one) => new Error(one)),
  text.map((one) => new CodedError("input-invalid", { detail: one, cause: new Error(one) })),
  fc.array(text, { maxLength: 5 }),
  text.map((one) => ({ [one]: { inner: one } })),
);
/** Format and control characters, line and paragraph separators, and halves of characters. */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function checkLine(line: string): Record<string, unknown> {
  expect(line).not.toMatch(/[\n\r]/);
  expect(line).not.toMatch(steering);
  expect(stripVTControlCharacters(line)).toBe(line);
  // Through the bytes that end up in the file.
  return JSON.parse(Buffer.from(line, "utf8").toString("utf8")) as Record<string, unknown>;
}

test("T-18 whatever text goes into message and fields, the line is one JSON object that can't steer a terminal", () => {
  fc.assert(
    fc.property(text, value, value, (message, first, second) => {
      const line = logLine(now, "info", message, { detail: first, error: second, level: "error", time: "x" });
      const parsed = checkLine(line);
      expect(Object.keys(parsed).sort()).toEqual(["detail", "error", "level", "message", "time"]);
      expect(parsed).toMatchObject({ time: now.toISOString(), level: "info", message: cleanText(message) });
      // Nor can what a reader of the parsed line prints to a terminal.
      for (const shown of Object.values(parsed).flat()) expect(String(shown)).not.toMatch(steering);
    }),
    { numRuns: 2_000 },
  );
});

test("T-18 the texts above are hostile: written as they are, they break the line and steer the terminal", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(text, (one) => {
      if (one.includes("\n")) seen.add("breaks");
      if (steering.test(one)) seen.add("steers");
      if (stripVTControlCharacters(one) !== one) seen.add("colours");
    }),
    { numRuns: 500 },
  );
  expect(seen).toEqual(new Set(["breaks", "steers", "colours"]));
});
