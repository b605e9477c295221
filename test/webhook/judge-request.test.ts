import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import {
  digest,
  isOurPath,
  judge,
  maxHeaders,
  readForm,
  refusalBodies,
} from "../../src/webhook/judge-request.ts";

type Field = readonly [string, string];
const host: Field = ["Host", "hook.example"];
const form: Field = ["Content-Type", "application/x-www-form-urlencoded"];

/** A request as Node hands it over, once its head was read. */
function request(
  method: string,
  fields: readonly Field[],
  changes: Partial<IncomingMessage> = {},
): IncomingMessage {
  return {
    method,
    url: "/webhook?RequestId=7&Status=Issued",
    httpVersion: "1.1",
    rawHeaders: fields.flat(),
    headers: Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])),
    ...changes,
  } as IncomingMessage;
}

const post = (length: string, ...fields: Field[]): IncomingMessage =>
  request("POST", [host, ["Content-Length", length], ...fields]);

test("path, method and source are judged in this order, before anything else of the request", () => {
  const odd = request("DELETE", []);
  expect(judge(odd, false, false)).toBe(404);
  expect(judge(odd, true, false)).toBe(405);
  expect(judge(request("GET", []), true, false)).toBe(403);
  expect(judge(request("POST", []), true, false)).toBe(403);
});

test.each(["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])("4.1.4 %s is no method of ours", (method) => {
  expect(judge(request(method, [host]), true, true)).toBe(405);
});

test.each<[string, IncomingMessage, number | null]>([
  ["a plain one", request("GET", [host]), null],
  ["no host", request("GET", []), 400],
  ["no host, in the way of HTTP/1.0", request("GET", [], { httpVersion: "1.0" }), null],
  ["two hosts", request("GET", [host, ["HOST", "other.example"]]), 400],
  ["two hosts, in the way of HTTP/1.0", request("GET", [host, host], { httpVersion: "1.0" }), 400],
  ["a host in the value of another field", request("GET", [host, ["X", "host"]]), null],
  ["no version", request("GET", [host], { httpVersion: "0.9" }), 400],
  ["another version", request("GET", [host], { httpVersion: "2.0" }), 400],
  ["chunks", request("GET", [host, ["Transfer-Encoding", "chunked"]]), 400],
  ["an upgrade", request("GET", [host, ["Upgrade", "h2c"]]), 400],
  ["a body of nothing", request("GET", [host, ["Content-Length", "0"]]), null],
  ["a body", request("GET", [host, ["Content-Length", "1"]]), 400],
  ["an address of 4 kB", request("GET", [host], { url: "x".repeat(4096) }), null],
  ["a longer address", request("GET", [host], { url: "x".repeat(4097) }), 414],
])("a GET with %s: %j", (_what, given, expected) => {
  expect(judge(given, true, true)).toBe(expected);
});

test("as many fields as are allowed, and one more", () => {
  const many = (count: number) =>
    request("GET", [host, ...Array.from({ length: count - 1 }, (_none, index): Field => [`X-${index}`, ""])]);
  expect(judge(many(maxHeaders), true, true)).toBeNull();
  expect(judge(many(maxHeaders + 1), true, true)).toBe(431);
});

test.each<[string, IncomingMessage, number | null]>([
  ["a form", post("10", form), null],
  [
    "a form with its letters named",
    post("10", ["Content-Type", " Application/X-WWW-form-urlencoded ; charset=UTF-8"]),
    null,
  ],
  ["the longest form", post("8192", form), null],
  ["a longer form", post("8193", form), 413],
  ["no length", request("POST", [host, form]), 400],
  ["a length that is none", post("1x", form), 400],
  ["a length behind a letter", post("x1", form), 400],
  ["a length with a sign", post("+1", form), 400],
  ["no type", post("10"), 415],
  ["another type", post("10", ["Content-Type", "application/json"]), 415],
  ["a type that only begins alike", post("10", ["Content-Type", "application/x-www-form-urlencodedx"]), 415],
])("a POST with %s: %j", (_what, given, expected) => {
  expect(judge(given, true, true)).toBe(expected);
});

test.each([
  ["/webhook", null, "/webhook", true],
  ["/webhook", null, "/webhook/", false],
  ["/webhook", null, "/Webhook", false],
  ["/webhook", "secret", "/webhook/secret", true],
  ["/webhook", "secret", "/webhook/secret/", false],
  ["/webhook", "secret", "/webhook/Secret", false],
  ["/webhook", "secret", "/webhook", false],
  ["/webhook", "secret", "/webhook/", false],
  ["/webhook", "secret", "/webhookssecret", false],
  ["/webhook", "secret", "secret", false],
  ["/webhook", "", "/webhook/", false],
])("with the path %s and the token %j, %s is ours: %s", (ours, token, path, expected) => {
  expect(isOurPath(path, ours, token === null ? null : digest(token))).toBe(expected);
});

test("every refusal has words of its own, on a line", () => {
  expect(refusalBodies).toEqual({
    400: "Bad Request\n",
    403: "Forbidden\n",
    404: "Not Found\n",
    405: "Method Not Allowed\n",
    408: "Request Timeout\n",
    413: "Content Too Large\n",
    414: "URI Too Long\n",
    415: "Unsupported Media Type\n",
    431: "Request Header Fields Too Large\n",
    503: "Service Unavailable\n",
  });
});

describe("a form that comes in pieces", () => {
  const read = (...pieces: Buffer[]): Promise<string | number> =>
    new Promise((resolve) => {
      const stream = new PassThrough();
      readForm(stream as unknown as IncomingMessage, resolve);
      for (const piece of pieces) stream.write(piece);
      stream.end();
    });

  test("is put together, also where a letter is cut in two", async () => {
    const whole = Buffer.from("a=é&b=ü");
    expect(await read(whole.subarray(0, 3), whole.subarray(3, 8), whole.subarray(8))).toBe("a=é&b=ü");
    expect(await read()).toBe("");
  });

  test("is refused when it is longer than it may be, however it is cut", async () => {
    expect(await read(Buffer.alloc(8000, "x"), Buffer.alloc(192, "y"))).toHaveLength(8192);
    expect(await read(Buffer.alloc(8000, "x"), Buffer.alloc(193, "y"))).toBe(413);
    expect(await read(Buffer.alloc(9000), Buffer.alloc(1))).toBe(413);
  });

  test("is nothing when the connection breaks", async () => {
    const stream = new PassThrough();
    let told = 0;
    readForm(stream as unknown as IncomingMessage, () => {
      told += 1;
    });
    await new Promise((resolve) => {
      stream.once("close", resolve);
      stream.destroy(new Error("broken"));
    });
    expect(told).toBe(0);
  });
});
