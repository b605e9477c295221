import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { selfSigned } from "../common/lab-certificates.ts";
import type { DirectAdminLab, DirectAdminLabOptions } from "../directadmin/directadmin-lab.ts";
import type { PanelAnswer, PanelRequest } from "./directadmin-client.ts";
import { callPanel, fetchPage, freshLab, runCommand, shownCertificate, until } from "./directadmin-client.ts";

let lab: DirectAdminLab;
let remove: () => Promise<void>;

const now = new Date();
const day = 86_400_000;
const names = ["example.nl", "www.example.nl", "shop.example.nl"];
const fresh = selfSigned(names, now);
const intermediate = selfSigned(["an intermediate"], now).cert;

async function start(options: Partial<DirectAdminLabOptions> = {}): Promise<void> {
  ({ lab, remove } = await freshLab(options));
  await lab.addAccount({ name: "bob" });
  await lab.addDomain("bob", "example.nl", { subdomains: ["shop"], pointers: { "alias.nl": "alias" } });
  await lab.addDomain("bob", "second.nl");
  await lab.runTaskQueue();
}

afterEach(() => remove());

const auth = "bob:bob-Passw0rd";
const call = (path: string, request: PanelRequest = {}): Promise<PanelAnswer> =>
  callPanel(lab, path, { auth, ...request });
const ssl = (form: Record<string, string>): Promise<PanelAnswer> =>
  call("/CMD_API_SSL", { form: { domain: "example.nl", action: "save", ...form } });
const paste = (key: string, ...certificates: string[]): Promise<PanelAnswer> =>
  ssl({ type: "paste", certificate: key + certificates.join("") });
const file = (name: string): string =>
  join(lab.rootDir, "usr/local/directadmin/data/users/bob/domains", name);
const text = (name: string): string => readFileSync(file(name), "utf8");

describe("CMD_API_SSL", () => {
  it("installs a paste and its chain, and the next task run serves them", async () => {
    await start();
    const before = await shownCertificate(lab, "example.nl");
    expect(before.names).toBe("DNS:panel.lab.test");
    const saved = await paste(fresh.key, fresh.cert);
    expect(saved.text).toBe("error=0&text=Certificate and Key Saved.&details=");
    expect((await ssl({ type: "cacert", active: "yes", cacert: intermediate })).text).toMatch(/^error=0/);
    expect(text("example.nl.cert.combined")).toBe(fresh.cert + intermediate);
    expect(statSync(file("example.nl.key")).mode & 0o777).toBe(0o640);
    expect(text("example.nl.conf")).toMatch(/^SSLCertificateFile=.*\/example\.nl\.cert$/m);
    expect(text("example.nl.conf")).toMatch(/^SSLCACertificateFile=/m);
    expect(await shownCertificate(lab, "example.nl")).toEqual(before);

    const reloads = lab.reloads;
    await lab.runTaskQueue();
    expect(lab.reloads - reloads).toBe(1);
    for (const name of [...names, "alias.nl"]) {
      expect((await shownCertificate(lab, name)).names).toBe(names.map((one) => `DNS:${one}`).join(", "));
    }
    expect((await shownCertificate(lab, "second.nl")).names).toBe("DNS:panel.lab.test");
  });

  it("shows what is stored, and goes back to the shared certificate", async () => {
    await start();
    await paste(fresh.key, fresh.cert);
    await ssl({ type: "cacert", active: "yes", cacert: intermediate });
    const view = await call("/CMD_API_SSL?domain=example.nl&json=yes");
    expect(view.json()).toEqual({ ssl_on: "yes", server: "no", key: fresh.key, certificate: fresh.cert });
    const line = (await call("/CMD_API_SSL?domain=example.nl")).form();
    expect([line.get("error"), line.get("certificate")]).toEqual(["0", fresh.cert]);
    const chain = await call("/CMD_API_SSL?domain=example.nl&view=cacert&json=yes");
    expect(chain.json()).toEqual({ enabled: "yes", cacert: intermediate });
    await ssl({ type: "cacert", cacert: intermediate });
    expect(existsSync(file("example.nl.cacert"))).toBe(false);
    await ssl({ type: "server" });
    expect((await call("/CMD_API_SSL?domain=example.nl&json=yes")).json()).toMatchObject({ server: "yes" });
  });

  it("refuses what a server could not use", async () => {
    await start();
    const other = selfSigned(names, now);
    const encrypted = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      format: "pem",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: "x",
    });
    const expired = selfSigned(names, new Date(now.getTime() - 40 * day), 30);
    const early = selfSigned(names, new Date(now.getTime() + 5 * day));
    const foreign = selfSigned(["other.nl"], now);
    const broken = fresh.cert.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
    const attempts: [Promise<PanelAnswer>, RegExp][] = [
      [paste(other.key, fresh.cert), /do not match/],
      [paste(String(encrypted), fresh.cert), /encrypted/],
      [paste(expired.key, expired.cert), /expired/],
      [paste(early.key, early.cert), /not yet valid/],
      [paste(foreign.key, foreign.cert), /not valid for example\.nl/],
      [paste(fresh.key, broken), /could not be read/],
      [paste("", fresh.cert), /No private key/],
      [paste(fresh.key), /No certificate/],
      [paste(fresh.cert, fresh.key), /must come before/],
      [ssl({ type: "cacert", active: "yes", cacert: "nothing" }), /No certificate/],
      [ssl({ type: "bogus" }), /Unknown type/],
    ];
    for (const [attempt, details] of attempts) {
      const answer = (await attempt).form();
      expect(answer.get("error")).toBe("1");
      expect(answer.get("details")).toMatch(details);
    }
    const sub = await call("/CMD_API_SSL", { form: { domain: "shop.example.nl", action: "save" } });
    expect(sub.form().get("details")).toBe("You do not own that domain");
    expect(existsSync(file("example.nl.key"))).toBe(false);
  });

  it("refuses a suspended account and one without SSL", async () => {
    await start();
    await lab.suspend("bob", true);
    const url = new URL((await runCommand(lab, "api-url", "--user=bob")).stdout.trim());
    const request = {
      auth: `bob:${url.password}`,
      form: { domain: "example.nl", action: "save", type: "paste", certificate: fresh.key + fresh.cert },
    };
    expect((await call("/CMD_API_SSL", request)).form().get("details")).toMatch(/suspended/);
    expect((await call("/CMD_API_SSL?domain=example.nl")).status).toBe(403);
    await lab.addAccount({ name: "eve", ssl: false });
    await lab.addDomain("eve", "eve.nl");
    const eve = { ...request, auth: "eve:eve-Passw0rd", form: { ...request.form, domain: "eve.nl" } };
    expect((await call("/CMD_API_SSL", eve)).form().get("details")).toMatch(/not enabled/);
  });

  it("makes certificates of its own, marked when ACME looks after them", async () => {
    await start();
    await ssl({ type: "create", request: "letsencrypt", name: "example.nl", le_select0: "example.nl" });
    expect(existsSync(file("example.nl.cert.creation_time"))).toBe(true);
    await ssl({ type: "create", request: "no", name: "example.nl" });
    expect(existsSync(file("example.nl.cert.creation_time"))).toBe(false);
    const csr = await ssl({ type: "create", request: "yes", name: "example.nl" });
    expect(csr.form().get("error")).toBe("1");
    await lab.runTaskQueue();
    expect((await shownCertificate(lab, "example.nl")).names).toBe("DNS:example.nl, DNS:www.example.nl");
  });

  it("does with a full chain, PKCS#8 and the ACME mark what its switches say", async () => {
    await start();
    await lab.addDomain("bob", "acme.nl", { acmeManaged: true });
    const pair = selfSigned(["acme.nl"], now);
    const save = (): Promise<PanelAnswer> =>
      ssl({ domain: "acme.nl", type: "paste", certificate: pair.key + pair.cert + intermediate });
    lab.set({ pasteRemovesCreationTime: false });
    await save();
    expect(existsSync(file("acme.nl.cert.creation_time"))).toBe(true);
    expect(text("acme.nl.cert")).toBe(pair.cert + intermediate);
    lab.set({ pasteRemovesCreationTime: true, pasteSplitsChain: true });
    await save();
    expect(existsSync(file("acme.nl.cert.creation_time"))).toBe(false);
    expect([text("acme.nl.cert"), text("acme.nl.cacert")]).toEqual([pair.cert, intermediate]);
    lab.set({ refusesPkcs8: true });
    expect((await save()).form().get("details")).toMatch(/could not be read/);
  });
});

describe("domain-tls", () => {
  const base = "/api/domain-tls/example.nl";
  const put = (id: string, pair = fresh, query = ""): Promise<PanelAnswer> =>
    call(`${base}/certs/${id}/files${query}`, {
      method: "PUT",
      json: { certificate: pair.cert + intermediate, key: pair.key },
    });

  it("names all hosts, and installs for one of them with its chain", async () => {
    await start();
    const empty = (await call(`${base}/certs`)).json();
    expect(empty).toMatchObject({ certIds: ["example.nl", "shop.example.nl", "alias.nl"], certs: [] });
    expect((await put("example.nl")).status).toBe(204);
    expect([text("example.nl.cert"), text("example.nl.cacert")]).toEqual([fresh.cert, intermediate]);
    const listed = (await call(`${base}/certs`)).json();
    expect(listed).toMatchObject({
      certs: [
        { id: "example.nl", autorenewEnabled: false, validationError: "", certificate: { dnsNames: names } },
      ],
      missingDNSNames: ["www.shop.example.nl", "alias.nl", "www.alias.nl"],
    });
    expect((await call(`${base}/certs/example.nl/files`)).json()).toEqual({
      certificate: fresh.cert + intermediate,
      key: fresh.key,
    });
    const shop = selfSigned(["shop.example.nl"], now);
    expect((await put("shop.example.nl", shop)).status).toBe(204);
    await lab.runTaskQueue();
    expect((await shownCertificate(lab, "shop.example.nl")).names).toBe("DNS:shop.example.nl");
    expect((await shownCertificate(lab, "www.example.nl")).names).toContain("DNS:www.example.nl");
    expect((await call(`${base}/certs/example.nl`, { method: "DELETE" })).status).toBe(204);
    expect((await call(`${base}/certs/example.nl/files`)).status).toBe(404);
  });

  it("refuses with 409 unless forced, and validates only with dry-run", async () => {
    await start();
    const foreign = selfSigned(["other.nl"], now);
    const refused = await put("example.nl", foreign);
    expect([refused.status, refused.json()]).toEqual([
      409,
      { type: "TLS_CERTIFICATE_INVALID", message: "The certificate is not valid for example.nl." },
    ]);
    expect((await put("example.nl", { key: foreign.key, cert: fresh.cert })).status).toBe(409);
    expect((await put("example.nl", fresh, "?dry-run=true")).status).toBe(204);
    expect(existsSync(file("example.nl.key"))).toBe(false);
    expect((await put("example.nl", foreign, "?force=true")).status).toBe(204);
    expect((await put("ghost.example.nl")).status).toBe(404);
    const nameless = await call(`${base}/certs/example.nl/files`, { method: "PUT", json: { key: "x" } });
    expect(nameless.json()).toMatchObject({ type: "BAD_REQUEST" });
  });

  it("has ids and body fields under other names when told so, and says so in its specification", async () => {
    await start({ switches: { domainTlsIds: "opaque", putBody: "cert-key-chain" } });
    const { certIds } = (await call(`${base}/certs`)).json() as { certIds: string[] };
    expect(certIds[0]).toMatch(/^[0-9a-f]{12}$/);
    const body = { cert: fresh.cert, key: fresh.key, chain: intermediate };
    const path = `${base}/certs/${certIds[0]}/files`;
    expect((await call(path, { method: "PUT", json: body })).status).toBe(204);
    expect((await put(certIds[0] ?? "")).status).toBe(400);
    const { definitions } = (await call("/static/swagger.json")).json() as {
      definitions: Record<string, { properties: object }>;
    };
    expect(Object.keys(definitions["domainTLSPutCertFiles.request"]?.properties ?? {})).toEqual([
      "cert",
      "key",
      "chain",
    ]);
  });

  it("takes ACME settings whole or not at all", async () => {
    await start();
    const whole = (await call(`${base}/acme-config`)).json() as Record<string, unknown>;
    const put = (json: unknown): Promise<PanelAnswer> => call(`${base}/acme-config`, { method: "PUT", json });
    expect((await put({ skipDNSNames: ["example.nl"] })).json()).toEqual({
      type: "BAD_REQUEST",
      message: "unknown acme key type",
    });
    expect((await put({ ...whole, skipDNSNames: ["example.nl"] })).status).toBe(204);
    expect((await call(`${base}/acme-config`)).json()).toMatchObject({ skipDNSNames: ["example.nl"] });
    const refused = await call(`${base}/provision-certs`, { method: "POST" });
    expect(refused.json()).toEqual({ type: "DOMAIN_ACME_IS_DISABLED" });
  });
});

describe("the ACME client by night", () => {
  it("replaces what it looks after, and leaves what is on the skip list", async () => {
    await start();
    await lab.addDomain("bob", "acme.nl", { acmeManaged: true, subdomains: ["shop"] });
    expect(await lab.nightlyAcme()).toEqual(["acme.nl"]);
    const pair = selfSigned(["acme.nl", "www.acme.nl"], now);
    const path = "/api/domain-tls/acme.nl/certs/acme.nl/files";
    const json = { certificate: pair.cert, key: pair.key };
    await call(path, { method: "PUT", json });
    const list = async (): Promise<unknown> => (await call("/api/domain-tls/acme.nl/certs")).json();
    expect(await list()).toMatchObject({ certs: [{ autorenewEnabled: true }] });
    expect(await lab.nightlyAcme()).toEqual(["acme.nl"]);
    await call(`${path}?update-acme-skiplist=true`, { method: "PUT", json });
    expect(await list()).toMatchObject({ certs: [{ autorenewEnabled: false }] });
    expect(await lab.nightlyAcme()).toEqual([]);
    await call("/api/domain-tls/acme.nl/certs/acme.nl?update-acme-skiplist=true", { method: "DELETE" });
    expect(await lab.nightlyAcme()).toEqual(["acme.nl"]);
  });

  it("goes by the creation time alone on an old panel", async () => {
    await start({ profile: "old" });
    await lab.addDomain("bob", "acme.nl", { acmeManaged: true });
    rmSync(file("acme.nl.cert.creation_time"));
    expect(await lab.nightlyAcme()).toEqual([]);
    writeFileSync(file("acme.nl.cert.creation_time"), "1767225600\n");
    expect(await lab.nightlyAcme()).toEqual(["acme.nl"]);
  });
});

describe("the web server", () => {
  it("merges a queue into one reload, and removes it", async () => {
    await start();
    await lab.addAccount({ name: "eve" });
    await lab.addDomain("eve", "eve.nl");
    for (const type of ["server", "server", "server"]) await ssl({ type });
    const reloads = lab.reloads;
    await lab.runTaskQueue();
    expect(lab.reloads - reloads).toBe(1);
    expect(existsSync(join(lab.rootDir, "usr/local/directadmin/data/task.queue"))).toBe(false);
    await lab.runTaskQueue();
    expect(lab.reloads - reloads).toBe(1);
    const task = "action=rewrite&value=httpd&user=eve";
    expect(await runCommand(lab, "taskq", `--run=${task}`)).toEqual({ stdout: "", code: 0 });
    expect(lab.reloads - reloads).toBe(2);
  });

  it("serves the folders of its sites, and redirects where asked to", async () => {
    await start();
    const folder = join(lab.rootDir, "home/bob/domains/example.nl/public_html");
    writeFileSync(join(folder, "proof.txt"), "here");
    expect((await fetchPage(lab, "www.example.nl", "/proof.txt")).text).toBe("here");
    expect((await fetchPage(lab, "alias.nl", "/proof.txt")).text).toBe("here");
    expect((await fetchPage(lab, "shop.example.nl")).text).toContain("<h1>shop.example.nl</h1>");
    expect((await fetchPage(lab, "ghost.nl")).status).toBe(404);
    lab.set({ forceHttps: true });
    await runCommand(lab, "taskq", "--run=action=rewrite&value=httpd");
    const moved = await fetchPage(lab, "example.nl", "/proof.txt");
    expect(moved.headers.location).toBe(`https://example.nl:${lab.httpsPort}/proof.txt`);
    await lab.removeDomain("bob", "second.nl");
    await lab.suspend("bob", true);
    await lab.runTaskQueue();
    expect((await shownCertificate(lab, "second.nl")).names).toBe("DNS:panel.lab.test");
  });

  it("serves a domain at its own addresses only, and a link between the folders of an old panel", async () => {
    await start();
    await lab.addDomain("bob", "apart.nl", { ip: ["127.0.0.2"], tls: fresh });
    await lab.runTaskQueue();
    const conf = text("apart.nl.conf");
    expect(conf).toMatch(/^ip=127\.0\.0\.2$/m);
    const at = (address: string): Promise<string> =>
      shownCertificate({ ...lab, address, httpsPort: lab.httpsPort }, "apart.nl").then(
        ({ names: all }) => all,
      );
    expect(await at("127.0.0.2")).toContain("DNS:example.nl");
    expect(await at("127.0.0.1")).toBe("DNS:panel.lab.test");
    lab.set({ profile: "old" });
    const form = { domain: "example.nl", action: "private_html", val: "symlink", force_ssl: "yes" };
    expect((await call("/CMD_DOMAIN", { form })).text).toMatch(/^error=0/);
    const folder = join(lab.rootDir, "home/bob/domains/example.nl/private_html");
    expect(readlinkSync(folder)).toBe("public_html");
    await lab.runTaskQueue();
    expect((await fetchPage(lab, "example.nl")).status).toBe(301);
  });

  it("keeps the old configuration when the new one is no good", async () => {
    await start();
    await paste(fresh.key, fresh.cert);
    await lab.runTaskQueue();
    const before = await shownCertificate(lab, "example.nl");
    writeFileSync(file("example.nl.key"), selfSigned(names, now).key);
    const { stdout, code } = await runCommand(lab, "taskq", "--run=action=rewrite&value=httpd&user=bob");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/error running.*key values mismatch/s)]);
    expect(await shownCertificate(lab, "example.nl")).toEqual(before);
  });

  it("fails, is late or down, or shows another certificate as the faults say", async () => {
    await start();
    const other = selfSigned(names, now);
    const before = await shownCertificate(lab, "example.nl");
    lab.fault({ kind: "reloadFails" });
    await paste(fresh.key, fresh.cert);
    await lab.runTaskQueue();
    expect(await shownCertificate(lab, "example.nl")).toEqual(before);

    lab.fault({ kind: "reloadDelayMs", ms: 100 });
    await runCommand(lab, "taskq", "--run=action=rewrite&value=httpd&user=bob");
    expect(await shownCertificate(lab, "example.nl")).toEqual(before);
    await until(async () => (await shownCertificate(lab, "example.nl")).names !== before.names);
    lab.clearFaults();

    lab.fault({ kind: "breakNext", domain: "example.nl" });
    await paste(other.key, other.cert);
    await lab.runTaskQueue();
    expect((await shownCertificate(lab, "example.nl")).names).toBe("DNS:other.example.nl");
    await paste(fresh.key, fresh.cert);
    await lab.runTaskQueue();
    expect((await shownCertificate(lab, "example.nl")).names).toContain("DNS:shop.example.nl");

    lab.fault({ kind: "nginxDown" });
    await lab.settled();
    await expect(shownCertificate(lab, "example.nl")).rejects.toThrow();
    lab.clearFaults();
    await lab.settled();
    expect((await shownCertificate(lab, "example.nl")).names).toContain("DNS:shop.example.nl");
  });

  it("says yes and does nothing, or does it to another domain, as the faults say", async () => {
    await start();
    lab.fault({ kind: "say-ok", match: { method: "POST", path: /SSL/ } });
    expect((await paste(fresh.key, fresh.cert)).form().get("text")).toBe("Certificate and Key Saved.");
    expect(existsSync(file("example.nl.key"))).toBe(false);
    const both = selfSigned(["example.nl", "second.nl"], now);
    lab.fault({ kind: "wrong-domain" });
    expect((await paste(both.key, both.cert)).form().get("error")).toBe("0");
    expect([existsSync(file("example.nl.key")), existsSync(file("second.nl.key"))]).toEqual([false, true]);
  });

  it("goes on in the folder of an earlier lab, and has a folder for TLS on an old panel", async () => {
    await start({ profile: "old" });
    expect(existsSync(join(lab.rootDir, "home/bob/domains/example.nl/private_html"))).toBe(true);
    await paste(fresh.key, fresh.cert);
    await lab.runTaskQueue();
    const { rootDir } = lab;
    await lab.stop();
    const again = await freshLab({ rootDir });
    lab = again.lab;
    expect(lab.has("bob", "example.nl")).toBe(true);
    expect((await shownCertificate(lab, "example.nl")).names).toContain("DNS:shop.example.nl");
    await again.remove();
    ({ lab, remove } = await freshLab());
  });
});
