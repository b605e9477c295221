import type { PleskLab, PleskLabOptions } from "../plesk/plesk-lab.ts";
import { parseXml, textOf, type XmlElement } from "../plesk/xml.ts";
import { freshPlesk, issuedFor, pairFor, partsOf, plesk, shown } from "./plesk-client.ts";
import { callPlesk } from "./plesk-panel-client.ts";

let lab: PleskLab;
let remove: () => Promise<void>;

async function open(options: Partial<PleskLabOptions> = {}): Promise<void> {
  ({ lab, remove } = await freshPlesk(options));
  await lab.addAccount({ login: "reseller", role: "reseller" });
  await lab.addAccount({ login: "jansen", owner: "reseller" });
  await lab.addAccount({ login: "eve" });
  await lab.addDomain("jansen", "example.nl", { subdomains: ["shop"], aliases: { "alias.nl": "web" } });
  await lab.addDomain("eve", "eve.nl");
}

beforeEach(() => open());
afterEach(() => remove());

const asAdmin = { http_auth_login: "admin", http_auth_passwd: "admin-Passw0rd" };

async function agent(
  packet: string,
  headers: Record<string, string> = asAdmin,
): Promise<{ text: string; packet: XmlElement }> {
  const { status, text } = await callPlesk(lab, "/enterprise/control/agent.php", {
    method: "POST",
    body: packet,
    headers: { "content-type": "text/xml", ...headers },
  });
  expect(status).toBe(200);
  return { text, packet: parseXml(text) };
}

const as = (login: string): Record<string, string> => ({
  http_auth_login: login,
  http_auth_passwd: `${login}-Passw0rd`,
});

const install = (name: string, place: string, parts: { pvt: string; cert: string; ca?: string }): string =>
  `<packet><certificate><install><name>${name}</name>${place}<content><csr/><pvt>${parts.pvt}</pvt><cert>${parts.cert}</cert>${
    parts.ca === undefined ? "" : `<ca>${parts.ca}</ca>`
  }</content></install></certificate></packet>`;

describe("the XML API", () => {
  test("refuses whom it does not know, and what it does not understand, under system", async () => {
    const wrong = await agent("<packet><server><get_protos/></server></packet>", {
      ...asAdmin,
      http_auth_passwd: "no",
    });
    expect(textOf(wrong.packet, "system", "errcode")).toBe("1001");
    expect(textOf(wrong.packet, "system", "errtext")).toBe(
      "You have entered incorrect username or password.",
    );
    for (const packet of [
      "<packet><nonsense/></packet>",
      "<packet><server>",
      "<packet><server><get_nothing/></server></packet>",
    ]) {
      expect([packet, textOf((await agent(packet)).packet, "system", "errcode")]).toEqual([packet, "1014"]);
    }
  });

  test("refuses elements out of their order", async () => {
    const { key: pvt, cert } = pairFor("example.nl");
    const packet = install("x", "<webspace>example.nl</webspace>", { pvt, cert }).replace(
      /(<name>x<\/name>)(<webspace>example.nl<\/webspace>)/,
      "$2$1",
    );
    expect(textOf((await agent(packet)).packet, "system", "errcode")).toBe("1014");
  });

  test("refuses certificates in a result: unknown domain, bad key, taken name", async () => {
    const { key: pvt, cert } = pairFor("example.nl");
    const result = async (packet: string): Promise<(string | undefined)[]> => {
      const said = (await agent(packet)).packet;
      const path = ["certificate", "install", "result"];
      return [textOf(said, ...path, "errcode"), textOf(said, ...path, "errtext")];
    };
    expect(await result(install("x", "<webspace>nosuch.nl</webspace>", { pvt, cert }))).toEqual([
      "1015",
      "domain does not exist",
    ]);
    expect(await result(install("x", "<webspace>example.nl</webspace>", { pvt: "bad", cert }))).toEqual([
      "8002",
      "Unable to set pvt content to certificate : Probably, the private key format is invalid.",
    ]);
    expect(await result(install("x", "<webspace>example.nl</webspace>", { pvt, cert }))).toEqual([
      undefined,
      undefined,
    ]);
    const [code, text] = await result(install("x", "<webspace>example.nl</webspace>", { pvt, cert }));
    expect([code, text]).toEqual([
      expect.any(String),
      expect.stringContaining("Unable to set certificate name : "),
    ]);
  });

  test("installs, assigns by site.set, updates in place and lists the pool, as the CLI sees it too", async () => {
    const first = issuedFor("example.nl");
    const { text } = await agent(
      install("xol-1", "<site>shop.example.nl</site>", {
        pvt: first.pair.key,
        cert: first.pair.cert,
        ca: first.ca,
      }),
    );
    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<packet version="1.6.9.1"><certificate><install><result><status>ok</status></result></install></certificate></packet>\n',
    );
    const set = (name: string) =>
      agent(
        `<packet><site><set><filter><name>example.nl</name></filter><values><hosting><vrt_hst><property><name>ssl</name><value>true</value></property><property><name>certificate_name</name><value>${name}</value></property></vrt_hst></hosting></values></set></site></packet>`,
      );
    expect(textOf((await set("nothing")).packet, "site", "set", "result", "errcode")).toBe("1013");
    expect(textOf((await set("xol-1")).packet, "site", "set", "result", "status")).toBe("ok");
    expect(await shown(lab, "example.nl")).toEqual({ names: "DNS:example.nl", length: 2 });
    const next = pairFor("renewed.nl");
    await agent(
      install("xol-1", "<webspace>example.nl</webspace>", { pvt: next.key, cert: next.cert }).replaceAll(
        "install>",
        "update>",
      ),
    );
    expect((await shown(lab, "example.nl")).names).toBe("DNS:renewed.nl");
    const pool = await agent(
      "<packet><certificate><get-pool><filter><domain-name>example.nl</domain-name></filter></get-pool></certificate></packet>",
    );
    expect(
      textOf(pool.packet, "certificate", "get-pool", "result", "certificates", "certificate", "name"),
    ).toBe("xol-1");
    expect((await plesk(lab, "bin", "certificate", "-l", "-domain", "example.nl")).stdout).toMatch(
      /xol-1 +1\n/,
    );
  });

  test("shows each caller only what is theirs, and certificates not to customers", async () => {
    const names = async (who: Record<string, string>): Promise<string[]> => {
      const { text } = await agent(
        "<packet><webspace><get><filter/><dataset><gen_info/></dataset></get></webspace></packet>",
        who,
      );
      return [...text.matchAll(/<ascii-name>(.*?)<\/ascii-name>/g)].map(([, name]) => name ?? "");
    };
    expect(await names(asAdmin)).toEqual(["example.nl", "eve.nl"]);
    expect(await names(as("reseller"))).toEqual(["example.nl"]);
    expect(await names(as("eve"))).toEqual(["eve.nl"]);
    const { key: pvt, cert } = pairFor("example.nl");
    const place = "<webspace>example.nl</webspace>";
    const code = async (who: string) =>
      textOf(
        (await agent(install("x", place, { pvt, cert }), as(who))).packet,
        "certificate",
        "install",
        "result",
        "errcode",
      );
    expect(await code("jansen")).toBe("1006");
    expect(await code("reseller")).toBeUndefined();
    await lab.suspend("reseller", true);
    expect(textOf((await agent("<packet/>", as("reseller"))).packet, "system", "errcode")).toBe("1001");
  });

  test("takes a secret key from its own address only, and prints one element a line when asked", async () => {
    const key = (
      await plesk(lab, "bin", "secret_key", "--create", "-ip-address", "127.0.0.1", "-description", "test")
    ).stdout.trim();
    const elsewhere = (
      await plesk(lab, "bin", "secret_key", "--create", "-ip-address", "192.0.2.1")
    ).stdout.trim();
    const { text } = await agent("<packet><server><get><gen_info/></get></server></packet>", {
      key,
      http_pretty_print: "TRUE",
    });
    expect(text.split("\n")).toContain("          <server_name>plesk.lab.test</server_name>");
    const refused = await agent("<packet/>", { key: elsewhere });
    expect(textOf(refused.packet, "system", "errcode")).toBe("11003");
    await plesk(lab, "bin", "secret_key", "--delete", "-key", key);
    expect(textOf((await agent("<packet/>", { key })).packet, "system", "errcode")).toBe("11003");
  });

  test("puts a certificate on webmail of a domain", async () => {
    await plesk(
      lab,
      "bin",
      "certificate",
      "-c",
      "mail",
      "-domain",
      "example.nl",
      ...partsOf(lab, pairFor("webmail.example.nl")),
    );
    const { text } = await agent(
      "<packet><webspace><get><filter><name>example.nl</name></filter><dataset><gen_info/></dataset></get></webspace></packet>",
    );
    const id = /<id>(\d+)<\/id>/.exec(text)?.[1] ?? "";
    await agent(
      `<packet><mail><set_prefs><filter><site-id>${id}</site-id></filter><prefs><webmail-certificate>mail</webmail-certificate></prefs></set_prefs></mail></packet>`,
    );
    expect((await shown(lab, "webmail.example.nl")).names).toBe("DNS:webmail.example.nl");
  });

  test("loses an answer when told to, after the work was done", async () => {
    const { key: pvt, cert } = pairFor("example.nl");
    lab.fault({ kind: "reset-after", match: /agent\.php/ });
    await expect(agent(install("x", "<webspace>example.nl</webspace>", { pvt, cert }))).rejects.toThrow();
    expect((await plesk(lab, "bin", "certificate", "-l", "-domain", "example.nl")).stdout).toContain(" x ");
  });
});

describe("the REST API", () => {
  const basic = (login: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${login}:${login}-Passw0rd`).toString("base64")}`,
  });
  const rest = (
    path: string,
    options: { method?: string; json?: unknown; headers?: Record<string, string> } = {},
  ) =>
    callPlesk(lab, `/api/v2${path}`, {
      method: options.method ?? "GET",
      headers: { ...basic("admin"), ...options.headers },
      ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
    });

  test("answers a failed login with nothing, and locks out after five", async () => {
    const wrong = { authorization: `Basic ${Buffer.from("admin:wrong").toString("base64")}` };
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await rest("/server", { headers: wrong })).toMatchObject({ status: 401, text: "" });
    }
    expect(await rest("/server")).toMatchObject({ status: 401, text: "" });
  });

  test("is the administrator's alone, and has no certificate endpoint", async () => {
    expect(await rest("/domains", { headers: basic("jansen") })).toMatchObject({ status: 403 });
    const missing = await rest("/certificates");
    expect([missing.status, JSON.parse(missing.text)]).toEqual([
      404,
      { code: 404, message: expect.any(String) },
    ]);
  });

  test("runs utilities: 200 with the code of a failed one, 404 for one there isn't", async () => {
    const failed = await rest("/cli/certificate/call", {
      method: "POST",
      json: { params: ["--list", "-domain", "nosuch.nl"] },
    });
    expect([failed.status, JSON.parse(failed.text)]).toEqual([
      200,
      { code: 1, stdout: "", stderr: "Unable to find domain with name 'nosuch.nl'\n" },
    ]);
    expect(await rest("/cli/nothing/call", { method: "POST", json: { params: [] } })).toMatchObject({
      status: 404,
    });
    expect(JSON.parse((await rest("/cli/commands")).text)).toContain("certificate");
  });

  test("tells the options a utility has on this server", async () => {
    const options = async (): Promise<string[]> =>
      Object.keys(
        (JSON.parse((await rest("/cli/site/ref")).text) as { allowed_options: object }).allowed_options,
      );
    expect(await options()).toContain("-certificate-name");
    expect(await options()).not.toContain("-mail-certificate-name");
    lab.set({ mailCertificateOption: { utility: "site", option: "mail-certificate-name" } });
    expect(await options()).toContain("-mail-certificate-name");
    await plesk(
      lab,
      "bin",
      "certificate",
      "-c",
      "own",
      "-domain",
      "example.nl",
      ...partsOf(lab, pairFor("mail.example.nl")),
    );
    expect(
      await plesk(lab, "bin", "site", "-u", "example.nl", "-mail-certificate-name", "own"),
    ).toMatchObject({ code: 0 });
    expect((await shown(lab, "mail.example.nl", lab.mailPort)).names).toBe("DNS:mail.example.nl");
  });

  test("makes keys that work after their delay, and takes them away", async () => {
    lab.set({ keyDelayMs: 300 });
    const made = await rest("/auth/keys", { method: "POST", json: { ip: "127.0.0.1", login: "admin" } });
    expect(made.status).toBe(201);
    const { key } = JSON.parse(made.text) as { key: string };
    const call = () => callPlesk(lab, "/api/v2/server", { headers: { "x-api-key": key } });
    expect(await call()).toMatchObject({ status: 401, text: "" });
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await call()).toMatchObject({ status: 200 });
    expect(await rest(`/auth/keys/${key}`, { method: "DELETE" })).toMatchObject({ status: 200 });
    expect(await call()).toMatchObject({ status: 401 });
  });

  test("describes domains with their owner and aliases, and edits DNS records", async () => {
    const [domain] = JSON.parse((await rest("/domains?name=example.nl")).text) as { id: number }[];
    expect(domain).toMatchObject({
      ascii_name: "example.nl",
      base_domain_id: 0,
      hosting_type: "virtual",
      www_root: "/var/www/vhosts/example.nl/httpdocs",
      aliases: ["alias.nl"],
    });
    expect(JSON.parse((await rest(`/domains/${domain?.id}/client`)).text)).toMatchObject({ login: "jansen" });
    const made = await rest("/dns/records?domain=example.nl", {
      method: "POST",
      json: { type: "TXT", host: "_x", value: "hello" },
    });
    const { id } = JSON.parse(made.text) as { id: number };
    expect((await plesk(lab, "bin", "dns", "--info", "example.nl")).stdout).toMatch(
      /^_x\.example\.nl\. +TXT +hello$/m,
    );
    expect(await rest(`/dns/records/${id}`, { method: "DELETE" })).toMatchObject({ status: 200 });
    expect(await rest(`/dns/records/${id}`, { method: "DELETE" })).toMatchObject({ status: 404 });
  });
});
