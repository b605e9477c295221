import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CpanelLab } from "../cpanel/cpanel-lab.ts";
import { defaultSwitches } from "../cpanel/switches.ts";
import {
  callPort,
  fetchPage,
  freshLab,
  furnish,
  shownCertificate,
  type TestPair,
  testAuthority,
  uapi,
} from "./cpanel-client.ts";

const authority = testAuthority();
let lab: CpanelLab;
let remove: () => Promise<void>;
let root: string;

beforeEach(async () => {
  ({ lab, remove } = await freshLab({ trustedRoots: authority.root }));
  await furnish(lab);
  root = `root:${lab.createToken("whm", "root")}`;
});

afterEach(() => remove());

const encoded = (text: string): string => encodeURIComponent(text);

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests as a client does.
function install(domain: string, pair: Partial<TestPair>, account = "alice"): Promise<any> {
  const words = [
    `domain=${encoded(domain)}`,
    `cert=${encoded(pair.cert ?? "")}`,
    `key=${encoded(pair.key ?? "")}`,
  ];
  if (pair.bundle !== undefined) words.push(`cabundle=${encoded(pair.bundle)}`);
  return uapi(lab, account, "SSL", "install_ssl", ...words);
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests as a client does.
async function whm(func: string, form: [string, string][] = []): Promise<any> {
  const body = new URLSearchParams([["api.version", "1"], ...form]);
  return (await callPort(lab, "whm", `/json-api/${func}`, { token: root, form: body })).json();
}

describe("install_ssl refuses", () => {
  const first = "The certificate could not be installed on the domain “example.nl”.";

  it("what is missing, in order", async () => {
    expect((await uapi(lab, "alice", "SSL", "install_ssl")).errors).toEqual([
      "No 'domain' argument specified.",
    ]);
    const result = await install("example.nl", { cert: "" });
    expect([result.errors, result.messages]).toEqual([["No 'cert' argument specified."], ["OK"]]);
    lab.set({ keyMayBeOmitted: false });
    expect((await install("example.nl", { cert: "x" })).errors).toEqual(["No 'key' argument specified."]);
  });

  it("a certificate that lost its plus signs on the way", async () => {
    const pair = authority.issue(["example.nl"], { keys: "rsa" });
    const words = [
      "domain=example.nl",
      `cert=${pair.cert.replaceAll("\n", "%0A")}`,
      `key=${encoded(pair.key)}`,
    ];
    const result = await uapi(lab, "alice", "SSL", "install_ssl", ...words);
    expect(result.errors[0]).toContain("could not parse the certificate because of an error");
  });

  it("a key of another certificate", async () => {
    const { cert, bundle } = authority.issue(["example.nl"]);
    const { key } = authority.issue(["example.nl"]);
    expect((await install("example.nl", { cert, key, bundle })).errors[0]).toBe(first);
  });

  it("a name of somebody else, and an account without the feature", async () => {
    const pair = authority.issue(["fay.test"]);
    expect((await install("fay.test", pair)).status).toBe(0);
    expect((await install("fay.test", pair, "fay")).errors[0]).toContain("sslinstall");
  });

  it("when the server's setting is off", async () => {
    await whm("set_tweaksetting", [
      ["key", "allowcpsslinstall"],
      ["value", "0"],
    ]);
    expect((await install("example.nl", authority.issue(["example.nl"]))).status).toBe(0);
  });

  it("three faults of the bundle in their own words, and keeps certificate and key all the same", async () => {
    const pair = authority.issue(["example.nl"]);
    const none = await install("example.nl", { ...pair, bundle: "" });
    expect(none.errors).toEqual([
      first,
      "Certificate verification failed!The system did not find the Certificate Authority Bundle that matches this certificate.Contact “Lab CA Secure Server CA 1” to obtain the Certificate Authority Bundle.",
    ]);
    const wrong = await install("example.nl", { ...pair, bundle: authority.stranger });
    expect(wrong.errors[1]).toBe("The given CA bundle does not match the given certificate.");
    const other = await freshLab();
    await other.lab.addAccount({ name: "alice", domain: "example.nl" });
    const words = ["domain=example.nl", `cert=${encoded(pair.cert)}`, `key=${encoded(pair.key)}`];
    const rootless = await uapi(
      other.lab,
      "alice",
      "SSL",
      "install_ssl",
      ...words,
      `cabundle=${encoded(pair.bundle)}`,
    );
    const withRoot = await uapi(
      other.lab,
      "alice",
      "SSL",
      "install_ssl",
      ...words,
      `cabundle=${encoded(pair.bundle + authority.root)}`,
    );
    await other.remove();
    expect(rootless.errors[1]).toContain("did not find the root certificate that corresponds");
    expect(withRoot.status).toBe(1);
    const stored = (await uapi(lab, "alice", "SSL", "list_certs")).data.map((one: { id: string }) => one.id);
    expect(stored).toEqual([none.data.cert_id]);
    expect((await uapi(lab, "alice", "SSL", "list_keys")).data[0].id).toBe(none.data.key_id);
  });

  it("an expired certificate unless the switch says otherwise", async () => {
    const pair = authority.issue(["example.nl"], { notAfter: new Date(Date.now() - 1000) });
    expect((await install("example.nl", pair)).status).toBe(0);
    lab.set({ refusesExpired: false });
    expect((await install("example.nl", pair)).status).toBe(1);
  });
});

describe("install_ssl", () => {
  it.each(["rsa", "ec", "p384"] as const)(
    "serves a certificate with a key of kind %s on the whole website",
    async (keys) => {
      const pair = authority.issue(["shop.nl", "www.shop.nl"], { keys });
      const result = await install("www.shop.nl", pair);
      expect(result).toMatchObject({
        status: 1,
        data: { action: "update", domain: "www.shop.nl", user: "alice" },
      });
      expect(result.data.working_domains.toSorted()).toEqual(["shop.nl", "www.shop.nl"]);
      expect(result.data.warning_domains.toSorted()).toEqual([
        "mail.shop.nl",
        "shop.example.nl",
        "www.shop.example.nl",
      ]);
      await lab.settled();
      const fingerprint = new X509Certificate(pair.cert).fingerprint256;
      for (const name of ["shop.nl", "mail.shop.nl", "shop.example.nl"]) {
        expect(await shownCertificate(lab, name)).toMatchObject({ fingerprint, length: 2 });
      }
      expect((await shownCertificate(lab, "example.nl")).fingerprint).not.toBe(fingerprint);
    },
  );

  it("shows it in installed_hosts at once, and on the wire only after Apache's restart", async () => {
    lab.fault({ kind: "reloadDelayMs", ms: 300 });
    const pair = authority.issue(["example.nl", "www.example.nl"], { keys: "rsa" });
    const fingerprint = new X509Certificate(pair.cert).fingerprint256;
    await install("example.nl", pair);
    const host = (await uapi(lab, "alice", "SSL", "installed_hosts")).data.find(
      (one: { servername: string }) => one.servername === "example.nl",
    );
    expect(host.certificate_text).toBe(pair.cert);
    expect(host.certificate).toMatchObject({
      is_self_signed: 0,
      is_autossl: 0,
      key_algorithm: "rsaEncryption",
      modulus_length: 2048,
    });
    expect((await shownCertificate(lab, "example.nl")).fingerprint).not.toBe(fingerprint);
    await lab.settled();
    expect((await shownCertificate(lab, "example.nl")).fingerprint).toBe(fingerprint);
  });

  it("names certificates and keys as the spec recomputed it", async () => {
    const pair = authority.issue(["example.nl"], { keys: "rsa" });
    const { data } = await install("example.nl", pair);
    const certificate = new X509Certificate(pair.cert);
    const modulus = Buffer.from(
      certificate.publicKey.export({ format: "jwk" }).n ?? "",
      "base64url",
    ).toString("hex");
    const body = certificate.raw.toString("base64");
    const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
    const ends = `${modulus.slice(0, 5)}_${modulus.slice(-5)}`;
    const end = certificate.validToDate.getTime() / 1000;
    expect(data.cert_id).toBe(`example_nl_${ends}_${end}_${md5(body)}`);
    expect(data.key_id).toBe(`${ends}_${md5(modulus)}`);
  });

  it("finds the key in the account's storage when none is given", async () => {
    const pair = authority.issue(["example.nl"]);
    await uapi(lab, "alice", "SSL", "upload_key", `key=${encoded(pair.key)}`);
    expect((await install("example.nl", { cert: pair.cert, bundle: pair.bundle })).status).toBe(1);
  });

  it("feeds Domain TLS with the names it covers, service names too", async () => {
    const pair = authority.issue(["example.nl", "mail.example.nl", "webmail.example.nl"]);
    await install("example.nl", pair);
    const fingerprint = new X509Certificate(pair.cert).fingerprint256;
    expect((await shownCertificate(lab, "webmail.example.nl", lab.cpanelPort)).fingerprint).toBe(fingerprint);
    expect((await shownCertificate(lab, "www.example.nl", lab.cpanelPort)).fingerprint).not.toBe(fingerprint);
  });

  it("stores well and shows another one, as the fault says", async () => {
    lab.fault({ kind: "breakNext", domain: "example.nl" });
    await install("example.nl", authority.issue(["example.nl"]));
    await lab.settled();
    expect((await shownCertificate(lab, "example.nl")).names).toBe("DNS:broken.lab.invalid");
    await install("example.nl", authority.issue(["example.nl"]));
    await lab.settled();
    expect((await shownCertificate(lab, "example.nl")).names).toBe("DNS:example.nl");
  });
});

describe("delete_ssl", () => {
  it("takes the certificate off the website and leaves the storage", async () => {
    await install("example.nl", authority.issue(["example.nl"]));
    const done = await uapi(lab, "alice", "SSL", "delete_ssl", "domain=example.nl");
    expect(done).toMatchObject({
      status: 1,
      data: null,
      messages: ["The SSL host was successfully removed."],
    });
    expect((await uapi(lab, "alice", "SSL", "list_certs")).data).toHaveLength(1);
    const again = await uapi(lab, "alice", "SSL", "delete_ssl", "domain=example.nl");
    expect(again).toMatchObject({
      status: 0,
      messages: ["OK"],
      errors: [
        "Failed to remove SSL host for “example.nl”: No SSL certificate secures the website “example.nl”.\n",
      ],
    });
    await lab.settled();
    expect((await shownCertificate(lab, "example.nl")).names).toBe(`DNS:${lab.hostName}`);
  });
});

describe("storage", () => {
  it("makes keys and requests, and finds what belongs together", async () => {
    const key = (
      await uapi(lab, "alice", "SSL", "generate_key", "keytype=ecdsa-prime256v1", "friendly_name=mine")
    ).data;
    const subject = ["countryName=NL", "stateOrProvinceName=Z", "localityName=L", "organizationName=O"];
    const request = (
      await uapi(
        lab,
        "alice",
        "SSL",
        "generate_csr",
        "domains=example.nl,www.example.nl",
        `key_id=${key.id}`,
        ...subject,
      )
    ).data;
    expect(request.text).toContain("BEGIN CERTIFICATE REQUEST");
    expect(request.domains).toEqual(["example.nl", "www.example.nl"]);
    expect((await uapi(lab, "alice", "SSL", "find_csrs_for_key", "friendly_name=mine")).data[0].id).toBe(
      request.id,
    );
    const cert = (
      await uapi(lab, "alice", "SSL", "generate_cert", "domains=example.nl", `key_id=${key.id}`, ...subject)
    ).data;
    expect((await uapi(lab, "alice", "SSL", "find_certificates_for_key", `id=${key.id}`)).data[0].id).toBe(
      cert.id,
    );
    expect((await uapi(lab, "alice", "SSL", "delete_key", `id=${key.id}`)).data).toHaveLength(1);
    expect((await uapi(lab, "alice", "SSL", "show_key", `id=${key.id}`)).status).toBe(0);
  });

  it("gives the best certificate for a name with its key and bundle, or empty members", async () => {
    const none = (await uapi(lab, "alice", "SSL", "fetch_best_for_domain", "domain=example.nl")).data;
    expect([none.crt, none.key, none.status]).toEqual(["", "", 0]);
    const pair = authority.issue(["example.nl"]);
    await install("example.nl", pair);
    const best = (await uapi(lab, "alice", "SSL", "fetch_best_for_domain", "domain=example.nl")).data;
    expect(best).toMatchObject({ crt: pair.cert, cab: pair.bundle, status: 1 });
    expect(best.key).toContain("PRIVATE KEY");
  });
});

describe("WHM", () => {
  it("installs on the website of any account, and names the message as its reason", async () => {
    const pair = authority.issue(["fay.test"]);
    const form: [string, string][] = [
      ["domain", "fay.test"],
      ["crt", pair.cert],
      ["key", pair.key],
      ["cab", pair.bundle],
    ];
    const answer = await whm("installssl", form);
    expect(answer.metadata.reason).toContain("Apache is restarting in the background.");
    expect(answer.data).toMatchObject({ servername: "fay.test", user: "fay", status: 1 });
    expect((await whm("installssl", [...form, ["ip", "192.0.2.1"]])).metadata).toMatchObject({ result: 0 });
    const { vhosts } = (await whm("fetch_ssl_vhosts")).data;
    expect(vhosts.map((one: { servername: string }) => one.servername)).toContain("fay.test");
  });

  it("queues installs in equal numbers only, and tells nobody of those that fail", async () => {
    const pair = authority.issue(["example.nl"]);
    const one: [string, string][] = [
      ["username", "alice"],
      ["vhost_name", "example.nl"],
      ["crt", pair.cert],
      ["key", pair.key],
    ];
    expect((await whm("enqueue_deferred_ssl_installations", one)).metadata).toMatchObject({ result: 0 });
    const bad = one.map(([name, value]): [string, string] => [name, name === "crt" ? "broken" : value]);
    const answer = await whm("enqueue_deferred_ssl_installations", [
      ...one,
      ["cab", pair.bundle],
      ...bad,
      ["cab", ""],
    ]);
    expect(answer).toMatchObject({ metadata: { result: 1 }, data: {} });
    const reloads = lab.reloads;
    lab.set({ deferredInstaller: "stuck" });
    lab.runDeferred();
    expect((await shownCertificate(lab, "example.nl")).names).not.toBe("DNS:example.nl");
    lab.set({ deferredInstaller: "runs" });
    lab.runDeferred();
    await lab.settled();
    expect((await shownCertificate(lab, "example.nl")).names).toBe("DNS:example.nl");
    expect(lab.reloads).toBe(reloads + 1);
  });
});

describe("AutoSSL", () => {
  const shownNames = async (name: string): Promise<string> => (await shownCertificate(lab, name)).names;

  it("replaces certificates that sign themselves, and none of somebody else", async () => {
    const pair = authority.issue(["example.nl"]);
    await install("example.nl", pair);
    const changed = await lab.runAutossl("alice");
    expect(changed).not.toContain("example.nl");
    expect(changed).toContain("shop.example.nl");
    await lab.settled();
    expect(await shownNames("example.nl")).toBe("DNS:example.nl");
    expect(await shownNames("shop.nl")).toContain("DNS:mail.shop.nl");
    const hosts = (await uapi(lab, "alice", "SSL", "installed_hosts")).data;
    const shop = hosts.find((one: { servername: string }) => one.servername === "shop.example.nl");
    expect(shop.certificate).toMatchObject({ is_autossl: 1, auto_ssl_provider: "LetsEncrypt" });
  });

  it("leaves excluded domains alone, and suspended accounts and those without the feature", async () => {
    await uapi(
      lab,
      "alice",
      "SSL",
      "add_autossl_excluded_domains",
      "domains=dev.example.nl,www.dev.example.nl",
    );
    expect(await lab.runAutossl("alice")).not.toContain("dev.example.nl");
    expect((await uapi(lab, "alice", "SSL", "get_autossl_problems")).data[0].domain).toBe("dev.example.nl");
    expect((await uapi(lab, "alice", "SSL", "get_autossl_excluded_domains")).data).toContainEqual({
      excluded_domain: "dev.example.nl",
    });
    expect(await lab.runAutossl("sam")).toEqual([]);
    lab.setFeature("fay", "autossl", false);
    expect(await lab.runAutossl("fay")).toEqual([]);
  });

  it("replaces a paid certificate in its last three days where the administrator allows it", async () => {
    await install(
      "example.nl",
      authority.issue(["example.nl"], { notAfter: new Date(Date.now() + 2 * 86_400_000) }),
    );
    expect(await lab.runAutossl("alice")).not.toContain("example.nl");
    await whm("set_autossl_metadata_key", [
      ["key", "clobber_externally_signed"],
      ["value", "1"],
    ]);
    expect((await whm("get_autossl_metadata")).data.payload.clobber_externally_signed).toBe(1);
    expect(await lab.runAutossl("alice")).toContain("example.nl");
  });
});

describe("the web server", () => {
  it("serves each document root, and nothing of a suspended account", async () => {
    expect((await fetchPage(lab, "alias.nl")).text).toContain("<h1>example.nl</h1>");
    expect((await fetchPage(lab, "any.example.nl")).text).toContain("<h1>*.example.nl</h1>");
    expect((await fetchPage(lab, "sam.test")).status).toBe(503);
  });

  it("has validation files checked over HTTP, through what an .htaccess does", async () => {
    const check = async (domain: string): Promise<unknown> =>
      (await uapi(lab, "alice", "DCV", "check_domains_via_http", `domain=${domain}`)).data[0].failure_reason;
    expect(await check("example.nl")).toBeNull();
    const file = join(lab.rootDir, "home/alice/public_html/.htaccess");
    writeFileSync(file, "RedirectMatch 404 /\\.well-known\n");
    await lab.restartApache();
    expect(await check("example.nl")).toContain("404");
  });

  it("is down, or keeps what it served, as the faults say", async () => {
    lab.fault({ kind: "nginxDown" });
    await lab.settled();
    await expect(shownCertificate(lab, "example.nl")).rejects.toThrow("ECONNREFUSED");
    lab.clearFaults();
    await lab.settled();
    lab.fault({ kind: "reloadFails" });
    await install("example.nl", authority.issue(["example.nl"]));
    await lab.settled();
    expect(await shownNamesOf("example.nl")).not.toBe("DNS:example.nl");
    await lab.restartApache();
    expect(await shownNamesOf("example.nl")).toBe("DNS:example.nl");
  });
});

async function shownNamesOf(name: string): Promise<string> {
  return (await shownCertificate(lab, name)).names;
}

describe("accounts", () => {
  it("keep websites, certificates and files when they are renamed", async () => {
    const pair = authority.issue(["example.nl"]);
    await install("example.nl", pair);
    await lab.renameAccount("alice", "alina");
    await lab.settled();
    expect((await fetchPage(lab, "example.nl")).text).toContain("<h1>example.nl</h1>");
    expect(await shownNamesOf("example.nl")).toBe("DNS:example.nl");
    expect((await uapi(lab, "alina", "SSL", "list_certs")).data).toHaveLength(1);
    expect((await install("shop.nl", authority.issue(["shop.nl"]), "alina")).status).toBe(1);
    expect(lab.has("alice")).toBe(false);
  });

  it("go with everything of theirs", async () => {
    await lab.removeAccount("alice");
    await lab.settled();
    expect((await fetchPage(lab, "example.nl")).status).toBe(404);
    expect(await shownNamesOf("shop.nl")).toBe(`DNS:${lab.hostName}`);
  });
});

it("every switch and its default is told in the README", () => {
  const readme = readFileSync(join(import.meta.dirname, "../cpanel/README.md"), "utf8");
  for (const name of Object.keys(defaultSwitches())) expect(readme).toContain(`\`${name}\``);
});
