import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock } from "../../fakes/fake-clock.ts";
import type { FakeCa, FakeCaOptions } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import type { DnsServer } from "../dns/dns-server.ts";
import { startDnsServer } from "../dns/dns-server.ts";
import { zoneLookup } from "../dns/zone-lookup.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";
import type { Customer } from "./ca-customer.ts";
import { companyFields, customerOf, makeCsr, orderFields } from "./ca-customer.ts";

let ca: FakeCa;
let customer: Customer;
let dns: DnsServer;
let zone: ZoneRecord[];
const closing: (() => Promise<unknown>)[] = [];

async function start(options: FakeCaOptions = {}): Promise<void> {
  zone = [{ name: "example.nl", type: "A", data: "127.0.0.1" }];
  dns = await startDnsServer({ lookup: zoneLookup(new Map([["example.nl", zone]])) });
  ca = await startFakeCa({
    now: () => new Date("2026-11-24T09:00:00Z"),
    dnsServers: [dns.server],
    ...options,
    switches: { dcvDelayMs: 1, issueDelayMs: 1, ...options.switches },
  });
  customer = customerOf(ca);
}

afterEach(async () => {
  await customer.close();
  await ca.stop();
  await dns.stop();
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function order(changes: Record<string, string | undefined> = {}, name = "example.nl"): Promise<number> {
  const answer = await customer.post("requests", orderFields(name, changes));
  expect(answer.json()).toHaveProperty("id");
  return answer.json().id;
}

async function domains(id: number) {
  return (await customer.get(`requests/${id}`)).json().validations.dcv.domains;
}

async function retry(id: number, domain: string, dcvType = "DNS", email = "") {
  const answer = await customer.post(`requests/${id}/retry-dcv`, { domain, dcvType, email });
  await ca.idle();
  return answer;
}

describe("by DNS", () => {
  it("does not validate without the record, with another value, or with one at a child", async () => {
    await start();
    const id = await order();
    const answer = await retry(id, "example.nl");
    expect(answer.json()).toEqual({ message: "The DCV will be retried shortly." });
    const [domain] = await domains(id);
    expect(domain).toMatchObject({ status: false, statusMessage: "dns record not found" });
    zone.push({ name: domain.dnsRecord, type: "CNAME", data: "elsewhere.example.org" });
    zone.push({
      name: domain.dnsRecord.replace("example", "www.example"),
      type: "CNAME",
      data: domain.dnsCnameValue,
    });
    await retry(id, "example.nl");
    expect((await domains(id))[0]).toMatchObject({
      status: false,
      statusMessage: "dns record has another value",
    });
  });

  it("validates with the record, issues, and leaves requests for certificates", async () => {
    await start();
    const id = await order();
    const [domain] = await domains(id);
    zone.push({ name: domain.dnsRecord, type: "CNAME", data: `${domain.dnsCnameValue}.` });
    await retry(id, "example.nl");
    expect((await customer.get(`requests/${id}`)).status).toBe(404);
    expect((await customer.get(`certificates/${id}`)).json()).toMatchObject({ id, domainName: "example.nl" });
  });

  it("takes the record of a parent, up to the registrable domain and not beyond", async () => {
    await start();
    const id = await order({}, "a.b.example.nl");
    const [domain] = await domains(id);
    zone.push({ name: domain.dnsRecord.replace("a.b.", ""), type: "CNAME", data: domain.dnsCnameValue });
    await retry(id, "a.b.example.nl");
    expect(ca.certificate(id).issued.names).toEqual(["a.b.example.nl"]);
    expect(
      dns.queries.some((query) => query.name.endsWith(".nl") && !query.name.endsWith("example.nl")),
    ).toBe(false);
  });

  it("looks at TXT for a brand of DigiCert", async () => {
    await start();
    const id = await order({ product: "11" });
    const [domain] = await domains(id);
    expect(domain.dnsRecord).toBe("_dnsauth.example.nl");
    zone.push({ name: domain.dnsRecord, type: "TXT", data: domain.dnsCnameValue });
    await ca.checkDcv();
    await ca.idle();
    expect(ca.order(id).state).toBe("issued");
  });

  it("does not validate against a CAA record for another CA", async () => {
    await start();
    const id = await order();
    const [domain] = await domains(id);
    zone.push({ name: domain.dnsRecord, type: "CNAME", data: domain.dnsCnameValue });
    const caa = { name: "example.nl", type: "CAA" } as const;
    zone.push({ ...caa, data: { flags: 0, tag: "issue", value: "letsencrypt.org" } });
    await retry(id, "example.nl");
    expect((await domains(id))[0].statusMessage).toBe("caa record forbids issuing");
    zone.push({ ...caa, data: { flags: 0, tag: "issue", value: "sectigo.com" } });
    await retry(id, "example.nl");
    expect(ca.order(id).state).toBe("issued");
  });
});

describe("by FILE", () => {
  type WebSite = (host: string, path: string) => { status?: number; location?: string; text?: string };

  async function serve(site: WebSite): Promise<{ address: string; port: number }> {
    const server = createServer((request, response) => {
      const { status = 200, location, text = "" } = site(request.headers.host ?? "", request.url ?? "");
      response.writeHead(status, location === undefined ? {} : { location });
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { address: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  it.each<[string, (contents: string, path: string) => ReturnType<WebSite>, string]>([
    ["a missing file", () => ({ status: 404 }), "web server answered 404"],
    ["a login", () => ({ status: 401 }), "web server answered 401"],
    ["another content", () => ({ text: "maintenance" }), "file has another content"],
    ["a line too many", (contents) => ({ text: `${contents}\nmore` }), "file has another content"],
    ["a byte order mark", (contents) => ({ text: `\uFEFF${contents}` }), "file has another content"],
    [
      "a redirect to another host",
      (_, path) => ({ status: 301, location: `http://www.example.nl${path}` }),
      "redirected to another host",
    ],
    ["an endless redirect", (_, path) => ({ status: 302, location: path }), "too many redirects"],
    ["a file far too long", () => ({ text: "x".repeat(100_000) }), "no answer from the web server"],
  ])("does not validate with %s", async (_, site, reason) => {
    let contents = "";
    const web = await serve((_host, path) => site(contents, path));
    await start({ hosts: { "*": web } });
    const id = await order({ dcvType: "FILE" });
    contents = (await domains(id))[0].fileContents;
    await retry(id, "example.nl", "FILE");
    expect((await domains(id))[0]).toMatchObject({ status: false, statusMessage: reason });
  });

  it("does not validate a name that leads nowhere", async () => {
    await start();
    zone.length = 0;
    const id = await order({ dcvType: "FILE" });
    await retry(id, "example.nl", "FILE");
    expect((await domains(id))[0].statusMessage).toBe("host not found");
  });

  it("fetches the file from each name itself, found by DNS, over a redirect on the same name", async () => {
    const files = new Map<string, string>();
    const asked: string[] = [];
    const web = await serve((host, path) => {
      asked.push(`${host}${path.split("/").at(-2)}`);
      if (!path.startsWith("/moved/")) return { status: 301, location: `/moved${path}` };
      return { text: `${files.get(`${host}${path.replace("/moved", "")}`)}\n` };
    });
    await start({ webPorts: { http: web.port, https: 1 } });
    zone.push({ name: "www.example.nl", type: "A", data: "127.0.0.1" });
    const id = await order({ dcvType: "FILE", disableFreeSan: undefined });
    for (const domain of await domains(id)) files.set(domain.fileLocation, domain.fileContents);
    expect([...files.keys()].map((location) => location.split("/")[0])).toEqual([
      "example.nl",
      "www.example.nl",
    ]);
    await retry(id, "example.nl", "FILE");
    expect((await domains(id))[1].status).toBe(false);
    await retry(id, "www.example.nl", "FILE");
    expect(ca.certificate(id).issued.names).toEqual(["example.nl", "www.example.nl"]);
    expect(asked).toContain("www.example.nlpki-validation");
  });
});

describe("by EMAIL and by changing the method", () => {
  it("waits for the approver, whom it mails at each retry", async () => {
    await start();
    const id = await order({ dcvType: "EMAIL", approverEmail: "admin@example.nl" });
    await ca.checkDcv();
    expect((await domains(id))[0]).toMatchObject({ status: false, dcvEmail: "admin@example.nl" });
    await retry(id, "example.nl", "EMAIL", "postmaster@example.nl");
    expect(ca.mails.map((mail) => mail.to)).toEqual(["admin@example.nl", "postmaster@example.nl"]);
    ca.approveEmail(id);
    await ca.idle();
    expect(ca.order(id).state).toBe("issued");
  });

  it.each([
    [{ dcvType: "DNS" }, "domain"],
    [{ domain: "www.example.nl", dcvType: "DNS" }, "domain"],
    [{ domain: "example.nl" }, "dcvType"],
    [{ domain: "example.nl", dcvType: "HTTP" }, "dcvType"],
    [{ domain: "example.nl", dcvType: "EMAIL" }, "email"],
    [{ domain: "example.nl", dcvType: "EMAIL", email: "me@example.nl" }, "email"],
    [{ domain: "example.nl", dcvType: "EMAIL", approverEmail: "admin@example.nl" }, "email"],
  ])("refuses %j", async (fields, field) => {
    await start();
    const id = await order();
    const answer = await customer.post(`requests/${id}/retry-dcv`, fields as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.json().errors)).toEqual([field]);
  });

  it("shows the values of the new method, after a while where that is switched", async () => {
    await start({ switches: { readsWithoutDcvValues: 1 } });
    const id = await order();
    expect((await domains(id))[0]).not.toHaveProperty("dnsRecord");
    expect((await domains(id))[0]).toHaveProperty("dnsRecord");
    await retry(id, "example.nl", "FILE");
    expect((await domains(id))[0]).not.toHaveProperty("fileLocation");
    expect((await domains(id))[0]).toMatchObject({ dcvType: "FILE", fileLocation: expect.any(String) });
    expect((await domains(id))[0]).not.toHaveProperty("dnsRecord");
  });
});

describe("after the names", () => {
  it("an OV order waits for its steps, failed ones with attention, and then issues", async () => {
    await start();
    const id = await order({ product: "2", ...companyFields });
    ca.completeDomain(id, "example.nl");
    const { validations } = (await customer.get(`requests/${id}`)).json();
    expect(Object.keys(validations)).toEqual(["request", "organization", "whois", "phone", "dcv"]);
    expect(validations.organization).toEqual({ status: false, statusDetail: 0, statusMessage: "waiting" });
    ca.failStep(id, "phone", "Nobody answered.");
    const failed = (await customer.get(`requests/${id}`)).json();
    expect(failed.validations.phone.statusDetail).toBe(-1);
    expect(failed.requiresAction).toBe(true);
    for (const step of ["organization", "whois", "phone"] as const) ca.completeStep(id, step);
    await ca.idle();
    expect(ca.order(id)).toMatchObject({ state: "issued", requiresAction: false });
  });

  it("a brand review holds it, and so does manual issuing", async () => {
    await start({ switches: { issueDelayMs: null } });
    const id = await order();
    ca.setBrandReview(id, true);
    ca.completeDomain(id, "example.nl");
    ca.set({ issueDelayMs: 0 });
    await ca.checkDcv();
    await ca.idle();
    expect((await customer.get(`requests/${id}`)).json()).toMatchObject({
      brandValidation: true,
      validations: { dcv: { status: true } },
    });
    ca.setBrandReview(id, false);
    await ca.idle();
    expect(ca.order(id).state).toBe("issued");
  });

  it("a free name that stays unvalidated is dropped after a while", async () => {
    await start({ switches: { freeNameGraceSeconds: 3600 } });
    const id = await order({ disableFreeSan: undefined });
    ca.completeDomain(id, "example.nl");
    ca.advanceClock(3599);
    await ca.idle();
    expect(ca.order(id).state).toBe("pending");
    ca.advanceClock(1);
    await ca.idle();
    expect(ca.certificate(id).issued.names).toEqual(["example.nl"]);
  });

  it("reused validations need nothing", async () => {
    await start({ switches: { preValidated: ["example.nl"] } });
    const answer = await customer.post("requests", orderFields("www.example.nl"));
    expect(answer.json().validations.dcv).toMatchObject({ status: true, domains: [{ status: true }] });
    await ca.idle();
    expect(ca.order(answer.json().id).state).toBe("issued");
  });

  it("nothing happens before its time on an injected clock", async () => {
    const clock = new FakeClock();
    await start({
      now: () => clock.now(),
      after: (ms, callback) => clock.after(ms, callback),
      switches: { issueDelayMs: 30 },
    });
    const id = await order();
    ca.completeDomain(id, "example.nl");
    await clock.advance(29);
    expect(ca.order(id).state).toBe("pending");
    await clock.advance(1);
    expect(ca.order(id).state).toBe("issued");
    expect(clock.waiting).toBe(0);
  });
});

describe("a certificate", () => {
  async function certificate(changes: Record<string, string | undefined> = {}): Promise<number> {
    const id = await order(changes);
    ca.issue(id);
    return id;
  }

  const reissueFields = (changes: Record<string, string> = {}): Record<string, string> => ({
    csr: makeCsr("example.nl").pem,
    dcvType: "DNS",
    disableFreeSan: "1",
    ...changes,
  });

  it("is not reissued under another name, with a used CSR, or twice at once", async () => {
    await start();
    const csr = makeCsr("example.nl").pem;
    const id = await certificate({ csr });
    const other = reissueFields({ csr: makeCsr("example.org").pem });
    expect((await customer.post(`certificates/${id}/reissue`, other)).json().errors.csr[0]).toContain(
      "common name",
    );
    const used = await customer.post(`certificates/${id}/reissue`, reissueFields({ csr }));
    expect(used.json().errors.csr[0]).toContain("unique value");
    const unique = reissueFields({ csr, uniqueValueDcv: "a1" });
    expect((await customer.post(`certificates/${id}/reissue`, unique)).status).toBe(200);
    expect(
      (await customer.post(`certificates/${id}/reissue`, reissueFields())).json().errors.csr[0],
    ).toContain("in progress");
  });

  it("is reissued within the paid term, with every name validated again and the old one kept meanwhile", async () => {
    await start();
    const id = await certificate({ years: "2" });
    const old = await customer.download(id);
    ca.advanceClock(190 * 86_400);
    const answer = await customer.post(`certificates/${id}/reissue`, reissueFields({ reference: "second" }));
    expect(answer.json()).toMatchObject({ id: id + 1, years: 2, reference: "second" });
    expect(answer.json().validations.dcv.status).toBe(false);
    expect(await customer.download(id)).toBe(old);
    ca.issue(id + 1);
    expect(await customer.download(id + 1)).not.toBe(old);
    const { subscriptionEndsAt, issued } = ca.certificate(id + 1);
    expect(subscriptionEndsAt.toISOString()).toBe("2028-11-24T09:00:00.000Z");
    expect(issued.notAfter.toISOString().slice(0, 10)).toBe("2027-12-19");
  });

  it("never outlives the paid term", async () => {
    await start();
    const id = await certificate();
    ca.advanceClock(300 * 86_400);
    const answer = await customer.post(`certificates/${id}/reissue`, reissueFields());
    ca.issue(answer.json().id);
    expect(ca.certificate(answer.json().id).issued.notAfter.toISOString()).toBe("2027-11-24T09:00:00.000Z");
  });

  it("keeps the steps of an OV order done when reissued, and starts them anew when renewed", async () => {
    await start();
    const id = await certificate({ product: "2", ...companyFields });
    const reissue = (await customer.post(`certificates/${id}/reissue`, reissueFields())).json();
    expect(reissue.validations.organization.status).toBe(true);
    expect(reissue.company).toBe("Voorbeeld B.V.");
    const renewal = (
      await customer.post(`certificates/${id}/renew`, { ...reissueFields(), product: "2", years: "1" })
    ).json();
    expect(renewal.validations.organization.status).toBe(false);
    expect(ca.order(renewal.id).priceInCents).toBe(4900);
  });

  it("takes part in no call once revoked", async () => {
    await start();
    const id = await certificate();
    ca.revoke(id);
    for (const action of ["reissue", "renew", "cancel"]) {
      expect((await customer.post(`certificates/${id}/${action}`, reissueFields())).status).toBe(404);
    }
  });
});
