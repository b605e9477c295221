import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CpanelLab } from "../cpanel/cpanel-lab.ts";
import { callPort, freshLab, furnish, uapi } from "./cpanel-client.ts";

let lab: CpanelLab;
let remove: () => Promise<void>;

beforeEach(async () => {
  const elsewhere = new Map([["fay.test", [{ name: "fay.test", type: "A" as const, data: "192.0.2.9" }]]]);
  ({ lab, remove } = await freshLab({ dnsServer: { elsewhere } }));
  await furnish(lab);
});

afterEach(() => remove());

const decoded = (text: string): string => Buffer.from(text, "base64").toString("utf8");

interface Line {
  line_index: number;
  type: string;
  record_type?: string;
  dname_b64: string;
  data_b64: string[];
}

async function lines(zone = "example.nl"): Promise<Line[]> {
  return (await uapi(lab, "alice", "DNS", "parse_zone", `zone=${zone}`)).data;
}

/** As a client finds it: the SOA line at the zone's own name with its dot. */
async function serial(): Promise<string> {
  const soa = (await lines()).find(
    (line) => line.record_type === "SOA" && decoded(line.dname_b64) === "example.nl.",
  );
  return decoded(soa?.data_b64[2] ?? "");
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests as a client does.
function edit(given: string, ...changes: [string, unknown][]): Promise<any> {
  const words = changes.map(
    ([name, value]) =>
      `${name}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`,
  );
  return uapi(lab, "alice", "DNS", "mass_edit_zone", "zone=example.nl", `serial=${given}`, ...words);
}

const cname = { dname: "_3f2a.shop", ttl: 300, record_type: "CNAME", data: ["9c1d.ca.example."] };

function ask<T>(question: (resolver: Resolver) => Promise<T>): Promise<T> {
  const resolver = new Resolver();
  resolver.setServers([lab.dnsAddress]);
  return question(resolver);
}

describe("parse_zone", () => {
  it("refuses zones of others, and accounts without either editor", async () => {
    const foreign = await uapi(lab, "alice", "DNS", "parse_zone", "zone=fay.test");
    expect(foreign.errors).toEqual(["You do not control a DNS zone named fay.test."]);
    expect((await uapi(lab, "alice", "DNS", "parse_zone", "zone=dev.example.nl")).status).toBe(0);
    lab.setFeature("alice", "zoneedit", false);
    expect((await uapi(lab, "alice", "DNS", "parse_zone", "zone=example.nl")).status).toBe(1);
    lab.setFeature("alice", "simplezoneedit", false);
    expect((await uapi(lab, "alice", "DNS", "parse_zone", "zone=example.nl")).status).toBe(0);
  });

  it("tells every line with its index, records over several lines once", async () => {
    const all = await lines();
    const file = readFileSync(join(lab.rootDir, "var/named/example.nl.db"), "utf8").split("\n");
    expect(all.map((line) => line.type).slice(0, 4)).toEqual(["comment", "comment", "control", "record"]);
    for (const line of all.filter((one) => one.record_type === "TXT")) {
      expect(file[line.line_index]).toContain(decoded(line.data_b64[0] ?? ""));
    }
  });
});

describe("mass_edit_zone", () => {
  it("refuses a stale serial, and changes nothing", async () => {
    const old = await serial();
    const first = await edit(old, ["add", cname]);
    expect(first).toMatchObject({ status: 1, data: { new_serial: expect.stringMatching(/^\d{10}$/) } });
    const second = await edit(old, ["add", { ...cname, dname: "other" }]);
    expect(second.errors[0]).toContain("does not match the DNS zone’s serial number");
    expect(await serial()).toBe(first.data.new_serial);
  });

  it.each([
    ["beside another record", { ...cname, dname: "www" }],
    ["outside the zone", { ...cname, dname: "www.other.test." }],
    ["of a type that cannot be written", { ...cname, record_type: "SOA" }],
    ["without data", { ...cname, data: [] }],
  ])("refuses a CNAME %s", async (_why, record) => {
    expect((await edit(await serial(), ["add", record])).status).toBe(0);
  });

  it("adds, changes and removes in one call, by the indexes of before, and is served at once", async () => {
    await edit(
      await serial(),
      ["add", cname],
      ["add", { dname: "note", ttl: 300, record_type: "TXT", data: ['a "b" ; c'] }],
    );
    expect(await ask((resolver) => resolver.resolveCname("_3f2a.shop.example.nl"))).toEqual([
      "9c1d.ca.example",
    ]);
    expect(await ask((resolver) => resolver.resolveTxt("note.example.nl"))).toEqual([['a "b" ; c']]);
    const now = await lines();
    const at = (name: string): number =>
      now.find((line) => line.type === "record" && decoded(line.dname_b64) === name)?.line_index ?? -1;
    const change = { ...cname, data: ["new.ca.example."], line_index: at("_3f2a.shop") };
    const caa = { dname: "example.nl.", ttl: 300, record_type: "CAA", data: ["0", "issue", "ca.example"] };
    const done = await edit(await serial(), ["remove", String(at("note"))], ["edit", change], ["add", caa]);
    expect(done.status).toBe(1);
    expect(await ask((resolver) => resolver.resolveCname("_3f2a.shop.example.nl"))).toEqual([
      "new.ca.example",
    ]);
    await expect(ask((resolver) => resolver.resolveTxt("note.example.nl"))).rejects.toThrow("ENODATA");
    expect(await ask((resolver) => resolver.resolveCaa("example.nl"))).toMatchObject([
      { critical: 0, issue: "ca.example" },
    ]);
  });

  it("is there in WHM for every zone of one's accounts", async () => {
    const token = `root:${lab.createToken("whm", "root")}`;
    const call = async (func: string, form: Record<string, string>): Promise<ReturnType<typeof JSON.parse>> =>
      (
        await callPort(lab, "whm", `/json-api/${func}`, { token, form: { "api.version": "1", ...form } })
      ).json();
    const read = await call("parse_dns_zone", { zone: "shop.nl" });
    const soa = read.data.payload.find((line: Line) => line.record_type === "SOA");
    const add = JSON.stringify(cname);
    const form = { zone: "shop.nl", serial: decoded(soa.data_b64[2]), add };
    expect((await call("mass_edit_dns_zone", form)).data.new_serial).toMatch(/^\d{10}$/);
    expect((await call("mass_edit_dns_zone", form)).metadata).toMatchObject({ result: 0 });
    const rita = `rita:${lab.createToken("whm", "rita")}`;
    const refused = await callPort(lab, "whm", "/json-api/parse_dns_zone?api.version=1&zone=shop.nl", {
      token: rita,
    });
    expect(refused.json().metadata.result).toBe(0);
  });
});

it("has_local_authority tells zones that other name servers have", async () => {
  const local = (
    await uapi(lab, "alice", "DNS", "has_local_authority", "domain=www.shop.nl", "domain-1=nowhere.test")
  ).data;
  expect(local[0]).toMatchObject({ domain: "www.shop.nl", local_authority: 1, zone: "shop.nl" });
  expect(local[1]).toMatchObject({ local_authority: 0, zone: null });
  expect(
    (await uapi(lab, "fay", "DNS", "has_local_authority", "domain=fay.test")).data[0].local_authority,
  ).toBe(0);
  expect(await ask((resolver) => resolver.resolve4("fay.test"))).toEqual(["192.0.2.9"]);
});
