import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { systemClock } from "../../src/clock.ts";
import { CodedError } from "../../src/errors.ts";
import { silentLog } from "../../src/logging.ts";
import {
  type ListenerSettings,
  openWebhookListener,
  type ReceivedHint,
  type WebhookListener,
} from "../../src/webhook/webhook-listener.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { TestAuthority } from "../fakes/test-authority.ts";

let listener: WebhookListener | null = null;
let batches: ReceivedHint[][] = [];
let failing = false;

const sink = {
  accept(hints: readonly ReceivedHint[]): void {
    if (failing) throw new CodedError("disk-full");
    batches.push([...hints]);
  },
};

async function open(
  change: Partial<ListenerSettings> = {},
  clock = systemClock as FakeClock | typeof systemClock,
): Promise<number> {
  listener = await openWebhookListener(
    {
      inherited: [],
      listen: ["127.0.0.1:0"],
      path: "/webhook",
      token: null,
      certificate: null,
      allowedSources: ["127.0.0.1", "::1"],
      trustedProxies: [],
      ...change,
    },
    sink,
    { clock, log: silentLog },
  );
  return listener.ports[0] ?? 0;
}

beforeEach(() => {
  batches = [];
  failing = false;
});

afterEach(async () => {
  await listener?.close();
  listener = null;
});

/** Sends raw bytes and returns all that comes back until the server closes or goes quiet after an answer. */
function raw(port: number, bytes: string, from = "127.0.0.1"): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect({ port, host: from.includes(":") ? "::1" : "127.0.0.1", localAddress: from });
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const head = received.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? Number.NaN);
      if (head !== -1 && received.length >= head + 4 + length) socket.destroy();
    });
    socket.on("close", () => resolve(received));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(received) : reject(error),
    );
    socket.write(bytes);
  });
}

const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const get = (target: string, headers = ""): string => `GET ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
const post = (body: string, headers = "", target = "/webhook"): string =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
const good = "RequestId=7&Status=Issued";

test("a GET is kept, then answered 200 OK", async () => {
  const port = await open();
  const answer = await raw(port, get(`/webhook?${good}`));
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nOK$/);
  expect(batches).toEqual([
    [expect.objectContaining({ requestId: 7, status: "Issued", source: "127.0.0.1" })],
  ]);
});

test("a POSTed form is the same", async () => {
  const port = await open();
  expect(status(await raw(port, post(`${good}&State=`)))).toBe(200);
  expect(batches).toHaveLength(1);
});

test("when it can't be kept the answer is 503 with Retry-After, never 2xx (I1, F-03)", async () => {
  const port = await open();
  failing = true;
  const answer = await raw(port, get(`/webhook?${good}`));
  expect(status(answer)).toBe(503);
  expect(answer).toMatch(/retry-after: \d+/i);
  expect(batches).toEqual([]);
});

test("calls that come in one turn of the event loop are one commit, each answered", async () => {
  const port = await open();
  const pipelined = Array.from({ length: 20 }, (_, id) =>
    get(`/webhook?RequestId=${id + 1}&Status=Issued`),
  ).join("");
  const socket = connect(port, "127.0.0.1");
  let received = "";
  await new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      received += chunk.toString();
      if (received.split("HTTP/1.1 200").length === 21) resolve();
    });
    socket.write(pipelined);
  });
  socket.destroy();
  expect(batches.flat()).toHaveLength(20);
  expect(batches.length).toBeLessThan(20);
});

describe("refusals change nothing (I7)", () => {
  afterEach(() => expect(batches).toEqual([]));

  test.each([
    ["another path", get("/other"), 404],
    ["two hosts", get("/webhook", "Host: y\r\n"), 400],
    [
      "a length of chunks, which a proxy may count otherwise",
      get("/webhook", "Transfer-Encoding: chunked\r\n").concat("0\r\n\r\n"),
      400,
    ],
  ])(
    "T-05 what was sent along behind a refused call with %s is no call of its own",
    async (_name, first, code) => {
      const port = await open({ trustedProxies: ["127.0.0.1"], allowedSources: ["192.0.2.7"] });
      const smuggled = get(`/webhook?${good}`, "X-Forwarded-For: 192.0.2.7\r\n");
      const told = first.replace("\r\n\r\n", "\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n");
      expect(status(await raw(port, told + smuggled))).toBe(code);
    },
  );

  test.each<[string, string, number]>([
    ["another path", get(`/other?${good}`), 404],
    ["the path in other letters", get(`/WEBHOOK?${good}`), 404],
    ["a slash behind it", get(`/webhook/?${good}`), 404],
    ["an encoded path", get(`/%77ebhook?${good}`), 404],
    ["dots in the path", get(`/x/../webhook?${good}`), 404],
    ["an absolute address", get(`http://x/webhook?${good}`), 404],
    ["another path with another method", `DELETE /other HTTP/1.1\r\nHost: x\r\n\r\n`, 404],
    ["HEAD", `HEAD /webhook?${good} HTTP/1.1\r\nHost: x\r\n\r\n`, 405],
    ["PUT", `PUT /webhook?${good} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`, 405],
    ["TRACE", `TRACE /webhook?${good} HTTP/1.1\r\nHost: x\r\n\r\n`, 405],
    ["OPTIONS", `OPTIONS /webhook HTTP/1.1\r\nHost: x\r\n\r\n`, 405],
    ["two hosts", get(`/webhook?${good}`, "Host: y\r\n"), 400],
    ["no host", `GET /webhook?${good} HTTP/1.1\r\n\r\n`, 400],
    [
      "a chunked body",
      `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      "length and chunks together",
      `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ["an unknown transfer encoding", get(`/webhook?${good}`, "Transfer-Encoding: xchunked\r\n"), 400],
    ["a form without a length", `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n\r\n`, 400],
    ["a form of no type", `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na`, 415],
    ["a GET with a body", `${get(`/webhook?${good}`, `Content-Length: 3\r\n`)}a=1`, 400],
    ["query plus body", post("x=1", "", `/webhook?${good}`), 400],
    [
      "a form of another type",
      post(good).replace("application/x-www-form-urlencoded", "application/json"),
      415,
    ],
    ["a body over 8 kB", post(`${good}&x=${"a".repeat(9000)}`), 413],
    ["a long address", get(`/webhook?${good}&x=${"a".repeat(6000)}`), 414],
    ["large headers", get(`/webhook?${good}`, `X: ${"a".repeat(9000)}\r\n`), 431],
    [
      "many headers",
      get(`/webhook?${good}`, Array.from({ length: 60 }, (_, i) => `X${i}: 1\r\n`).join("")),
      431,
    ],
    ["a bad parameter", get("/webhook?RequestId=x&Status=Issued"), 400],
    ["a line that is no HTTP", "HELLO\r\n\r\n", 400],
    ["a bare line feed in a header", `GET /webhook?${good} HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n`, 400],
  ])("H %s", async (_name, bytes, expected) => {
    const port = await open();
    const answer = await raw(port, bytes);
    expect(status(answer)).toBe(expected);
    expect(answer.toLowerCase()).toContain("connection: close");
    expect(answer).not.toMatch(/express|x-powered-by|etag/i);
  });

  test("F-18 a source that is not on the list, whatever it claims", async () => {
    const port = await open({ allowedSources: ["185.93.12.91"] });
    for (const header of [
      "X-Forwarded-For",
      "X-Real-IP",
      "Forwarded",
      "CF-Connecting-IP",
      "True-Client-IP",
    ]) {
      expect(status(await raw(port, get(`/webhook?${good}`, `${header}: 185.93.12.91\r\n`)))).toBe(403);
    }
    expect(listener?.refusals.counts).toEqual({ 403: 5 });
    expect(listener?.refusals.list()[0]).toMatchObject({ source: "127.0.0.1", status: 403 });
  });

  test("a wrong token, no token and another path are answered alike", async () => {
    const port = await open({ token: "correct-token" });
    const answers = await Promise.all(
      [
        "/webhook",
        "/webhook/",
        "/webhook/wrong",
        "/webhook/correct-token/",
        "/webhook/correct-toke",
        "/nothing",
      ].map((path) => raw(port, get(`${path}?${good}`))),
    );
    const bare = answers.map((answer) => answer.replace(/date: [^\r]+\r\n/i, ""));
    expect(new Set(bare).size).toBe(1);
    expect(status(bare[0] ?? "")).toBe(404);
  });
});

test("the right token opens the path, and the health page needs neither", async () => {
  const port = await open({ token: "correct-token", allowedSources: ["127.0.0.1"] });
  expect(status(await raw(port, get(`/webhook/correct-token?${good}`)))).toBe(200);
  expect(status(await raw(port, get("/healthz")))).toBe(200);
});

test("F-38 IPv6 and IPv4 listen side by side, and both sources are recognised", async () => {
  await open({ listen: ["127.0.0.1:0", "[::1]:0"] });
  const [v4 = 0, v6 = 0] = listener?.ports ?? [];
  expect(status(await raw(v4, get(`/webhook?${good}`)))).toBe(200);
  expect(status(await raw(v6, get(`/webhook?${good}`), "::1"))).toBe(200);
});

test("the refusal log is bounded", async () => {
  const port = await open({ allowedSources: ["185.93.12.91"] });
  for (let round = 0; round < 220; round += 1) await raw(port, get("/webhook"));
  expect(listener?.refusals.list()).toHaveLength(200);
  expect(listener?.refusals.total).toBe(220);
});

test("T-05 a client that sends drop by drop is gone within ten seconds, and others are served meanwhile", async () => {
  const port = await open();
  const begun = performance.now();
  const slow = new Promise<number>((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    socket.on("close", () => resolve(performance.now() - begun));
    socket.write("GET /webhook HTTP/1.1\r\nHost: x\r\nX-A: ");
  });
  expect(status(await raw(port, get(`/webhook?${good}`)))).toBe(200);
  expect(await slow).toBeLessThan(10_000);
});

describe("TLS", () => {
  const ca = new TestAuthority(new Date());
  let dir: string;
  const files = (): { certificateFile: string; keyFile: string } => ({
    certificateFile: join(dir, "cert.pem"),
    keyFile: join(dir, "key.pem"),
  });

  function write(name: string): string {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const leaf = ca.leaf([name], { key: publicKey });
    writeFileSync(files().certificateFile, leaf.pem + ca.part("intermediate").pem);
    writeFileSync(files().keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
    return leaf.fingerprint;
  }

  function presented(port: number, options = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, () => {
        resolve(socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase());
        socket.destroy();
      });
      socket.on("error", reject);
    });
  }

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "webhook-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test("below 1.2 is refused", async () => {
    write("a.example");
    const port = await open({ certificate: files() });
    await expect(presented(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1" })).rejects.toThrow();
  });

  test("a renewed certificate is taken up by itself, a broken one is not", async () => {
    const clock = new FakeClock();
    const first = write("a.example");
    const port = await open({ certificate: files() }, clock);
    expect(await presented(port)).toBe(first);
    const second = write("b.example");
    await clock.advance(11_000);
    await presented(port);
    expect(await presented(port)).toBe(second);
    writeFileSync(files().certificateFile, "broken");
    listener?.reload();
    expect(await presented(port)).toBe(second);
  });

  test("a certificate that can't be read stops the start, naming the file", async () => {
    await expect(open({ certificate: files() })).rejects.toMatchObject({
      code: "settings-invalid",
      detail: expect.stringContaining("cert.pem"),
    });
  });
});
