import { Resolver } from "node:dns/promises";
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PleskLab } from "../plesk/plesk-lab.ts";
import {
  fetchSite,
  freshPlesk,
  issuedFor,
  pairFor,
  partsOf,
  plesk,
  runProgram,
  shown,
} from "./plesk-client.ts";

let lab: PleskLab;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ lab, remove } = await freshPlesk());
  await lab.addAccount({ login: "jansen", name: "Jan Jansen", locale: "nl-NL" });
  await lab.addDomain("jansen", "example.nl", {
    subdomains: ["shop", "*"],
    addons: ["addon.nl"],
    aliases: { "alias.nl": "web", "post.nl": "mail" },
  });
});

afterEach(() => remove());

async function create(
  name: string,
  pair = pairFor("example.nl", "www.example.nl"),
  ca?: string,
): Promise<void> {
  const made = await plesk(
    lab,
    "bin",
    "certificate",
    "--create",
    name,
    "-domain",
    "example.nl",
    ...partsOf(lab, pair, ca),
  );
  expect(made).toMatchObject({ code: 0, stderr: "" });
}

describe("plesk bin certificate", () => {
  test("refuses an unknown domain with its text on standard error and code 1", async () => {
    expect(await plesk(lab, "bin", "certificate", "--list", "-domain", "nosuch.nl")).toEqual({
      code: 1,
      signal: null,
      stdout: "",
      stderr: "Unable to find domain with name 'nosuch.nl'\n",
    });
  });

  test("refuses to update what is not there, in the two known fragments", async () => {
    const parts = partsOf(lab, pairFor("example.nl"));
    const { code, stderr } = await plesk(
      lab,
      "bin",
      "certificate",
      "--update",
      "gone",
      "-domain",
      "example.nl",
      ...parts,
    );
    expect(code).toBe(1);
    expect(stderr).toContain("Unable to update certificate");
    expect(stderr).toContain("Certificate does not exist.");
  });

  test("refuses a name that is taken, in its own repository only", async () => {
    await create("xol-1 example.nl");
    const parts = partsOf(lab, pairFor("example.nl"));
    const again = await plesk(
      lab,
      "bin",
      "certificate",
      "-c",
      "xol-1 example.nl",
      "-domain",
      "example.nl",
      ...parts,
    );
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("Unable to set certificate name");
    expect(
      await plesk(lab, "bin", "certificate", "-c", "xol-1 example.nl", "-admin", ...parts),
    ).toMatchObject({ code: 0 });
  });

  test("refuses a bad key, a key of another certificate, a missing file, and half a pair", async () => {
    const good = pairFor("example.nl");
    const tries = [
      [partsOf(lab, { ...good, key: "nonsense" }), "the private key format is invalid"],
      [partsOf(lab, { ...good, key: pairFor("other.nl").key }), "does not match"],
      [["-key-file", "/nowhere/key", "-cert-file", "/nowhere/cert"], "No such file or directory"],
      [partsOf(lab, good).slice(0, 2), "are required"],
    ] as const;
    for (const [parts, said] of tries) {
      const { code, stderr } = await plesk(
        lab,
        "bin",
        "certificate",
        "-c",
        "bad",
        "-domain",
        "example.nl",
        ...parts,
      );
      expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
    }
    const { stdout } = await plesk(lab, "bin", "certificate", "-l", "-domain", "example.nl");
    expect(stdout.trim().split("\n")).toHaveLength(1);
  });

  test("refuses an option it does not know, and a call without repository", async () => {
    expect(await plesk(lab, "bin", "certificate", "--list", "-domian", "example.nl")).toMatchObject({
      code: 1,
    });
    expect(await plesk(lab, "bin", "certificate", "--list")).toMatchObject({ code: 1 });
    expect(await plesk(lab, "bin", "certificat", "--list")).toMatchObject({ code: 1 });
  });

  test("lists as the spec shows it, names with spaces and use counts at the end", async () => {
    const pair = pairFor("example.nl");
    await create("xol-4711 example.nl", pair, pairFor("an intermediate").cert);
    await create("Lets Encrypt example.nl");
    await plesk(
      lab,
      "bin",
      "site",
      "--update",
      "example.nl",
      "-ssl",
      "true",
      "-certificate-name",
      "xol-4711 example.nl",
    );
    const { stdout } = await plesk(lab, "bin", "certificate", "--list", "-domain", "example.nl");
    expect(stdout).toBe(
      [
        "CSR    Priv    Cert    CA    Name                          Used",
        "N      Y       Y       Y     xol-4711 example.nl           1",
        "N      Y       Y       N     Lets Encrypt example.nl       0",
        "",
      ].join("\n"),
    );
  });

  test("removes what is not used, and refuses what is in use", async () => {
    await create("xol-1 example.nl");
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1 example.nl");
    const remove = ["bin", "certificate", "--remove", "xol-1 example.nl", "-domain", "example.nl"];
    expect(await plesk(lab, ...remove)).toMatchObject({ code: 1 });
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "");
    const gone = await plesk(lab, ...remove);
    expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining("was successfully removed") });
  });

  test("keeps key and certificate in files that only root reads", async () => {
    await create("xol-1 example.nl");
    const folder = join(lab.rootDir, "usr/local/psa/var/certificates");
    const files = readdirSync(folder);
    expect(files.every((name) => name.startsWith("scf"))).toBe(true);
    expect(files.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual(files.map(() => 0o400));
  });
});

describe("a certificate on a site", () => {
  test("is refused for unknown names, unknown sites and sites without physical hosting", async () => {
    await lab.addDomain("jansen", "forward.nl", { hosting: "standard_forwarding" });
    await create("xol-1 example.nl");
    const update = (site: string, name: string) =>
      plesk(lab, "bin", "site", "--update", site, "-ssl", "true", "-certificate-name", name);
    expect(await update("example.nl", "no such")).toMatchObject({ code: 1, stdout: "" });
    expect(await update("nosuch.nl", "xol-1 example.nl")).toMatchObject({ code: 1 });
    expect(await update("forward.nl", "xol-1 example.nl")).toMatchObject({ code: 1 });
  });

  test("is served for that one site and its aliases, siblings keep theirs", async () => {
    const { pair, ca } = issuedFor("example.nl", "www.example.nl", "alias.nl");
    await create("xol-1 example.nl", pair, ca);
    const said = await plesk(
      lab,
      "bin",
      "site",
      "-u",
      "example.nl",
      "-ssl",
      "true",
      "-certificate-name",
      "xol-1 example.nl",
    );
    expect(said).toMatchObject({ code: 0, stdout: "SUCCESS: Update of site 'example.nl' complete\n" });
    for (const name of ["example.nl", "www.example.nl", "alias.nl", "www.alias.nl"]) {
      expect([name, await shown(lab, name)]).toEqual([
        name,
        { names: "DNS:example.nl, DNS:www.example.nl, DNS:alias.nl", length: 2 },
      ]);
    }
    for (const name of ["shop.example.nl", "addon.nl", "anything.example.nl", "post.nl"]) {
      expect([name, (await shown(lab, name)).names]).toEqual([name, "DNS:plesk.lab.test"]);
    }
  });

  test("goes to subdomain, wildcard subdomain and add-on domain one by one", async () => {
    await create("wild", pairFor("*.example.nl", "addon.nl"));
    await plesk(
      lab,
      "bin",
      "subdomain",
      "--update",
      "shop",
      "-domain",
      "example.nl",
      "-certificate-name",
      "wild",
    );
    await plesk(lab, "bin", "site", "--update", "*.example.nl", "-certificate-name", "wild");
    await plesk(lab, "bin", "site", "--update", "addon.nl", "-certificate-name", "wild");
    for (const name of ["shop.example.nl", "anything.example.nl", "addon.nl"]) {
      expect([name, (await shown(lab, name)).names]).toEqual([name, "DNS:*.example.nl, DNS:addon.nl"]);
    }
    expect((await shown(lab, "example.nl")).names).toBe("DNS:plesk.lab.test");
  });

  test("is renewed in place: every binding follows without another word", async () => {
    await create("xol-1", pairFor("example.nl"));
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
    await plesk(lab, "bin", "site", "-u", "shop.example.nl", "-certificate-name", "xol-1");
    await lab.chooseWebmailCertificate("example.nl", "xol-1");
    lab.chooseMailCertificate("example.nl", "xol-1");
    await plesk(
      lab,
      "bin",
      "certificate",
      "-u",
      "xol-1",
      "-domain",
      "example.nl",
      ...partsOf(lab, pairFor("renewed.nl")),
    );
    for (const [name, port] of [
      ["example.nl", lab.httpsPort],
      ["shop.example.nl", lab.httpsPort],
      ["webmail.example.nl", lab.httpsPort],
      ["mail.example.nl", lab.mailPort],
    ] as const) {
      expect([name, (await shown(lab, name, port)).names]).toEqual([name, "DNS:renewed.nl"]);
    }
    const { stdout } = await plesk(lab, "bin", "certificate", "-l", "-domain", "example.nl");
    expect(stdout).toMatch(/ 4\n$/);
  });

  test("is served only when the restart interval is over, one restart for many changes", async () => {
    await create("xol-1", pairFor("example.nl"));
    expect(await plesk(lab, "bin", "server_pref", "-u", "-restart-apache", "600")).toMatchObject({ code: 0 });
    const before = lab.restarts;
    for (const site of ["example.nl", "shop.example.nl", "addon.nl"]) {
      await plesk(lab, "bin", "site", "-u", site, "-certificate-name", "xol-1");
    }
    expect((await shown(lab, "example.nl")).names).toBe("DNS:plesk.lab.test");
    await lab.settle();
    expect((await shown(lab, "addon.nl")).names).toBe("DNS:example.nl");
    expect(lab.restarts - before).toBe(1);
    const { stdout } = await plesk(lab, "bin", "server_pref", "-s");
    expect(stdout).toMatch(/^restart-apache: +600$/m);
  });

  test("is told in site --info, labels in a column of forty", async () => {
    await create("xol-1", pairFor("example.nl"));
    await plesk(
      lab,
      "bin",
      "site",
      "-u",
      "example.nl",
      "-certificate-name",
      "xol-1",
      "-ssl-redirect",
      "true",
    );
    const { stdout } = await plesk(lab, "bin", "site", "--info", "example.nl");
    for (const line of [
      "Domain name:                            example.nl",
      "Owner's contact name:                   Jan Jansen (jansen)",
      "Domain status:                          OK",
      "Hosting type:                           Physical hosting",
      "Certificate:                            xol-1",
      "SSL/TLS support:                        On",
      "Permanent SEO-safe 301 redirect from HTTP to HTTPS:On",
      "--WWW-Root--:                           /var/www/vhosts/example.nl/httpdocs",
    ]) {
      expect(stdout.split("\n")).toContain(line);
    }
    expect((await plesk(lab, "bin", "site", "--list")).stdout.split("\n")).toEqual([
      "example.nl",
      "shop.example.nl",
      "*.example.nl",
      "addon.nl",
      "",
    ]);
  });

  test("fires the binding events, and runs their handlers", async () => {
    const mark = join(lab.rootDir, "tmp/mark");
    await plesk(
      lab,
      ...[
        "bin",
        "event_handler",
        "--create",
        "-command",
        `echo "$NEW_DOMAIN_NAME $NEW_CERTIFICATE_NAME" >> ${mark}`,
      ],
      ...["-event", "ssl_web_binding_update", "-user", "root", "-priority", "50"],
    );
    await create("xol-1", pairFor("example.nl"));
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
    await lab.settle();
    expect(readFileSync(mark, "utf8")).toBe("example.nl xol-1\n");
  });
});

describe("what stands before a document root", () => {
  const token = ".well-known/pki-validation/token.txt";

  test("pki-validation is redirected with the rest of a site, acme-challenge is not", async () => {
    await plesk(lab, "bin", "site", "-u", "example.nl", "-ssl-redirect", "true");
    const redirected = await fetchSite(lab, "example.nl", `/${token}`);
    expect(redirected.status).toBe(301);
    expect(redirected.headers.location).toBe(`https://example.nl:${lab.httpsPort}/${token}`);
    expect((await fetchSite(lab, "example.nl", "/.well-known/acme-challenge/x")).status).toBe(404);
  });

  test("an application, a password and ModSecurity each take it", async () => {
    for (const [front, status] of [
      ["application", 404],
      ["password", 401],
      ["firewall", 403],
      ["files", 200],
    ] as const) {
      await lab.changeSite("example.nl", { front });
      const user = statSync(join(lab.rootDir, "var/www/vhosts/example.nl/httpdocs"));
      await runProgram("/bin/sh", [
        "-c",
        `mkdir -p ${lab.rootDir}/var/www/vhosts/example.nl/httpdocs/.well-known/pki-validation
         echo hello > ${lab.rootDir}/var/www/vhosts/example.nl/httpdocs/${token}`,
      ]);
      expect(user.isDirectory()).toBe(true);
      expect([front, (await fetchSite(lab, "example.nl", `/${token}`)).status]).toEqual([front, status]);
    }
  });

  test("filemng writes as the system user, and cannot follow where that user may not go", async () => {
    const { stdout } = await plesk(lab, "bin", "site", "--info", "example.nl");
    const user = /^FTP Login: +(\S+)$/m.exec(stdout)?.[1] ?? "";
    const filemng = join(lab.rootDir, "opt/psa/admin/bin/filemng");
    const root = "/var/www/vhosts/example.nl/httpdocs";
    const source = join(lab.rootDir, "tmp/source");
    writeFileSync(source, "hello\n", { mode: 0o600 });
    expect(
      await runProgram(filemng, [user, "mkdir", "-p", `${root}/.well-known/pki-validation`]),
    ).toMatchObject({ code: 0 });
    expect(await runProgram(filemng, [user, "cp2perm", source, `${root}/${token}`, "0644"])).toMatchObject({
      code: 0,
    });
    expect((await fetchSite(lab, "example.nl", `/${token}`)).text).toBe("hello\n");
    expect(await runProgram(filemng, [user, "file_exists", `${root}/${token}`])).toMatchObject({
      stdout: "0\n",
    });
    symlinkSync(join(lab.rootDir, "var/www/vhosts/default"), join(lab.rootDir, root, "trap"));
    const trapped = await runProgram(filemng, [user, "cp2perm", source, `${root}/trap/x`, "0644"]);
    expect(trapped.code).toBe(process.getuid?.() === 0 ? 2 : 0);
  });

  test("a suspended customer's sites are closed", async () => {
    await lab.suspend("jansen", true);
    expect((await fetchSite(lab, "example.nl")).status).toBe(503);
    await lab.suspend("jansen", false);
    expect((await fetchSite(lab, "example.nl")).status).toBe(200);
  });
});

describe("plesk bin dns", () => {
  function lookUp(name: string): Promise<string[]> {
    const resolver = new Resolver();
    resolver.setServers([lab.dnsAddress]);
    return resolver.resolveCname(name);
  }

  const record = ["-cname", "_abc", "-canonical", "_def.ca.test"];

  test("adds a CNAME that is served, says 2 for a second one, and takes it away again", async () => {
    expect(await plesk(lab, "bin", "dns", "--add", "example.nl", ...record)).toMatchObject({ code: 0 });
    expect(await lookUp("_abc.example.nl")).toEqual(["_def.ca.test"]);
    expect(await plesk(lab, "bin", "dns", "--add", "example.nl", ...record)).toMatchObject({ code: 2 });
    expect((await plesk(lab, "bin", "dns", "--info", "example.nl")).stdout).toMatch(
      /^_abc\.example\.nl\. +CNAME +_def\.ca\.test\.$/m,
    );
    expect(await plesk(lab, "bin", "dns", "--del", "example.nl", ...record)).toMatchObject({ code: 0 });
    // The wildcard subdomain has an A record, so the name exists.
    await expect(lookUp("_abc.example.nl")).rejects.toThrow("ENODATA");
    expect(await plesk(lab, "bin", "dns", "--del", "example.nl", ...record)).toMatchObject({ code: 1 });
  });

  test("works for aliases, and refuses subdomains and zones it is only secondary for", async () => {
    expect(await plesk(lab, "bin", "dns", "--add", "alias.nl", ...record)).toMatchObject({ code: 0 });
    expect(await lookUp("_abc.alias.nl")).toEqual(["_def.ca.test"]);
    expect(await plesk(lab, "bin", "dns", "--add", "shop.example.nl", ...record)).toMatchObject({ code: 1 });
    await plesk(lab, "bin", "dns", "--set-slave", "addon.nl");
    expect(await plesk(lab, "bin", "dns", "--add", "addon.nl", ...record)).toMatchObject({ code: 1 });
  });
});

describe("faults of a command", () => {
  test("noise, death by signal and another language change nothing or all, as told", async () => {
    await create("xol-1", pairFor("example.nl"));
    const assign = ["bin", "site", "-u", "example.nl", "-certificate-name", "xol-1"];
    lab.fault({ kind: "exit", code: 1, text: "PHP Warning:  noise", match: /bin site/ });
    expect(await plesk(lab, ...assign)).toMatchObject({ code: 1, stderr: "PHP Warning:  noise\n" });
    lab.fault({ kind: "component-missing", match: /bin site/ });
    expect((await plesk(lab, ...assign)).stderr).toContain("was not installed");
    lab.fault({ kind: "killed", done: false, match: /bin site/ });
    expect(await plesk(lab, ...assign)).toMatchObject({ signal: "SIGKILL" });
    expect((await shown(lab, "example.nl")).names).toBe("DNS:plesk.lab.test");
    lab.fault({ kind: "killed", done: true, match: /bin site/ });
    expect(await plesk(lab, ...assign)).toMatchObject({ signal: "SIGKILL" });
    expect((await shown(lab, "example.nl")).names).toBe("DNS:example.nl");
    lab.set({ language: "nl" });
    expect(await plesk(lab, "bin", "certificate", "-l", "-domain", "nosuch.nl")).toMatchObject({
      code: 1,
      stderr: "Het domein met de naam 'nosuch.nl' is niet gevonden\n",
    });
  });

  test("a reload that fails leaves the old certificate in force, a broken one shows another", async () => {
    await create("xol-1", pairFor("example.nl"));
    lab.fault({ kind: "reloadFails" });
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
    expect((await shown(lab, "example.nl")).names).toBe("DNS:plesk.lab.test");
    lab.fault({ kind: "breakNext", site: "example.nl" });
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
    expect((await shown(lab, "example.nl")).names).toBe("DNS:other.example.nl");
    await plesk(lab, "repair", "web", "example.nl", "-y");
    expect((await shown(lab, "example.nl")).names).toBe("DNS:example.nl");
  });
});

describe("names and owners", () => {
  test("internationalised names are ASCII in lists and on the wire, and found by both forms", async () => {
    await lab.addDomain("jansen", "münchen.example", { subdomains: ["shop"] });
    expect((await plesk(lab, "bin", "subscription", "--list")).stdout).toContain("xn--mnchen-3ya.example\n");
    for (const name of ["münchen.example", "xn--mnchen-3ya.example"]) {
      const parts = partsOf(lab, pairFor("xn--mnchen-3ya.example"));
      expect(
        await plesk(lab, "bin", "certificate", "-c", `for ${name}`, "-domain", name, ...parts),
      ).toMatchObject({ code: 0 });
    }
    await plesk(lab, "bin", "site", "-u", "münchen.example", "-certificate-name", "for münchen.example");
    expect((await shown(lab, "www.xn--mnchen-3ya.example")).names).toBe("DNS:xn--mnchen-3ya.example");
  });

  test("a subscription is made, switched off and on, and removed with all it had", async () => {
    expect(await plesk(lab, "bin", "subscription", "--create", "new.nl", "-owner", "nobody")).toMatchObject({
      code: 1,
    });
    expect(
      await plesk(lab, "bin", "subscription", "--create", "new.nl", "-owner", "jansen", "-ip", lab.address),
    ).toMatchObject({
      code: 0,
      stdout: "SUCCESS: Creation of subscription 'new.nl' complete\n",
    });
    expect((await fetchSite(lab, "new.nl")).status).toBe(200);
    await plesk(lab, "bin", "domain", "--off", "new.nl");
    expect((await plesk(lab, "bin", "domain", "--info", "new.nl")).stdout).toMatch(
      /^Domain status: +Suspended by administrator$/m,
    );
    await plesk(lab, "bin", "domain", "--on", "new.nl");
    await plesk(
      lab,
      "bin",
      "certificate",
      "-c",
      "own",
      "-domain",
      "new.nl",
      ...partsOf(lab, pairFor("new.nl")),
    );
    expect(await plesk(lab, "bin", "subscription", "--remove", "new.nl")).toMatchObject({ code: 0 });
    expect(await plesk(lab, "bin", "certificate", "-l", "-domain", "new.nl")).toMatchObject({ code: 1 });
    expect((await fetchSite(lab, "new.nl")).status).toBe(404);
  });

  test("a subscription sees its own repository and the administrator's, another one's only by the switch", async () => {
    await lab.addDomain("jansen", "second.nl");
    await create("xol-1", pairFor("second.nl"));
    const assign = ["bin", "site", "-u", "second.nl", "-certificate-name", "xol-1"];
    expect(await plesk(lab, ...assign)).toMatchObject({ code: 1 });
    lab.set({ poolReach: "customer" });
    expect(await plesk(lab, ...assign)).toMatchObject({ code: 0 });
    await plesk(lab, "bin", "certificate", "-c", "shared", "-admin", ...partsOf(lab, pairFor("second.nl")));
    expect(await plesk(lab, "bin", "site", "-u", "second.nl", "-certificate-name", "shared")).toMatchObject({
      code: 0,
    });
  });
});

describe("what differs between servers", () => {
  test("each switch of the certificate utility answers as the spec says it may", async () => {
    await create("xol-1", pairFor("example.nl"));
    const list = ["bin", "certificate", "--list", "-domain"];
    lab.set({ certificateDomain: "main-only" });
    expect(await plesk(lab, ...list, "addon.nl")).toMatchObject({ code: 1 });
    lab.set({ certificateDomain: "any-site", listShowsAdminPool: true, listSaysRepository: true });
    const { stdout } = await plesk(lab, ...list, "addon.nl");
    expect(stdout.split("\n")).toEqual([
      "Repository of domain addon.nl:",
      "CSR    Priv    Cert    CA    Name                          Used",
      "N      Y       Y       N     xol-1                         0",
      "N      Y       Y       N     default certificate           3",
      "",
    ]);
    const info = ["bin", "certificate", "--info", "xol-1", "-domain", "example.nl"];
    expect(await plesk(lab, ...info)).toMatchObject({ code: 1 });
    lab.set({ certificateInfo: "exit-code" });
    expect(await plesk(lab, ...info)).toMatchObject({ code: 0 });
    lab.set({ removeUsed: "unbind" });
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
    expect(await plesk(lab, "bin", "certificate", "-r", "xol-1", "-domain", "example.nl")).toMatchObject({
      code: 0,
    });
    expect((await shown(lab, "example.nl")).names).toBe("DNS:plesk.lab.test");
    lab.set({ longestName: 10 });
    const parts = partsOf(lab, pairFor("example.nl"));
    expect(
      await plesk(lab, "bin", "certificate", "-c", "eleven char", "-domain", "example.nl", ...parts),
    ).toMatchObject({ code: 1 });
    const { pair, ca } = issuedFor("example.nl");
    const chained = partsOf(lab, { key: pair.key, cert: pair.cert + ca });
    lab.set({ refusesChainInCertFile: true });
    expect(
      await plesk(lab, "bin", "certificate", "-c", "chain", "-domain", "example.nl", ...chained),
    ).toMatchObject({ code: 1 });
    lab.set({ refusesChainInCertFile: false });
    expect(
      await plesk(lab, "bin", "certificate", "-c", "chain", "-domain", "example.nl", ...chained),
    ).toMatchObject({ code: 0 });
  });

  test("each way to say a TXT record is the only one on its server", async () => {
    const forms = {
      "text-domain": ["-txt", "hello", "-domain", "_x"],
      "sub-value": ["-txt", "_x", "-value", "hello"],
    } as const;
    for (const [dnsTxt, words] of Object.entries(forms)) {
      lab.set({ dnsTxt: dnsTxt as keyof typeof forms });
      for (const [other, said] of Object.entries(forms)) {
        const { code } = await plesk(lab, "bin", "dns", "--add", "example.nl", ...said);
        expect([dnsTxt, other, code]).toEqual([dnsTxt, other, dnsTxt === other ? 0 : 1]);
      }
      expect(await plesk(lab, "bin", "dns", "--del", "example.nl", ...words)).toMatchObject({ code: 0 });
    }
  });

  test("nginx may take a certificate up at once while the restart waits", async () => {
    lab.set({ tlsFollows: "nginx-at-once" });
    await plesk(lab, "bin", "server_pref", "-u", "-restart-apache", "600");
    await create("xol-1", pairFor("example.nl"));
    const before = lab.restarts;
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
    expect((await shown(lab, "example.nl")).names).toBe("DNS:example.nl");
    expect(lab.restarts).toBe(before);
    await lab.settle();
    expect(lab.restarts).toBe(before + 1);
  });
});

test("a command that hangs can be ended, and one that lies is found out by reading back", async () => {
  await create("xol-1", pairFor("example.nl"));
  const assign = ["bin", "site", "-u", "example.nl", "-certificate-name", "xol-1"];
  lab.fault({ kind: "hang", match: /bin site/ });
  expect(await runProgram(lab.command, assign, { timeout: 500 })).toMatchObject({ signal: "SIGTERM" });
  lab.fault({ kind: "say-ok", match: /bin site/ });
  expect(await plesk(lab, ...assign)).toMatchObject({ code: 0 });
  const info = async (site: string): Promise<string> => (await plesk(lab, "bin", "site", "-i", site)).stdout;
  expect(await info("example.nl")).not.toMatch(/^Certificate:/m);
  lab.fault({ kind: "wrong-site", match: /bin site/ });
  expect(await plesk(lab, ...assign)).toMatchObject({ code: 0 });
  expect(await info("example.nl")).not.toMatch(/^Certificate:/m);
  expect(await info("shop.example.nl")).toMatch(/^Certificate: +xol-1$/m);
  lab.fault({ kind: "fails-after", match: /bin site/ });
  expect(await plesk(lab, ...assign)).toMatchObject({ code: 1 });
  expect(await info("example.nl")).toMatch(/^Certificate: +xol-1$/m);
});

test("panel, mail server and addresses take certificates of the administrator's repository", async () => {
  const parts = partsOf(lab, pairFor("plesk.lab.test", "second"));
  await plesk(lab, "bin", "certificate", "-c", "server", "-admin", ...parts);
  expect(await plesk(lab, "bin", "server_pref", "-u", "-panel-certificate", "no such")).toMatchObject({
    code: 1,
  });
  expect(await plesk(lab, "bin", "server_pref", "-u", "-panel-certificate", "server")).toMatchObject({
    code: 0,
  });
  expect(await plesk(lab, "bin", "mailserver", "--set-certificate", "server")).toMatchObject({ code: 0 });
  expect((await shown(lab, "mail.example.nl", lab.mailPort)).names).toContain("second");
  expect(await plesk(lab, "bin", "ipmanage", "-u", lab.address, "-ssl_certificate", "server")).toMatchObject({
    code: 0,
  });
  expect((await shown(lab, "nobody-here.nl")).names).toContain("second");
  const { stdout } = await plesk(lab, "bin", "certificate", "-l", "-admin");
  expect(stdout).toMatch(/ server +3\n/);
});

test("a lab in the folder of an earlier one goes on with what was there", async () => {
  await create("xol-1", pairFor("example.nl"));
  await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "xol-1");
  await lab.stop();
  const again = await freshPlesk({ rootDir: lab.rootDir });
  lab = again.lab;
  remove = again.remove;
  expect(lab.has("jansen", "example.nl")).toBe(true);
  expect((await shown(lab, "example.nl")).names).toBe("DNS:example.nl");
});
