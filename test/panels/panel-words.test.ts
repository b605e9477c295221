import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { acceptWhm, dataOf, jsonOfHttp, outcomeOf } from "../../panels/cpanel/answers.ts";
import { acceptJson, acceptLegacy } from "../../panels/directadmin/answers.ts";
import { plain } from "../../panels/panel-words.ts";
import { failure, readFacts } from "../../panels/plesk/answers.ts";
import { CodedError } from "../../src/errors.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const lines = privateKey.trim().split("\n").slice(1, -1);
const quoted = `The key is refused:\n${privateKey}It does not fit.`;

/** No line of the key, nor a part of one, is in a text. */
function keepsTheKey(text: string): void {
  for (const line of lines) {
    for (let at = 0; at + 12 <= line.length; at += 6) expect(text).not.toContain(line.slice(at, at + 12));
  }
}

test.each<[string, string, string]>([
  ["a key as it is", quoted, "The key is refused: It does not fit."],
  ["a key in one line", quoted.replaceAll("\n", " "), "The key is refused: It does not fit."],
  ["a key with escaped lines", quoted.replaceAll("\n", "\\n"), "The key is refused:\\n \\nIt does not fit."],
  ["a key that is cut", quoted.slice(0, 400), "The key is refused:"],
  ["a key without its first line", lines.join("\n"), ""],
  ["half of one without first and last line", `at ${lines.slice(3, 9).join("\n")} it ended`, "at ended"],
  ["markup", "<b>Bad</b>\n <i>luck</i>", "Bad luck"],
  ["markup without an end", "1 < 2 << 3 <", "1 < 2 << 3 <"],
])("%s is taken out of a panel's words", (_name, words, left) => {
  keepsTheKey(plain(words));
  expect(plain(words)).toBe(left);
});

test("words are short enough for a page, whatever they are, and soon", () => {
  const began = performance.now();
  for (const words of ["word ".repeat(100_000), "<".repeat(2_000_000), "-----BEGIN -----END".repeat(50_000)])
    expect(plain(words).length).toBeLessThanOrEqual(300);
  expect(performance.now() - began).toBeLessThan(20_000);
});

const answered = (status: number, type: string, body: string) => ({ status, type, body });
const half = `{"key":"${privateKey}`;

test.each<[string, () => unknown, RegExp]>([
  [
    "cPanel, the server's API",
    () => acceptWhm({ metadata: { result: 0, reason: quoted } }, "x"),
    /is refused/,
  ],
  [
    "cPanel, the account's API",
    () => dataOf(outcomeOf({ status: 0, errors: [quoted] }, "x"), "x"),
    /is refused/,
  ],
  [
    "DirectAdmin, an old command",
    () =>
      acceptLegacy(
        answered(200, "text/plain", `${new URLSearchParams({ error: "1", text: "No", details: quoted })}`),
        "x",
      ),
    /is refused/,
  ],
  [
    "DirectAdmin, the newer API",
    () => acceptJson(answered(500, "application/json", JSON.stringify({ message: quoted })), "x"),
    /is refused/,
  ],
  [
    "DirectAdmin, a refusal inside a success",
    () => acceptJson(answered(200, "application/json", JSON.stringify({ error: quoted })), "x"),
    /is refused/,
  ],
  [
    "Plesk, a command",
    () => {
      throw failure("plesk bin certificate", { code: 1, stdout: "", stderr: quoted });
    },
    /is refused/,
  ],
  ["cPanel, half an answer", () => jsonOfHttp(answered(200, "application/json", half), "x"), /not JSON/],
  ["DirectAdmin, half an answer", () => acceptJson(answered(200, "application/json", half), "x"), /not JSON/],
  [
    "Plesk, half an answer",
    () => readFacts(`xolphin-ssl ${half.replaceAll("\n", "")}`, "x", z.any()),
    /not JSON/,
  ],
])(
  "T-09 %s: a key that the panel quotes reaches neither the error nor its cause, the rest does",
  (_name, read, rest) => {
    let thrown: unknown;
    try {
      read();
    } catch (cause) {
      thrown = cause;
    }
    expect(thrown).toBeInstanceOf(CodedError);
    const { detail, cause } = thrown as CodedError;
    expect(detail).toMatch(rest);
    expect(cause).toBeUndefined();
    keepsTheKey(detail);
  },
);
