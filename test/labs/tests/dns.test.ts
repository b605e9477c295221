import { Resolver } from "node:dns/promises";
import type { DnsAnswer, DnsServer } from "../dns/dns-server.ts";
import { startDnsServer } from "../dns/dns-server.ts";
import { zoneLookup } from "../dns/zone-lookup.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";

let server: DnsServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function serve(
  lookup: (name: string, type: string) => DnsAnswer | Promise<DnsAnswer>,
): Promise<Resolver> {
  server = await startDnsServer({ lookup });
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([server.server]);
  return resolver;
}

function serveZones(zones: Map<string, ZoneRecord[]>): Promise<Resolver> {
  return serve(zoneLookup(zones));
}

describe("what it does not answer", () => {
  it("refuses names outside its zones", async () => {
    const resolver = await serveZones(new Map([["example.nl", []]]));
    await expect(resolver.resolve4("example.org")).rejects.toMatchObject({ code: "EREFUSED" });
  });

  it("tells a name that does not exist from one without such a record", async () => {
    const resolver = await serveZones(
      new Map([["example.nl", [{ name: "a.b.example.nl", type: "A", data: "127.0.0.1" }]]]),
    );
    await expect(resolver.resolve4("none.example.nl")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(resolver.resolveTxt("a.b.example.nl")).rejects.toMatchObject({ code: "ENODATA" });
    await expect(resolver.resolve4("b.example.nl")).rejects.toMatchObject({ code: "ENODATA" });
  });

  it("says SERVFAIL when its lookup throws, and for an endless chain of aliases", async () => {
    const failing = await serve(() => {
      throw new Error("zone file unreadable");
    });
    await expect(failing.resolve4("example.nl")).rejects.toMatchObject({ code: "ESERVFAIL" });
    await server?.stop();
    const looping = await serveZones(
      new Map([["example.nl", [{ name: "a.example.nl", type: "CNAME", data: "a.example.nl" }]]]),
    );
    await expect(looping.resolve4("a.example.nl")).rejects.toMatchObject({ code: "ESERVFAIL" });
  });

  it("stays silent when told to", async () => {
    const resolver = await serve(() => ({ drop: true }));
    await expect(resolver.resolve4("example.nl")).rejects.toMatchObject({ code: "ETIMEOUT" });
  });
});

it("answers every record type the labs use", async () => {
  const resolver = await serveZones(
    new Map<string, ZoneRecord[]>([
      [
        "example.nl.",
        [
          { name: "example.nl.", type: "A", data: "192.0.2.1" },
          { name: "example.nl", type: "AAAA", data: "2001:db8::1" },
          { name: "example.nl", type: "NS", data: "ns1.example.nl." },
          { name: "example.nl", type: "MX", data: { preference: 10, exchange: "mail.example.nl" } },
          { name: "example.nl", type: "CAA", data: { flags: 0, tag: "issue", value: "sectigo.com" } },
          { name: "_x.Example.NL", type: "CNAME", data: "y.sectigo.com" },
        ],
      ],
    ]),
  );
  expect(await resolver.resolve4("EXAMPLE.nl")).toEqual(["192.0.2.1"]);
  expect(await resolver.resolve6("example.nl")).toEqual(["2001:db8::1"]);
  expect(await resolver.resolveNs("example.nl")).toEqual(["ns1.example.nl"]);
  expect(await resolver.resolveMx("example.nl")).toMatchObject([
    { priority: 10, exchange: "mail.example.nl" },
  ]);
  expect(await resolver.resolveCaa("example.nl")).toMatchObject([{ critical: 0, issue: "sectigo.com" }]);
  expect(await resolver.resolveCname("_x.example.nl")).toEqual(["y.sectigo.com"]);
  expect(await resolver.resolveSoa("example.nl")).toMatchObject({ nsname: "ns1.example.nl" });
});

it("answers a wildcard only where nothing nearer exists", async () => {
  const resolver = await serveZones(
    new Map<string, ZoneRecord[]>([
      [
        "example.nl",
        [
          { name: "*.example.nl", type: "A", data: "192.0.2.9" },
          { name: "www.example.nl", type: "TXT", data: "here" },
        ],
      ],
    ]),
  );
  expect(await resolver.resolve4("any.deep.example.nl")).toEqual(["192.0.2.9"]);
  await expect(resolver.resolve4("www.example.nl")).rejects.toMatchObject({ code: "ENODATA" });
  await expect(resolver.resolve4("below.www.example.nl")).rejects.toMatchObject({ code: "ENOTFOUND" });
});

it("follows aliases from one of its zones into another", async () => {
  const resolver = await serveZones(
    new Map<string, ZoneRecord[]>([
      ["example.nl", [{ name: "www.example.nl", type: "CNAME", data: "host.example.org." }]],
      ["example.org", [{ name: "host.example.org", type: "A", data: "192.0.2.4" }]],
    ]),
  );
  expect(await resolver.resolve4("www.example.nl")).toEqual(["192.0.2.4"]);
});

it("serves a changed zone at the next question and keeps a list of the questions", async () => {
  const records: ZoneRecord[] = [{ name: "example.nl", type: "TXT", data: "before" }];
  const resolver = await serveZones(new Map([["example.nl", records]]));
  expect(await resolver.resolveTxt("example.nl")).toEqual([["before"]]);
  records[0] = { name: "example.nl", type: "TXT", data: "after" };
  expect(await resolver.resolveTxt("example.nl")).toEqual([["after"]]);
  expect(server?.queries).toEqual([
    { name: "example.nl", type: "TXT", transport: "udp" },
    { name: "example.nl", type: "TXT", transport: "udp" },
  ]);
});

it("moves an answer too long for UDP to TCP, cut into strings of 255 bytes", async () => {
  const long = "k".repeat(3000);
  const resolver = await serveZones(
    new Map([["example.nl", [{ name: "example.nl", type: "TXT", data: long } as const]]]),
  );
  const [strings] = await resolver.resolveTxt("example.nl");
  expect(strings?.join("")).toBe(long);
  expect(strings?.[0]).toHaveLength(255);
  expect(server?.queries.map((query) => query.transport)).toEqual(["udp", "tcp"]);
});

it("waits for a slow lookup and can be stopped twice", async () => {
  const resolver = await serve(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return { answers: [{ name: "example.nl", type: "A", data: "192.0.2.1" }] };
  });
  expect(await resolver.resolve4("example.nl")).toEqual(["192.0.2.1"]);
  await server?.stop();
  await server?.stop();
});
