import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { selfSigned } from "../common/lab-certificates.ts";
import type { DirectAdminLab } from "../directadmin/directadmin-lab.ts";
import { callPanel, freshLab, runCommand } from "./directadmin-client.ts";

let lab: DirectAdminLab;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ lab, remove } = await freshLab());
  await lab.addAccount({ name: "rita", role: "reseller" });
  await lab.addAccount({ name: "gzv0", creator: "rita", language: "nl" });
  await lab.addAccount({ name: "bob" });
  await lab.addDomain("gzv0", "example.nl", {
    subdomains: ["shop"],
    pointers: { "alias.nl": "alias", "elsewhere.nl": "pointer" },
  });
  await lab.addDomain("bob", "münchen.test", { ssl: false });
});

afterAll(() => remove());
afterEach(() => {
  lab.clearFaults();
  lab.set({ valueEscapes: "digits", loginPageInsteadOf401: false, sessionsBoundToAddress: false });
});

const admin = "admin:admin-Passw0rd";
const owner = "gzv0:gzv0-Passw0rd";
const panelFile = (path: string): string => join(lab.rootDir, "usr/local/directadmin", path);

describe("the listener", () => {
  it("shows a certificate for its name only", async () => {
    const verified = await new Promise<string>((resolve) => {
      const socket = connect({ host: lab.address, port: lab.port, ca: lab.panelCaPem }, () => resolve("yes"));
      socket.on("error", (cause: NodeJS.ErrnoException) => resolve(cause.code ?? ""));
    });
    expect(verified).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(lab.panelCaPem).toBe(readFileSync(panelFile("conf/cacert.pem"), "utf8"));
  });

  it("offers exactly what it answers in its specification", async () => {
    const { paths } = (await callPanel(lab, "/static/swagger.json")).json() as { paths: object };
    expect(Object.keys(paths)).toContain("/api/domain-tls/{domain}/certs/{certId}/files");
    lab.set({ profile: "old" });
    const old = (await callPanel(lab, "/static/swagger.json")).json() as { paths: object };
    expect(Object.keys(old.paths).filter((path) => path.includes("domain-tls"))).toEqual([]);
    const call = await callPanel(lab, "/api/domain-tls/example.nl/certs", { auth: owner });
    lab.set({ profile: "current" });
    expect(call.status).toBe(404);
  });
});

describe("credentials", () => {
  it.each([
    [owner, 200],
    ["gzv0:wrong", 401],
    ["nobody:x", 401],
    ["admin|gzv0:admin-Passw0rd", 200],
    ["rita|gzv0:rita-Passw0rd", 200],
    ["rita|bob:rita-Passw0rd", 401],
    ["bob|gzv0:bob-Passw0rd", 401],
    ["admin|ghost:admin-Passw0rd", 401],
  ])("answers %s with %i", async (auth, status) => {
    const answer = await callPanel(lab, "/CMD_API_SHOW_USER_CONFIG", { auth });
    expect(answer.status).toBe(status);
    if (status !== 200) return;
    expect(answer.form().get("username")).toBe("gzv0");
    expect(lab.calls.at(-1)?.login).toBe(auth.slice(0, auth.indexOf(":")));
  });

  it("prints credentials for root with api-url, a fresh key each time", async () => {
    const first = new URL((await runCommand(lab, "api-url", "--user=gzv0")).stdout.trim());
    const second = new URL((await runCommand(lab, "root-auth-url", "--user", "gzv0")).stdout.trim());
    expect(first.host).toBe(`${lab.hostName}:${lab.port}`);
    expect(first.password).not.toBe(second.password);
    const auth = `${first.username}:${first.password}`;
    expect((await callPanel(lab, "/CMD_API_LOGIN_TEST", { auth })).text.trim()).toBe(
      "error=0&text=Login OK&details=",
    );
    expect((await runCommand(lab, "api-url", "--user=ghost")).code).toBe(1);
  });

  it("limits a login key to its commands", async () => {
    const key = { id: "tls", value: "secret-of-the-key", allowCommands: ["CMD_API_SSL", "session"] };
    expect((await callPanel(lab, "/api/login-keys/keys", { auth: owner, json: key })).status).toBe(204);
    const auth = "gzv0:secret-of-the-key";
    expect((await callPanel(lab, "/CMD_API_SSL?domain=example.nl", { auth })).status).toBe(200);
    const refused = await callPanel(lab, "/CMD_API_SHOW_DOMAINS", { auth });
    expect(refused.status).toBe(403);
    expect(refused.form().get("text")).toBe("You cannot execute that command");
    expect((await callPanel(lab, "/api/session", { auth })).status).toBe(200);
    expect((await callPanel(lab, "/api/version", { auth })).json()).toEqual({ type: "ACCESS_DENIED" });
  });

  it("blocks an address after too many wrong passwords, right ones included", async () => {
    const other = await freshLab({ switches: { bruteForceLimit: 3 } });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await callPanel(other.lab, "/CMD_API_LOGIN_TEST", { auth: "admin:wrong" });
    }
    expect((await callPanel(other.lab, "/CMD_API_LOGIN_TEST", { auth: admin })).status).toBe(403);
    const list = join(other.lab.rootDir, "usr/local/directadmin/data/admin/ip_blacklist");
    expect(readFileSync(list, "utf8")).toBe("127.0.0.1\n");
    await other.remove();
  });

  it("keeps secrets out of its log", async () => {
    await callPanel(lab, "/api/login", { json: { username: "bob", password: "bob-Passw0rd" } });
    expect(JSON.stringify(lab.calls)).not.toContain("bob-Passw0rd");
  });
});

describe("sessions", () => {
  const cookie = (pair: { id: string; key: string }): string => `session=${pair.id}; key=${pair.key}`;

  it("confirms a replayed pair and nothing else", async () => {
    const pair = await lab.login("gzv0");
    expect([pair.id.length, pair.key.length]).toEqual([39, 39]);
    const ask = (value: string): Promise<{ status: number; text: string }> =>
      callPanel(lab, "/CMD_API_SHOW_USER_CONFIG", { headers: { cookie: value } });
    const confirmed = await ask(cookie(pair));
    expect(confirmed.status).toBe(200);
    expect(confirmed.text).toContain("username=gzv%30&");
    for (const value of [`session=${pair.id}`, `session=${pair.id}; key=x`, "session=x; key=y"]) {
      expect(await ask(value)).toMatchObject({ status: 401, text: "Unauthorized\n" });
    }
    expect((await callPanel(lab, "/CMD_API_SHOW_USER_CONFIG")).status).toBe(401);
    lab.set({ loginPageInsteadOf401: true });
    const page = await callPanel(lab, "/CMD_API_SHOW_USER_CONFIG");
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html"]);
  });

  it("logs a browser in by form, and asks strangers to", async () => {
    const stranger = await callPanel(lab, "/CMD_SSL?domain=example.nl");
    expect(stranger.text).toContain('name="password"');
    const form = { username: "bob", password: "bob-Passw0rd", referer: "/evo/" };
    const answer = await callPanel(lab, "/CMD_LOGIN", { form });
    expect([answer.status, answer.headers.location]).toEqual([302, "/evo/"]);
    expect(answer.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^session=\w{39}; Path=\/; Secure; HttpOnly/),
      expect.stringMatching(/^key=\w{39}; Path=\/; Secure; HttpOnly/),
    ]);
    const wrong = await callPanel(lab, "/CMD_LOGIN", { form: { ...form, password: "x" } });
    expect([wrong.status, wrong.headers["set-cookie"]]).toEqual([200, undefined]);
  });

  it("wants its own address as referer of a session's POST", async () => {
    const headers = { cookie: cookie(await lab.login("gzv0")) };
    const form = { domain: "example.nl", action: "private_html" };
    const post = (referer?: string): Promise<{ status: number }> =>
      callPanel(lab, "/CMD_DOMAIN", { form, headers: { ...headers, ...(referer && { referer }) } });
    expect((await post()).status).toBe(403);
    expect((await post("https://evil.test/")).status).toBe(403);
    expect((await post(`${lab.url}/evo/`)).status).toBe(200);
  });

  it("lets an admin act as a customer and come back", async () => {
    const headers = { cookie: cookie(await lab.login("admin")), referer: `${lab.url}/` };
    const who = async (): Promise<unknown> => (await callPanel(lab, "/api/session", { headers })).json();
    const switchTo = (username: string): Promise<{ status: number }> =>
      callPanel(lab, "/api/session/login-as/switch", { headers, json: { username } });
    expect((await switchTo("gzv0")).status).toBe(204);
    expect(await who()).toMatchObject({ effectiveUsername: "gzv0", realUsername: "admin" });
    expect((await callPanel(lab, "/CMD_API_SHOW_USER_CONFIG", { headers })).text).toContain("gzv%30");
    await callPanel(lab, "/api/session/login-as/return", { method: "POST", headers });
    expect(await who()).toMatchObject({ effectiveUsername: "admin", effectiveRole: "admin" });
    expect((await switchTo("ghost")).status).toBe(404);
  });

  it("takes the id alone where the JSON login made the session", async () => {
    const json = { username: "gzv0", password: "gzv0-Passw0rd" };
    const { sessionID } = (await callPanel(lab, "/api/login", { json })).json() as { sessionID: string };
    const headers = { cookie: `session=${sessionID}`, "content-type": "application/json" };
    // A published client calls its urlencoded form JSON.
    const body = "domain=example.nl&action=private_html";
    const post = { headers: { ...headers, referer: lab.url }, body };
    expect((await callPanel(lab, "/CMD_DOMAIN?json=yes", post)).json()).toMatchObject({
      success: "Domain Modified",
    });
    expect((await callPanel(lab, "/api/session", { headers })).json()).toMatchObject({ sessionID });
    expect((await callPanel(lab, "/api/login", { json: { ...json, password: "x" } })).status).toBe(401);
  });

  it("binds sessions to an address, and keeps replayed ones from the newer API, when told so", async () => {
    const headers = { cookie: cookie(await lab.login("gzv0")) };
    lab.set({ apiAcceptsReplayedSession: false });
    expect((await callPanel(lab, "/api/session", { headers })).status).toBe(401);
    const browser = { ...headers, "sec-fetch-site": "same-origin" };
    expect((await callPanel(lab, "/api/session", { headers: browser })).status).toBe(200);
    lab.set({ apiAcceptsReplayedSession: true, sessionsBoundToAddress: true });
    expect((await callPanel(lab, "/api/session", { headers })).status).toBe(200);
  });

  it("does not tell a session's password", async () => {
    const headers = { cookie: cookie(await lab.login("gzv0")) };
    const answer = await callPanel(lab, "/CMD_API_GET_SESSION", { headers });
    expect(Object.fromEntries(answer.form())).toEqual({
      error: "1",
      text: "Cannot Execute Your Request",
      details: "The requested command requires POST but GET was used",
    });
  });
});

describe("legacy commands", () => {
  const get = async (path: string, auth = owner): Promise<string> =>
    (await callPanel(lab, path, { auth })).text.trim();

  it("lists accounts by level", async () => {
    expect(await get("/CMD_API_SHOW_ALL_USERS", admin)).toBe("list[]=bob&list[]=gzv0");
    expect(await get("/CMD_API_SHOW_RESELLERS", admin)).toBe("list[]=rita");
    expect(await get("/CMD_API_SHOW_ADMINS", admin)).toBe("list[]=admin");
    expect(await get("/CMD_API_SHOW_USERS", "rita:rita-Passw0rd")).toBe("list[]=gzv0");
    expect(await get("/CMD_API_SHOW_ALL_USERS")).toMatch(/^error=1&text=You cannot execute that command/);
    expect(await get("/CMD_API_SHOW_USER_CONFIG?user=bob")).toMatch(/^error=1&text=Access Denied/);
  });

  it("lists domains with all that belongs to them", async () => {
    expect(await get("/CMD_API_SHOW_DOMAINS")).toBe("list[]=example.nl");
    expect(await get("/CMD_API_SHOW_DOMAINS?json=yes")).toBe('["example.nl"]');
    expect(await get("/CMD_API_SUBDOMAINS?domain=example.nl")).toBe("list[]=shop");
    expect(await get("/CMD_API_DOMAIN_POINTER?domain=example.nl")).toBe(
      "alias.nl=alias&elsewhere.nl=pointer",
    );
    expect(await get("/CMD_API_SHOW_DOMAINS", "bob:bob-Passw0rd")).toBe("list[]=xn--mnchen-3ya.test");
    const all = JSON.parse(await get("/CMD_API_ADDITIONAL_DOMAINS?json=yes"));
    expect(all["example.nl"]).toMatchObject({ ssl: "ON", ips: ["127.0.0.1"], subdomain: "1" });
    const owners = new URLSearchParams(await get("/CMD_API_DOMAIN_OWNERS", admin));
    expect(owners.get("example.nl")).toBe("gzv0");
    expect(await get("/CMD_API_SUBDOMAINS?domain=shop.example.nl")).toMatch(/details=You do not own/);
  });

  it("reads what root changed in the files", async () => {
    appendFileSync(panelFile("data/users/gzv0/domains/example.nl.subdomains"), "late\n");
    expect(await get("/CMD_API_SUBDOMAINS?domain=example.nl")).toBe("list[]=shop&list[]=late");
  });

  it("makes and removes subdomains and pointers", async () => {
    const post = async (command: string, form: Record<string, string>): Promise<string> =>
      (await callPanel(lab, `/CMD_API_${command}`, { auth: owner, form: { domain: "example.nl", ...form } }))
        .text;
    expect(await post("SUBDOMAINS", { action: "create", subdomain: "new" })).toMatch(/^error=0/);
    expect(await post("SUBDOMAINS", { action: "create", subdomain: "new" })).toMatch(/already exists/);
    expect(await get("/CMD_API_SUBDOMAINS?domain=example.nl")).toContain("list[]=new");
    expect(await post("SUBDOMAINS", { action: "delete", select0: "new" })).toMatch(/^error=0/);
    expect(await get("/CMD_API_SUBDOMAINS?domain=example.nl")).not.toContain("new");
    expect(await post("DOMAIN_POINTER", { action: "add", from: "third.nl", alias: "yes" })).toMatch(
      /^error=0/,
    );
    expect(await post("DOMAIN_POINTER", { action: "add", from: "example.nl" })).toMatch(/already exists/);
    expect(await get("/CMD_API_DOMAIN_POINTER?domain=example.nl")).toContain("third.nl=alias");
    expect(await post("DOMAIN_POINTER", { action: "delete", select0: "third.nl" })).toMatch(/^error=0/);
    expect(await get("/CMD_API_DOMAIN_POINTER?domain=example.nl")).not.toContain("third.nl");
  });

  it("takes a missing flag for OFF", async () => {
    const form = { action: "modify", domain: "example.nl", ubandwidth: "unlimited", uquota: "unlimited" };
    await callPanel(lab, "/CMD_API_DOMAIN", { auth: owner, form: { ...form, ssl: "ON" } });
    const conf = readFileSync(panelFile("data/users/gzv0/domains/example.nl.conf"), "utf8");
    expect(conf).toMatch(/^ssl=ON$/m);
    expect(conf).toMatch(/^php=OFF$/m);
  });

  it.each([
    ["digits", "ip=%31%32%37.%30.%30.%31&"],
    ["plain", "ip=127.0.0.1&"],
    ["entities", "email=gzv0&#64example.net&"],
  ] as const)("escapes values as %s", async (valueEscapes, text) => {
    lab.set({ valueEscapes });
    expect(await get("/CMD_API_SHOW_USER_CONFIG")).toContain(text);
  });

  it("refuses in JSON with a title, details and another status", async () => {
    const answer = await callPanel(lab, "/CMD_API_SSL?domain=other.nl&json=yes", { auth: owner });
    expect([answer.status, answer.json()]).toEqual([
      500,
      { error: "Cannot View Certificate", result: "You do not own that domain" },
    ]);
  });
});

describe("the newer API", () => {
  it("tells a role apart by what is offered to it", async () => {
    expect((await callPanel(lab, "/api/server-tls/status", { auth: owner })).status).toBe(403);
    expect((await callPanel(lab, "/api/server-tls/status", { auth: admin })).json()).toMatchObject({
      enabled: true,
      validationError: "",
    });
    expect((await callPanel(lab, "/api/users/gzv0/config", { auth: admin })).json()).toMatchObject({
      username: "gzv0",
      domains: ["example.nl"],
      language: "nl",
      dnsControl: true,
    });
    expect((await callPanel(lab, "/api/users/bob/config", { auth: owner })).status).toBe(403);
    expect((await callPanel(lab, "/api/search/users?q=gz", { auth: admin })).json()).toHaveLength(1);
    expect((await callPanel(lab, "/api/nothing", { auth: admin })).json()).toEqual({ type: "NOT_FOUND" });
    expect((await callPanel(lab, "/api/session")).json()).toEqual({ type: "UNAUTHORIZED" });
  });
});

describe("faults", () => {
  const ask = (path: string): Promise<{ status: number; text: string }> =>
    callPanel(lab, path, { auth: owner });

  it("answers in their stead, so often and where asked", async () => {
    lab.fault({ kind: "status", status: 503, match: { path: /SHOW_DOMAINS/ }, times: 2 });
    expect((await ask("/CMD_API_LOGIN_TEST")).status).toBe(200);
    expect((await ask("/CMD_API_SHOW_DOMAINS")).status).toBe(503);
    expect((await ask("/CMD_API_SHOW_DOMAINS")).status).toBe(503);
    expect((await ask("/CMD_API_SHOW_DOMAINS")).status).toBe(200);
    lab.fault({ kind: "html" });
    expect((await ask("/CMD_API_SHOW_DOMAINS")).text).toContain("<form");
    lab.fault({ kind: "error-in-200" });
    expect((await ask("/CMD_API_SHOW_DOMAINS")).text).toMatch(/^error=1/);
  });

  it("answers late, or never", async () => {
    lab.fault({ kind: "slow", ms: 60 });
    const since = Date.now();
    expect((await ask("/CMD_API_LOGIN_TEST")).status).toBe(200);
    expect(Date.now() - since).toBeGreaterThanOrEqual(50);
    lab.fault({ kind: "hang" });
    const first = ask("/CMD_API_LOGIN_TEST").then(
      () => "answered",
      () => "closed",
    );
    expect(await Promise.race([first, ask("/CMD_API_LOGIN_TEST").then(() => "overtaken")])).toBe("overtaken");
  });

  it.each(["half", "reset-before", "reset-after"] as const)("breaks the connection: %s", async (kind) => {
    lab.fault({ kind });
    await expect(ask("/CMD_API_SHOW_DOMAINS")).rejects.toThrow();
    expect((await ask("/CMD_API_SHOW_DOMAINS")).status).toBe(200);
  });
});

describe("the server's own certificate", () => {
  it("can be replaced by an admin, and is shown at once", async () => {
    const other = await freshLab();
    const names = [other.lab.hostName, "other.lab.test"];
    const { key, cert } = selfSigned(names, new Date());
    const put = (json: unknown): Promise<{ status: number }> =>
      callPanel(other.lab, "/api/server-tls/files", { auth: admin, method: "PUT", json });
    const foreign = selfSigned(["other.lab.test"], new Date());
    expect((await put({ key: foreign.key, certificate: foreign.cert })).status).toBe(409);
    expect((await put({ key, certificate: cert })).status).toBe(204);
    expect(other.lab.panelCaPem).toBe(cert);
    expect((await callPanel(other.lab, "/api/version", { auth: admin })).status).toBe(200);
    await other.remove();
  });
});

describe("the plugin side", () => {
  it("gets its addresses from callers the panel has checked", async () => {
    const handled: string[] = [];
    const other = await freshLab({
      plugins: (context) => ({
        async handle({ login, session, request, body, response }) {
          handled.push(`${login.name} ${session?.real.name ?? "-"} ${request.url} ${body}`);
          response.writeHead(200, { "content-type": "text/html" });
          response.end(context.config("servername"));
        },
        loginPage: (problem) => `<p>the shell's login page: ${problem}</p>`,
        stop: async () => undefined,
      }),
    });
    const { id, key } = await other.lab.login("admin");
    const headers = { cookie: `session=${id}; key=${key}`, referer: `${other.lab.url}/evo/` };
    expect((await callPanel(other.lab, "/", { headers })).text).toBe(other.lab.hostName);
    await callPanel(other.lab, "/CMD_PLUGINS/x/index.html?a=1", { headers, body: "b=2" });
    await callPanel(other.lab, "/api/plugins/list", { auth: admin });
    expect(handled).toEqual([
      "admin admin / ",
      "admin admin /CMD_PLUGINS/x/index.html?a=1 b=2",
      "admin - /api/plugins/list ",
    ]);
    expect((await callPanel(other.lab, "/evo/")).text).toContain("the shell's login page: null");
    expect((await callPanel(lab, "/CMD_PLUGINS/x/", { auth: admin })).status).toBe(404);
    await other.remove();
  });
});

describe("hooks", () => {
  it("runs all scripts of the three places in order, and aborts when one of a pre fails", async () => {
    const log = join(lab.rootDir, "hook-log");
    const script = (path: string, text: string): void => {
      mkdirSync(join(panelFile(path), ".."), { recursive: true });
      writeFileSync(panelFile(path), `#!/bin/sh\n${text}\n`);
      chmodSync(panelFile(path), 0o755);
    };
    script("scripts/custom/ssl_save_pre/a.sh", `echo "1 $domain $type" >> ${log}; exit 3`);
    script("scripts/custom/ssl_save_pre.sh", `echo "2 $username" >> ${log}`);
    script("plugins/x/hooks/ssl_save_pre.sh", `echo "3 $HOME" >> ${log}; echo no good`);
    const form = { domain: "example.nl", action: "save", type: "server" };
    const answer = await callPanel(lab, "/CMD_API_SSL", { auth: owner, form });
    expect(answer.form().get("details")).toContain("no good");
    expect(readFileSync(log, "utf8")).toBe("1 example.nl server\n2 gzv0\n3 \n");
  });
});

describe("the command", () => {
  it("reads and writes the configuration", async () => {
    expect((await runCommand(lab, "config-get", "servername")).stdout).toBe(`${lab.hostName}\n`);
    await runCommand(lab, "config-set", "letsencrypt", "2");
    expect(readFileSync(panelFile("conf/directadmin.conf"), "utf8")).toMatch(/^letsencrypt=2$/m);
    expect((await runCommand(lab, "version")).stdout).toMatch(/1\.709/);
  });

  it("runs a task at once, and calls failing a success", async () => {
    expect(await runCommand(lab, "taskq", "--run=action=rewrite&value=httpd&user=ghost")).toEqual({
      stdout: "error running 'action=rewrite&value=httpd&user=ghost': no such user\n",
      code: 0,
    });
  });

  it("is for root alone, and leaves with the lab", async () => {
    const other = await freshLab();
    const socket = join(other.lab.rootDir, "run/directadmin.sock");
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await other.lab.stop();
    expect((await runCommand(other.lab, "version")).code).toBe(1);
    await other.remove();
  });
});
