import { ECDH, generateKeyPairSync } from "node:crypto";
import { keyIdOfListed } from "../../panels/cpanel/account-keys.ts";
import {
  acceptWhm,
  dataOf,
  flag,
  jsonOfCommand,
  jsonOfHttp,
  outcomeOf,
} from "../../panels/cpanel/answers.ts";
import { encode } from "../../panels/cpanel/panel-commands.ts";
import { keyIdOf } from "../../src/model/certificate.ts";

const call = "SSL::install_ssl";
const result = {
  status: 1,
  data: { action: "install" },
  errors: null,
  messages: ["OK"],
  warnings: null,
  metadata: { transformed: 1 },
};
const failed = {
  status: 0,
  data: { cert_id: "c", key_id: "k" },
  errors: [
    "The certificate could not be installed on the domain “bob.test”.",
    "Certificate verification failed!",
  ],
  messages: ["OK"],
};

test.each<[string, number, string, string, string]>([
  ["a wrong token", 403, "text/html", "<h1>Forbidden</h1>", "panel-refused-us"],
  ["a login that is wanted", 401, "text/html", "<html>", "panel-refused-us"],
  ["a fault", 500, "text/plain", "", "panel-fault"],
  ["the login page with 200", 200, "text/html", "<!DOCTYPE html><html>", "panel-answer-unreadable"],
  [
    "the security question with a wrong type",
    200,
    "application/json",
    " <html>security_policy",
    "panel-answer-unreadable",
  ],
  ["a redirect", 301, "text/plain", "", "panel-answer-unreadable"],
  ["half an answer", 200, "application/json", '{"metadata":{"resu', "panel-answer-unreadable"],
])("HTTP: %s (%i) is an error by its name", (_name, status, type, body, code) => {
  expect(() => jsonOfHttp({ status, type, body }, call)).toThrow(expect.objectContaining({ code }) as Error);
});

test.each<[string, unknown]>([
  ["bare, as over HTTP", result],
  ["below result, as on the command line", { apiversion: 3, module: "SSL", func: "install_ssl", result }],
  [
    "below data.uapi, as through the server",
    { metadata: { version: 1, result: 1, reason: "OK" }, data: { uapi: result } },
  ],
  ["with numbers as texts", { metadata: { result: "1" }, data: { uapi: { ...result, status: "1" } } }],
])("an answer of the account's API is read %s", (_name, json) => {
  expect(dataOf(outcomeOf(json, call), call)).toEqual({ action: "install" });
});

test.each<[string, unknown]>([
  ["bare", failed],
  ["below result", { result: failed }],
  ["within a success of the outer call", { metadata: { result: 1, reason: "OK" }, data: { uapi: failed } }],
])("a failure inside a success is a failure, %s, and keeps what was said", (_name, json) => {
  const outcome = outcomeOf(json, call);
  expect(outcome).toMatchObject({ ok: false, data: { key_id: "k" } });
  expect(outcome.ok ? "" : outcome.words).toMatch(/could not be installed .* verification failed/);
  expect(() => dataOf(outcomeOf(json, call), call)).toThrow(
    expect.objectContaining({ code: "panel-refused" }) as Error,
  );
});

test.each<[string, unknown, string]>([
  [
    "an unknown account",
    {
      data: { reason: "User parameter is invalid or was not supplied", result: "0" },
      type: "text",
      error: "User parameter is invalid or was not supplied",
    },
    "account-unknown",
  ],
  [
    "a right that is missing",
    { metadata: { result: 0, reason: "You do not have permission to access “x”." } },
    "panel-refused-us",
  ],
  [
    "an unknown function",
    { metadata: { result: 0, reason: "Unknown app (“x”) requested for this version" } },
    "panel-feature-missing",
  ],
  [
    "a function that the account's API lacks",
    {
      metadata: { result: 1 },
      data: {
        uapi: { status: 0, errors: ["The system could not find the function “f” in the module “M”."] },
      },
    },
    "panel-feature-missing",
  ],
  ["a failure without a word", { status: 0, errors: null }, "panel-refused"],
  ["something else", { hello: 1 }, "panel-answer-unreadable"],
  [
    "a success of the outer call without an inner one",
    { metadata: { result: 1 }, data: {} },
    "panel-answer-unreadable",
  ],
  ["nothing", null, "panel-answer-unreadable"],
])("%s is told from other failures", (_name, json, code) => {
  expect(() => dataOf(outcomeOf(json, call), call)).toThrow(expect.objectContaining({ code }) as Error);
});

test("the server's API says no inside a 200 as well", () => {
  expect(acceptWhm({ metadata: { result: "1" }, data: { acct: [] } }, "listaccts")).toEqual({ acct: [] });
  expect(acceptWhm({ metadata: { result: 1, reason: "OK" } }, "x")).toEqual({});
  expect(() => acceptWhm({ metadata: { result: 0, reason: "No." }, data: null }, "x")).toThrow(
    expect.objectContaining({ code: "panel-refused", detail: "x: No." }) as Error,
  );
});

// As captured by others (spec cpanel §4.3, §8: hook noise in front of the answer).
const noise = [
  "[2026-09-29 12:03:07 +0000] warn [uapi] Could not find “x” in module “Y”.",
  'info [uapi] STDERR output from hook: {"status":1}',
  '{"of": "a hook that prints JSON", "result": ',
  "[2026-11-02 10:00:00 +0100] warn [uapi] Cpanel::Wrap::send_cpwrapd_request adminbin Cpanel/ssl/ADD: exit 5: raw_response=[{}]",
];

test.each([0, 1, 2, 3, 4])("%i lines in front of the answer of a command do not hide it", (count) => {
  const output = [...noise.slice(0, count), JSON.stringify({ result }), ""].join("\n");
  expect(dataOf(outcomeOf(jsonOfCommand(output, call), call), call)).toEqual({ action: "install" });
});

test.each(["", "command not found\n", noise.join("\n")])(
  "a command that prints no answer is not understood",
  (output) => {
    expect(() => jsonOfCommand(output, call)).toThrow(
      expect.objectContaining({ code: "panel-answer-unreadable" }) as Error,
    );
  },
);

test("arguments are encoded once and for all: nothing in them is left for a command to read otherwise", () => {
  const text = "-----BEGIN X-----\nab+c/d==\n-----END X-----\n% '(*)' “é” a=b&c";
  const [argument = ""] = encode({ "api.filter.a.arg0": text });
  expect(argument).toMatch(/^api\.filter\.a\.arg0=[A-Za-z0-9_.~%-]+$/);
  expect(decodeURIComponent(argument.slice(argument.indexOf("=") + 1))).toBe(text);
  expect(encode({ key: ["1", "2"], n: 3 })).toEqual(["key=1", "key=2", "n=3"]);
});

test.each([
  [1, true],
  ["1", true],
  [true, true],
  [0, false],
  ["0", false],
  ["", false],
  [null, false],
  [undefined, false],
])("a switch %j means %s", (value, expected) => {
  expect(flag.parse(value)).toBe(expected);
});

test("a key is known by its modulus as the panel lists it, with or without a leading zero", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const modulus = Buffer.from(publicKey.export({ format: "jwk" }).n ?? "", "base64url").toString("hex");
  expect(keyIdOfListed({ modulus })).toBe(keyIdOf(publicKey));
  expect(keyIdOfListed({ modulus: `00${modulus.toUpperCase()}` })).toBe(keyIdOf(publicKey));
  expect(keyIdOfListed({ modulus: "not hex" })).toBeNull();
});

test.each([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
])("a key on %s is known by its point as the panel lists it, whole or compressed", (curve) => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const hex = (part: string): string => Buffer.from(part, "base64url").toString("hex");
  const whole = `04${hex(x)}${hex(y)}`;
  const short = String(ECDH.convertKey(whole, curve, "hex", "hex", "compressed"));
  for (const point of [whole, whole.toUpperCase(), short]) {
    expect(keyIdOfListed({ ecdsa_curve_name: curve, ecdsa_public: point })).toBe(keyIdOf(publicKey));
  }
  expect(keyIdOfListed({ ecdsa_curve_name: curve, ecdsa_public: whole.slice(0, -2) })).toBeNull();
  expect(keyIdOfListed({ ecdsa_curve_name: "secp521r1", ecdsa_public: whole })).toBeNull();
  expect(keyIdOfListed({})).toBeNull();
});
