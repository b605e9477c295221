import { generateKeyPairSync } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { systemClock } from "../../src/clock.ts";
import { trustedRoots } from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { DnsProbe } from "../../src/probe/dns-probe.ts";
import { fileVisible } from "../../src/probe/http-probe.ts";
import { mailAndPanel, ServedProbe } from "../../src/probe/served-probe.ts";
import { probeTls } from "../../src/probe/tls-probe.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import { startDnsServer } from "../labs/dns/dns-server.ts";
import { zoneLookup } from "../labs/dns/zone-lookup.ts";
import type { ZoneRecord } from "../labs/dns/zone-record.ts";

const now = new Date();
const ca = new TestAuthority(now);
const name = parseHostName("example.nl");
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const leaf = ca.leaf(["example.nl"], { key: publicKey });
const open: { close(done: () => void): unknown }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

async function listen(server: Server, address = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  open.push(server);
  return (server.address() as AddressInfo).port;
}

function tlsServer(cert: string): Server {
  const server = createTlsServer({ key, cert }, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  return server;
}

/** Speaks SMTP until it is asked for TLS (RFC 3207). */
function mailServer(): Server {
  return createTcpServer((socket) => {
    socket.write("220 mail.example.nl\r\n");
    socket.on("error", () => undefined);
    socket.on("data", function greet(chunk: Buffer) {
      if (chunk.toString().startsWith("EHLO")) socket.write("250-mail.example.nl\r\n250 STARTTLS\r\n");
      if (chunk.toString().startsWith("STARTTLS")) {
        socket.off("data", greet);
        socket.write("220 go ahead\r\n");
        const cert = leaf.pem + ca.part("intermediate").pem;
        new TLSSocket(socket, { isServer: true, key, cert }).on("error", () => undefined);
      }
    });
  });
}

describe("a handshake", () => {
  const intermediate = ca.part("intermediate").pem;

  test.each([
    ["with its full chain", leaf.pem + intermediate, true],
    ["with the root as well", leaf.pem + intermediate + ca.part("root").pem, true],
    ["without the intermediate", leaf.pem, false],
    ["with a stranger in its place", leaf.pem + ca.part("stranger").pem, false],
  ])("shows the certificate %s", async (_name, cert, complete) => {
    const port = await listen(tlsServer(cert));
    const served = await probeTls({ address: "127.0.0.1", port, name }, ca.roots, now);
    expect(served).toEqual({
      address: "127.0.0.1",
      port,
      name,
      fingerprint: leaf.fingerprint,
      complete,
      problem: null,
    });
  });

  test("over IPv6", async () => {
    const port = await listen(tlsServer(leaf.pem + intermediate), "::1");
    expect(await probeTls({ address: "::1", port, name }, ca.roots, now)).toMatchObject({
      complete: true,
    });
  });

  test("a chain to a root that nobody trusts is not complete", async () => {
    const port = await listen(tlsServer(leaf.pem + intermediate));
    const nobody = trustedRoots([], false);
    expect(await probeTls({ address: "127.0.0.1", port, name }, nobody, now)).toMatchObject({
      complete: false,
    });
  });

  test("with nobody there is unreachable, with somebody who speaks no TLS is refused", async () => {
    const greeter = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.resume();
      socket.end("220 hello\r\n");
    });
    const port = await listen(greeter);
    expect(await probeTls({ address: "127.0.0.1", port, name }, ca.roots, now)).toMatchObject({
      fingerprint: null,
      problem: "tls-refused",
    });
    const gone = { address: "127.0.0.1", port: 1, name };
    expect(await probeTls(gone, ca.roots, now)).toMatchObject({ problem: "tls-unreachable" });
  });

  test("after STARTTLS", async () => {
    const port = await listen(mailServer());
    const served = await probeTls({ address: "127.0.0.1", port, name, startTls: "smtp" }, ca.roots, now);
    expect(served).toMatchObject({ fingerprint: leaf.fingerprint, complete: true });
  });

  test("other services of a name are looked at where they listen: mail with and without STARTTLS, and the panel", async () => {
    expect(mailAndPanel).toEqual([
      { port: 465 },
      { port: 587, startTls: "smtp" },
      { port: 993 },
      { port: 995 },
      { port: 2222 },
    ]);
    const implicit = await listen(tlsServer(leaf.pem));
    const submission = await listen(mailServer());
    const clock = { ...systemClock, now: () => now };
    const services = [{ port: implicit }, { port: submission, startTls: "smtp" as const }, { port: 1 }];
    const probe = new ServedProbe(ca.roots, clock, 443, services);
    const { fingerprint } = leaf;
    expect(await probe.lookAtServices(name, "127.0.0.1")).toMatchObject([
      { port: implicit, name, fingerprint, complete: false },
      { port: submission, name, fingerprint, complete: true },
    ]);
  });

  test("many at once are all answered", async () => {
    const port = await listen(tlsServer(leaf.pem + intermediate));
    const probe = new ServedProbe(ca.roots, { ...systemClock, now: () => now }, port);
    const served = await probe.lookAt(Array.from({ length: 40 }, () => ({ name, address: "127.0.0.1" })));
    expect(served.filter(({ complete }) => complete)).toHaveLength(40);
  });
});

describe("a DNS record", () => {
  const record = { owner: "_abc.example.nl", type: "CNAME" as const, value: "target.sectigo.com" };

  test("is seen once it is there with just that value", async () => {
    const zone: ZoneRecord[] = [{ name: "example.nl", type: "A", data: "192.0.2.1" }];
    const server = await startDnsServer({ lookup: zoneLookup(new Map([["example.nl", zone]])) });
    open.push({ close: (done) => server.stop().then(done) });
    const probe = new DnsProbe([`127.0.0.1:${server.port}`]);
    expect(await probe.recordVisible(record)).toBe(false);
    zone.push({ name: record.owner, type: "CNAME", data: "Target.sectigo.com" });
    expect(await probe.recordVisible(record)).toBe(true);
    expect(await probe.recordVisible({ ...record, value: "other.sectigo.com" })).toBe(false);
    expect(await probe.addressesOf(name)).toEqual(["192.0.2.1"]);
  });
});

describe("a validation file", () => {
  const file = { host: name, path: "/.well-known/pki-validation/A.txt", content: "one\ntwo" };

  async function site(answer: { status: number; body?: string; location?: string }): Promise<number> {
    const server = createHttpServer((request, response) => {
      const known = request.headers.host === "example.nl" && request.url === file.path;
      response.writeHead(
        known ? answer.status : 400,
        answer.location === undefined ? {} : { location: answer.location },
      );
      response.end(answer.body);
    });
    return listen(server);
  }

  test.each([
    ["there", { status: 200, body: "one\ntwo" }, true],
    ["there with a closing line break", { status: 200, body: "one\ntwo\n" }, true],
    ["not there", { status: 404, body: "no" }, false],
  ])("that is %s", async (_name, answer, expected) => {
    expect(await fileVisible(file, "127.0.0.1", await site(answer))).toBe(expected);
  });

  test.each([
    [
      "a redirect",
      { status: 301, location: "https://elsewhere.example/" },
      "301 to https://elsewhere.example/",
    ],
    ["a login", { status: 401 }, "401"],
    ["a maintenance page", { status: 503 }, "503"],
    ["another page", { status: 200, body: "<html>" }, "something else"],
    ["an endless page", { status: 200, body: "x".repeat(100_000) }, "something else"],
  ])("F-52 hidden by %s is blocked", async (_name, answer, detail) => {
    await expect(fileVisible(file, "127.0.0.1", await site(answer))).rejects.toMatchObject({
      code: "dcv-file-blocked",
      detail: expect.stringContaining(detail),
    });
  });

  test("where nobody listens is not there yet", async () => {
    expect(await fileVisible(file, "127.0.0.1", 1)).toBe(false);
  });
});
