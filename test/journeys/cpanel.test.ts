import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFor } from "../contract/panel-contract.ts";
import { type CpanelServer, openCpanelServer, reseller } from "../demo/servers/cpanel.ts";
import { account, domain } from "../demo/servers/demo-server.ts";
import type { ServerFault } from "../labs/common/faults.ts";
import { customerOf } from "../labs/tests/ca-customer.ts";
import { describePanelJourney } from "./panel-journey.ts";
import { PanelStage, unlessRoot, withRoot } from "./panel-stage.ts";

describePanelJourney("cPanel & WHM", (folder) => openCpanelServer(folder));

withRoot(`a server that does not do what the panel says, on cPanel & WHM${unlessRoot}`, () => {
  let stage: PanelStage<CpanelServer>;
  /** What was installed first. */
  let before: string;
  /** How far the panel's clock is ahead of the agent's, in days. */
  let ahead = 0;

  beforeEach(async () => {
    ahead = 0;
    const now = (): Date => new Date(Date.now() + ahead * 86_400_000);
    stage = await PanelStage.open((folder) => openCpanelServer(folder, { now }));
    ({ fingerprint: before } = await stage.installFirst());
  });
  afterEach(() => stage.close());

  test("F-23 another certificate is served than the one saved: the old pair goes back, and is served", async () => {
    stage.server.lab.fault({ kind: "breakNext" });
    expect(await stage.untilRolledBack()).toMatchObject({
      state: "needs-you",
      installations: [{ reason: { code: "served-other" } }],
    });
    await stage.server.lab.settled();
    for (const name of [domain, `www.${domain}`]) expect((await stage.handshake(name))[0]).toBe(before);
  });

  test("F-23 what stands in front keeps the old certificate until it is reloaded: seen at its address, waited for, then proven", async () => {
    // A proxy before Apache, or LiteSpeed in its place: the panel has the new one on record at once, what answers has not.
    stage.server.lab.set({ apacheRestarts: "manual" });
    const second = await stage.order("dns");
    const waiting = await stage.untilRequest(second.reference, ({ installations }) =>
      installations.some(({ state, served }) => state === "applied" && served.length > 0),
    );
    expect(waiting).toMatchObject({
      state: "installing",
      installations: [{ state: "applied", reason: { code: "not-served-yet" } }],
    });
    expect(waiting.installations[0]?.served[0]).toMatchObject({
      address: stage.server.address,
      fingerprint: before,
    });
    await stage.server.lab.restartApache();
    const done = await stage.untilRequest(second.reference, ({ state }) => state === "installed");
    expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
  });

  test.each<[string, ServerFault]>([
    ["an Apache that refuses its restarts", { kind: "reloadFails", times: Number.POSITIVE_INFINITY }],
    ["an Apache that is down", { kind: "nginxDown" }],
  ])(
    "F-23 %s: nothing is called installed meanwhile, and it is proven once it serves again",
    async (_name, fault) => {
      stage.server.lab.fault(fault);
      await stage.server.lab.settled();
      const second = await stage.order("dns");
      const waiting = await stage.untilRequest(second.reference, ({ installations }) =>
        installations.some(({ state, served }) => state === "applied" && served.length > 0),
      );
      expect(waiting.state).toBe("installing");
      stage.server.lab.clearFaults();
      await stage.server.lab.settled();
      await stage.server.lab.restartApache();
      const done = await stage.untilRequest(second.reference, ({ state }) => state === "installed");
      expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
    },
  );

  test("an include of Apache that pins another certificate is seen by handshakes, and nothing is called installed meanwhile", async () => {
    const pinned = bundleFor([domain, `www.${domain}`]);
    const includes = join(stage.server.rootDir, "etc/apache2/conf.d/includes");
    mkdirSync(includes, { recursive: true });
    const include = join(includes, "pre_virtualhost_global.conf");
    writeFileSync(join(includes, "pinned.pem"), pinned.key.reveal() + pinned.leaf.pem, { mode: 0o600 });
    writeFileSync(
      include,
      `<VirtualHost *:443>\nServerName ${domain}\nSSLCertificateFile /etc/apache2/conf.d/includes/pinned.pem\n</VirtualHost>\n`,
    );
    await stage.server.lab.restartApache();
    const second = await stage.order("dns");
    const waiting = await stage.untilRequest(second.reference, ({ installations }) =>
      installations.some(({ state, served }) => state === "applied" && served.length > 0),
    );
    expect(waiting.state).toBe("installing");
    expect(waiting.installations[0]?.served.map(({ fingerprint }) => fingerprint)).toContain(
      pinned.leaf.fingerprint,
    );
    rmSync(include);
    await stage.server.lab.restartApache();
    const done = await stage.untilRequest(second.reference, ({ state }) => state === "installed");
    expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
  });

  test("F-25 AutoSSL replaces ours: it is put back once, then a person is asked", async () => {
    const [request] = await stage.agent.operations.listRequests({ account, state: null, limit: 1 });
    const reference = request?.reference ?? "";
    await autosslTakesOver();
    await stage.agent.operations.sweep();
    const back = await stage.untilRequest(
      reference,
      ({ state, timeline }) =>
        state === "installed" && timeline.some(({ kind }) => kind === "replaced-by-other"),
    );
    await stage.server.lab.settled();
    expect((await stage.handshake(domain))[0]).toBe(back.fingerprint);
    // It was told to leave these names alone, and does.
    expect(await autosslRuns()).not.toContain(domain);
    await whm("uapi", `--user=${account}`, "SSL", "set_autossl_excluded_domains", "domains=");
    expect(await autosslRuns()).toContain(domain);
    await stage.agent.operations.sweep();
    const asked = await stage.untilRequest(reference, ({ state }) => state === "needs-you");
    expect(asked.reason?.code).toBe("replaced-by-other");
  });

  /** As it does three days before the end of ours, once somebody has allowed it to. */
  async function autosslTakesOver(): Promise<void> {
    await whm("whmapi1", "set_autossl_metadata_key", "key=clobber_externally_signed", "value=1");
    expect(await autosslRuns()).toContain(domain);
  }

  async function autosslRuns(): Promise<string[]> {
    ahead = 20_000;
    const changed = await stage.server.lab.runAutossl(account);
    ahead = 0;
    return changed;
  }

  async function whm(command: string, ...args: string[]): Promise<void> {
    const done = await stage.server.lab.run([`/usr/local/cpanel/bin/${command}`, "--output=json", ...args]);
    if (done.code !== 0) throw new Error(`${command}: ${done.stderr}`);
  }
});

withRoot(`pages in WHM, on cPanel & WHM${unlessRoot}`, () => {
  test("root sees every account's websites and the administration, a reseller those of their own accounts only", async () => {
    const stage = await PanelStage.open((folder) => openCpanelServer(folder));
    try {
      const { reference } = await stage.installFirst();
      const own = await stage.readPage({ account: reseller, level: "reseller", path: "/" });
      expect(own).toContain("eve.test");
      expect(own).not.toContain(domain);
      const query = { id: reference };
      const request = await stage.readPage({ account: reseller, level: "reseller", path: "/request", query });
      expect(request).not.toContain(domain);
      const admin = await stage.readPage({ account: reseller, level: "reseller", path: "/admin" });
      expect(admin).not.toContain("Webhooks");
      const all = await stage.readPage({ account: "root", level: "administrator", path: "/" });
      for (const name of [domain, "eve.test", "rita.test"]) expect(all).toContain(name);
      const overview = await stage.readPage({ account: "root", level: "administrator", path: "/admin" });
      expect(overview).toContain("Webhooks");
      // WHM prints the title as its first heading; ours begin below it.
      expect(overview.match(/<h1\b/g)).toHaveLength(1);
      expect(overview).toMatch(/<h2 class="xssl-heading-1">Administration<\/h2>/);
    } finally {
      await stage.close();
    }
  });
});

withRoot(`a certificate whose request was made in the panel, on cPanel & WHM${unlessRoot}`, () => {
  test.each(["rsa-2048", "ecdsa-prime256v1"])(
    "%s: ordered elsewhere, it is installed and served without anybody being asked for its key",
    async (keytype) => {
      const stage = await PanelStage.open((folder) => openCpanelServer(folder));
      const customer = customerOf(stage.ca);
      try {
        const ssl = async (func: string, parameters: Record<string, string>) => {
          const pairs = Object.entries(parameters).map(
            ([name, value]) => `${name}=${encodeURIComponent(value)}`,
          );
          const uapi = ["/usr/local/cpanel/bin/uapi", "--output=json", `--user=${account}`, "SSL", func];
          const { stdout } = await stage.server.lab.run([...uapi, ...pairs]);
          return (JSON.parse(stdout) as { result: { data: { id: string; text: string } } }).result.data;
        };
        const key = await ssl("generate_key", { keytype });
        const { text: csr } = await ssl("generate_csr", {
          domains: domain,
          key_id: key.id,
          countryName: "NL",
          stateOrProvinceName: "Noord-Holland",
          localityName: "Heerhugowaard",
          organizationName: "Example",
        });
        stage.ca.set({ preValidated: ["test"] });
        const placed = await customer.post("requests", { product: "90", years: "1", csr, dcvType: "DNS" });
        const { id } = placed.json() as { id: number };
        stage.ca.issue(id);
        const adopted = await stage.agent.operations.adopt({ id: String(id), keyPem: null, account: null });
        expect(adopted.account).toBe(account);
        const done = await stage.untilRequest(adopted.reference, ({ state }) => state === "installed");
        expect(done.kind).toBe("adopted");
        for (const name of [domain, `www.${domain}`]) {
          expect((await stage.handshake(name))[0]).toBe(done.fingerprint);
        }
      } finally {
        await customer.close();
        await stage.close();
      }
    },
  );
});

withRoot(`a website that keeps its validation file to itself, on cPanel & WHM${unlessRoot}`, () => {
  test.each<[string, string]>([
    ["sends it away", "Redirect 301 / https://elsewhere.test/"],
    ["refuses it", "RedirectMatch 403 ^/\\.well-known/"],
  ])(".htaccess %s: it is seen before the CA is asked, and a record does it instead", async (_name, rule) => {
    const stage = await PanelStage.open((folder) => openCpanelServer(folder));
    try {
      writeFileSync(join(stage.server.rootDir, "home", account, "public_html/.htaccess"), `${rule}\n`);
      await stage.server.lab.restartApache();
      const placed = await stage.order("file");
      const done = await stage.untilRequest(placed.reference, ({ state }) => state === "installed");
      expect(done.timeline).toContainEqual(
        expect.objectContaining({ data: expect.objectContaining({ code: "dcv-file-blocked" }) as object }),
      );
      expect(done.dcv.map(({ method }) => method)).not.toContain("FILE");
      expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
    } finally {
      await stage.close();
    }
  });
});
