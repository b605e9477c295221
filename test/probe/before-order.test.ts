import { createSocket, type Socket } from "node:dgram";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseHostName } from "../../src/model/host-name.ts";
import { DnsProbe } from "../../src/probe/dns-probe.ts";
import { dnssecOf } from "../../src/probe/dns-question.ts";
import { lookForFile } from "../../src/probe/http-probe.ts";
import { type DnsServer, startDnsServer } from "../labs/dns/dns-server.ts";
import { zoneLookup } from "../labs/dns/zone-lookup.ts";

const name = parseHostName("www.example.test");
const zones = new Map([
  [
    "test",
    [
      { name: "example.test", type: "CAA", data: { flags: 0, tag: "issue", value: "sectigo.com" } },
      { name: "example.test", type: "NS", data: "ns1.host.test" },
      { name: "ns1.host.test", type: "A", data: "192.0.2.1" },
      { name: "away.test", type: "NS", data: "ns.away.test" },
      { name: "ns.away.test", type: "A", data: "198.51.100.1" },
      { name: "www.example.test", type: "A", data: "192.0.2.1" },
      { name: "www.example.test", type: "AAAA", data: "2001:db8::1" },
    ],
  ],
] as const);
let dns: DnsServer;
let probe: DnsProbe;
beforeAll(async () => {
  dns = await startDnsServer({ lookup: zoneLookup(zones) });
  probe = new DnsProbe([dns.server]);
});
afterAll(() => dns.stop());

test("CAA records are those of the nearest parent that has any", async () => {
  expect(await probe.caaOf(name)).toEqual([{ tag: "issue", value: "sectigo.com", critical: false }]);
  expect(await probe.caaOf(parseHostName("away.test"))).toEqual([]);
});

test("nobody to ask is not the same as nothing there", async () => {
  const deaf = new DnsProbe(["127.0.0.1:1"]);
  expect(await deaf.addressesOrNull(name)).toBeNull();
  expect(await deaf.caaOf(name)).toBeNull();
  expect(await probe.addressesOrNull(parseHostName("nothing.test"))).toEqual([]);
  expect(await probe.addressesOrNull(name)).toEqual(["192.0.2.1", "2001:db8::1"]);
});

test.each([
  ["www.example.test", { addresses: ["192.0.2.1"], nameServers: [] }, "here"],
  ["www.example.test", { addresses: [], nameServers: ["ns1.host.test"] }, "here"],
  ["www.example.test", { addresses: ["203.0.113.5"], nameServers: [] }, "elsewhere"],
  ["away.test", { addresses: ["192.0.2.1"], nameServers: ["ns1.host.test"] }, "elsewhere"],
  ["nothing.test", { addresses: ["192.0.2.1"], nameServers: [] }, "unknown"],
])("the zone of %s, with %j our own, is %s", async (asked, own, place) => {
  expect(await probe.zonePlace(parseHostName(asked), own)).toBe(place);
});

/** Answers every question with a code that depends on whether signatures are to be checked (RFC 4035 §3.2.2). */
async function resolverThat(codes: { checked: number; unchecked: number }): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const answer = Buffer.from(question);
    const unchecked = ((question[3] ?? 0) & 0x10) !== 0;
    answer[2] = 0x81;
    answer[3] = (unchecked ? codes.unchecked : codes.checked) & 0x0f;
    socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}

test.each([
  ["broken", { checked: 2, unchecked: 0 }],
  ["fine", { checked: 0, unchecked: 0 }],
  ["fine", { checked: 3, unchecked: 3 }],
  ["unknown", { checked: 2, unchecked: 2 }],
] as const)("DNSSEC is %s with a resolver that answers %j", async (verdict, codes) => {
  const socket = await resolverThat(codes);
  try {
    expect(await dnssecOf(`127.0.0.1:${socket.address().port}`, name)).toBe(verdict);
  } finally {
    socket.close();
  }
});

const path = "/.well-known/pki-validation/xolphin-ssl-preflight.txt";
test.each<[string, RequestListener, object]>([
  ["has nothing there", (_request, response) => response.writeHead(404).end(), { kind: "free" }],
  [
    "sends the same address to HTTPS",
    (_request, response) => response.writeHead(301, { location: `https://${name}${path}` }).end(),
    { kind: "free" },
  ],
  [
    "sends everything elsewhere",
    (_request, response) => response.writeHead(302, { location: "https://other.test/" }).end(),
    { kind: "redirect", to: "https://other.test/" },
  ],
  [
    "asks for a login",
    (_request, response) => response.writeHead(401).end(),
    { kind: "blocked", status: 401 },
  ],
  [
    "answers anything with a page",
    (_request, response) => response.end("hi"),
    { kind: "blocked", status: 200 },
  ],
  [
    "is under maintenance",
    (_request, response) => response.writeHead(503).end(),
    { kind: "blocked", status: 503 },
  ],
])("a website that %s is seen so", async (_what, listener, seen) => {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    expect(await lookForFile(name, "127.0.0.1", (server.address() as AddressInfo).port)).toEqual(seen);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test("a website that does not answer is silent", async () => {
  expect(await lookForFile(name, "127.0.0.1", 1)).toEqual({ kind: "silent" });
});

test("F-37 a name server that fails or is silent is one that nobody could ask, never one that says there is nothing", async () => {
  const name = parseHostName("example.test");
  const own = { addresses: ["192.0.2.1"], nameServers: [] };
  const failing = await startDnsServer({
    lookup: (_name, type) => {
      if (type === "CAA") return { drop: true };
      throw new Error("zone file unreadable");
    },
  });
  try {
    const asked = new DnsProbe([failing.server]);
    expect(await asked.addressesOrNull(name)).toBeNull();
    expect(await asked.zonePlace(name, own)).toBe("unknown");
    expect(await asked.caaOf(name)).toBeNull();
    expect(await asked.recordVisible({ owner: "example.test", type: "TXT", value: "x" })).toBe(false);
  } finally {
    await failing.stop();
  }
});
