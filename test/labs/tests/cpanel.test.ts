import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import type { CpanelLab } from "../cpanel/cpanel-lab.ts";
import { callPort, freshLab, furnish, runCommand, uapi } from "./cpanel-client.ts";

let lab: CpanelLab;
let remove: () => Promise<void>;
let root: string;

beforeAll(async () => {
  ({ lab, remove } = await freshLab());
  await furnish(lab);
  root = `root:${lab.createToken("whm", "root")}`;
});

afterAll(() => remove());
afterEach(() => {
  lab.clearFaults();
  lab.set({ hookNoise: "none", numbersAsStrings: false, aclRefusal: "reason", badTokenStatus: 403 });
});

const whm = (path: string, token = root): ReturnType<typeof callPort> =>
  callPort(lab, "whm", path, { token });

describe("cpsrvd", () => {
  it("shows a certificate for the server's name only", async () => {
    const verified = await new Promise<string>((resolve) => {
      const socket = connect({ host: lab.address, port: lab.whmPort, ca: lab.panelCaPem }, () =>
        resolve("yes"),
      );
      socket.on("error", (cause: NodeJS.ErrnoException) => resolve(cause.code ?? ""));
    });
    expect(verified).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it.each([401, 403] as const)("answers a wrong token with %i and a page", async (status) => {
    lab.set({ badTokenStatus: status });
    const answer = await whm("/json-api/version?api.version=1", "root:WRONG");
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toContain("text/html");
  });

  it("refuses a good token on the other port", async () => {
    const answer = await callPort(lab, "cpanel", "/execute/SSL/installed_hosts", {
      headers: { authorization: `whm ${root}` },
    });
    expect([answer.status, answer.text]).toEqual([403, "Permission denied\n"]);
  });

  it("answers a password in the header with its login page, and takes one from its form", async () => {
    const basic = `Basic ${Buffer.from("root:root-Passw0rd").toString("base64")}`;
    const refused = await callPort(lab, "whm", "/json-api/version", { headers: { authorization: basic } });
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('name="pass" id="pass"')]);
    const form = { user: "root", pass: "root-Passw0rd", login_only: "1" };
    const entered = await callPort(lab, "whm", "/login/", { form });
    const token = entered.json().security_token;
    expect(token).toMatch(/^\/cpsess\d{10}$/);
    const cookie = String(entered.headers["set-cookie"]).split(";")[0] ?? "";
    const path = "/json-api/version?api.version=1";
    const answer = await callPort(lab, "whm", `${token}${path}`, { headers: { cookie } });
    expect(answer.json().data.version).toBe("11.138.0.10");
    const without = await callPort(lab, "whm", path, { headers: { cookie } });
    expect(without.status).toBe(403);
  });

  it("lets no suspended account in, and nobody without rights into WHM", async () => {
    const sam = `sam:${lab.createToken("cpanel", "sam")}`;
    expect((await callPort(lab, "cpanel", "/execute/SSL/list_keys", { token: sam })).status).toBe(403);
    const alice = `alice:${lab.createToken("whm", "alice")}`;
    expect((await whm("/json-api/version?api.version=1", alice)).status).toBe(403);
  });

  it("answers /execute flat, and json-api/cpanel nested", async () => {
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    const flat = (await callPort(lab, "cpanel", "/execute/DomainInfo/list_domains", { token })).json();
    expect(flat).toEqual({
      status: 1,
      errors: null,
      messages: null,
      warnings: null,
      metadata: {},
      data: {
        main_domain: "example.nl",
        addon_domains: ["shop.nl", "xn--mnchen-3ya.test"],
        parked_domains: ["alias.nl"],
        sub_domains: ["shop.example.nl", "dev.example.nl", "*.example.nl", "xn--mnchen-3ya.example.nl"],
      },
    });
    const query =
      "cpanel_jsonapi_user=alice&cpanel_jsonapi_apiversion=3&cpanel_jsonapi_module=DomainInfo&cpanel_jsonapi_func=list_domains";
    const nested = (await whm(`/json-api/cpanel?${query}`)).json();
    expect(nested).toMatchObject({ apiversion: 3, module: "DomainInfo", func: "list_domains" });
    expect(nested.result).toEqual(flat);
  });

  it("keeps secrets out of its log", async () => {
    await callPort(lab, "whm", "/login/", { form: { user: "root", pass: "root-Passw0rd" } });
    expect(JSON.stringify(lab.calls)).not.toContain("root-Passw0rd");
  });
});

describe("what goes wrong on the way", () => {
  const path =
    "/json-api/uapi_cpanel?api.version=1&cpanel.user=alice&cpanel.module=NVData&cpanel.function=set&names=f&f=";
  const note = async (): Promise<string> =>
    (await uapi(lab, "alice", "NVData", "get", "names=f")).data[0].value;

  it("is a line of text between the headers of servicestatus, which HTTP libraries refuse", async () => {
    lab.set({ headerLeak: true });
    await expect(whm("/json-api/servicestatus?api.version=1")).rejects.toThrow(/Parse Error/);
    expect((await whm("/json-api/version?api.version=1")).status).toBe(200);
    lab.set({ headerLeak: false });
    expect((await whm("/json-api/servicestatus?api.version=1")).json().data.service).toHaveLength(5);
  });

  it("is an answer of 25 MB", async () => {
    lab.set({ hugeInstalledHostsMb: 25 });
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    const answer = await callPort(lab, "cpanel", "/execute/SSL/installed_hosts", { token });
    lab.set({ hugeInstalledHostsMb: 0 });
    expect(Buffer.byteLength(answer.text)).toBeGreaterThan(25 * 1024 * 1024);
    expect(answer.json().status).toBe(1);
  });

  it("is a lost reply after the work, or a lost request before it", async () => {
    lab.fault({ kind: "reset-after", match: { path: /NVData/ } });
    await expect(whm(`${path}done`)).rejects.toThrow();
    expect(await note()).toBe("done");
    lab.fault({ kind: "reset-before", match: { path: /NVData/ } });
    await expect(whm(`${path}never`)).rejects.toThrow();
    lab.fault({ kind: "half", match: { path: /NVData/ } });
    await expect(whm(`${path}half`)).rejects.toThrow();
    expect(await note()).toBe("half");
  });

  it("is a login page, a status, a yes that means no, or a refusal inside two good envelopes", async () => {
    lab.fault({ kind: "html" });
    expect((await whm(`${path}a`)).text).toContain('name="pass" id="pass"');
    lab.fault({ kind: "status", status: 503 });
    expect((await whm(`${path}b`)).status).toBe(503);
    lab.fault({ kind: "say-ok" });
    expect((await whm(`${path}c`)).json().data.uapi.status).toBe(1);
    lab.fault({ kind: "error-in-200" });
    expect((await whm(`${path}d`)).json()).toMatchObject({
      metadata: { result: 1 },
      data: { uapi: { status: 0 } },
    });
    expect(await note()).toBe("half");
  });
});

describe("rights in WHM", () => {
  const names = async (token: string): Promise<string[]> =>
    (await whm("/json-api/listaccts?api.version=1", token))
      .json()
      .data.acct.map((one: { user: string }) => one.user);

  it("shows root every account and a reseller its own", async () => {
    expect((await names(root)).toSorted()).toEqual(["alice", "fay", "norbert", "rita", "sam"]);
    const rita = `rita:${lab.createToken("whm", "rita")}`;
    expect((await names(rita)).toSorted()).toEqual(["fay", "rita", "sam"]);
  });

  it("refuses a reseller without rights inside a 200, or with 403", async () => {
    const token = `norbert:${lab.createToken("whm", "norbert")}`;
    const answer = await whm("/json-api/listaccts?api.version=1", token);
    expect([answer.status, answer.json().metadata.result]).toEqual([200, 0]);
    expect(answer.json().metadata.reason).toContain("Access denied");
    lab.set({ aclRefusal: "403" });
    expect((await whm("/json-api/listaccts?api.version=1", token)).status).toBe(403);
  });

  it("bounds a token to its ACLs", async () => {
    const token = `root:${lab.createToken("whm", "root", ["list-accts"])}`;
    expect(await names(token)).toContain("alice");
    const answer = await whm("/json-api/get_tweaksetting?api.version=1&key=allowcpsslinstall", token);
    expect(answer.json().metadata).toMatchObject({ result: 0 });
    const made = await whm(
      "/json-api/api_token_create?api.version=1&token_name=x&acl-1=ssl&acl-2=list-accts",
    );
    expect(made.json().data.acls).toMatchObject({ ssl: 1, "list-accts": 1, all: 0 });
  });

  it("keeps a reseller from the accounts of others, through UAPI too", async () => {
    const token = `rita:${lab.createToken("whm", "rita")}`;
    const call = (user: string): ReturnType<typeof callPort> =>
      whm(
        `/json-api/uapi_cpanel?api.version=1&cpanel.user=${user}&cpanel.module=SSL&cpanel.function=list_keys`,
        token,
      );
    expect((await call("fay")).json().data.uapi.status).toBe(1);
    expect((await call("alice")).json().metadata).toMatchObject({ result: 0 });
  });

  it("fails inside when the inner call fails", async () => {
    const path =
      "/json-api/uapi_cpanel?api.version=1&cpanel.user=fay&cpanel.module=SSL&cpanel.function=delete_ssl&domain=fay.test";
    const answer = (await whm(path)).json();
    expect([answer.metadata.result, answer.data.uapi.status]).toEqual([1, 0]);
  });

  it("tells all domains of the server in one call", async () => {
    const { domains } = (await whm("/json-api/get_domain_info?api.version=1")).json().data;
    const of = (type: string): string[] =>
      domains
        .filter(
          (one: { domain_type: string; user: string }) => one.domain_type === type && one.user === "alice",
        )
        .map((one: { domain: string }) => one.domain);
    expect(of("addon")).toEqual(["shop.nl", "xn--mnchen-3ya.test"]);
    expect(of("sub")).toEqual(["dev.example.nl", "*.example.nl"]);
    expect(of("parked")).toEqual(["alias.nl"]);
  });
});

describe("the commands", () => {
  it("exit with 0 when the call failed, and say so in the answer and on standard error", async () => {
    const { code, stdout, stderr } = await runCommand(
      lab,
      "uapi",
      "--user=alice",
      "--output=json",
      "SSL",
      "nope",
    );
    expect([code, JSON.parse(stdout).result.status]).toEqual([0, 0]);
    expect(stderr).toMatch(/^\[.{19} \+0000\] warn \[uapi\] Could not find “nope” in module “SSL”\.\n$/);
  });

  it("print YAML in the layout that was captured", async () => {
    const { stdout } = await runCommand(
      lab,
      "uapi",
      "SSL",
      "install_ssl",
      "--user",
      "alice",
      "domain=example.nl",
    );
    expect(stdout).toBe(`---
apiversion: 3
func: install_ssl
module: SSL
result:
  data: ~
  errors:
    - No 'cert' argument specified.
  messages:
    - OK
  metadata: {}

  status: 0
  warnings: ~
`);
  });

  it("want --user from root, and a user that exists", async () => {
    expect((await runCommand(lab, "uapi", "SSL", "list_keys")).code).not.toBe(0);
    expect((await runCommand(lab, "uapi", "--user=ghost", "SSL", "list_keys")).code).not.toBe(0);
  });

  it("decode names and values once", async () => {
    await uapi(lab, "alice", "NVData", "set", "names=note", "note=a%2Bb%20c%25d+e%E2%82%AC");
    expect((await uapi(lab, "alice", "NVData", "get", "names=note")).data[0].value).toBe("a+b c%d e€");
    lab.set({ plusIsSpace: false });
    await uapi(lab, "alice", "NVData", "set", "names=note", "note=a+b");
    lab.set({ plusIsSpace: true });
    expect((await uapi(lab, "alice", "NVData", "get", "names=note")).data[0].value).toBe("a+b");
  });

  it.each(["stderr", "stdout"] as const)("put the noise of hooks on %s in front", async (stream) => {
    lab.set({ hookNoise: stream });
    const answer = await runCommand(lab, "whmapi1", "--output=json", "version");
    expect(answer[stream]).toContain("info [uapi] STDERR output from hook");
    expect(JSON.parse(answer.stdout.trim().split("\n").at(-1) ?? "").metadata.result).toBe(1);
  });

  it("print numbers as texts where asked to, and members in no order", async () => {
    lab.set({ numbersAsStrings: true });
    expect((await uapi(lab, "alice", "SSL", "is_sni_supported")).status).toBe("1");
    lab.set({ numbersAsStrings: false });
    const orders = new Set<string>();
    for (let turn = 0; turn < 6; turn += 1) {
      orders.add(Object.keys(await uapi(lab, "alice", "SSL", "is_sni_supported")).join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });
});

const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe("programs on the server", () => {
  asRoot("run with the lab's folder as their root and as the account they belong to", async () => {
    const { stdout } = await lab.run(
      [
        "/bin/sh",
        "-c",
        'id -un; cd; pwd; uapi() { /usr/local/cpanel/bin/uapi "$@"; }; uapi --output=json Variables get_user_information name=user',
      ],
      {
        uid: statSync(join(lab.rootDir, "home/alice")).uid,
        env: { HOME: "/home/alice" },
      },
    );
    const [name, home, answer] = stdout.split("\n");
    expect([name, home]).toEqual(["alice", "/home/alice"]);
    expect(JSON.parse(answer ?? "").result.data).toEqual({ user: "alice" });
  });

  asRoot("cannot ask for another account, nor change this machine", async () => {
    const uid = statSync(join(lab.rootDir, "home/alice")).uid;
    const { code } = await lab.run(["/usr/local/cpanel/bin/uapi", "--user=fay", "SSL", "list_keys"], { uid });
    expect(code).not.toBe(0);
    const { stderr } = await lab.run(["/bin/sh", "-c", "touch /usr/bin/x"]);
    expect(stderr).toContain("Read-only");
  });
});

describe("files", () => {
  it("are written in the account's home and nowhere else", async () => {
    const save = (dir: string, file: string): ReturnType<typeof uapi> =>
      uapi(lab, "alice", "Fileman", "save_file_content", `dir=${dir}`, `file=${file}`, "content=hello");
    expect((await save("public_html", "a.txt")).data.path).toBe("/home/alice/public_html/a.txt");
    expect(statSync(join(lab.rootDir, "home/alice/public_html/a.txt")).uid).toBe(
      statSync(join(lab.rootDir, "home/alice")).uid,
    );
    expect((await save("/home/fay", "a.txt")).status).toBe(0);
    expect((await save("public_html/none", "a.txt")).status).toBe(0);
    expect((await save("public_html", "../x")).status).toBe(0);
    const trap = join(lab.rootDir, "home/alice/trap");
    mkdirSync(join(lab.rootDir, "home/fay/private"), { recursive: true });
    const { symlinkSync } = await import("node:fs");
    symlinkSync(join(lab.rootDir, "home/fay/private"), trap);
    expect((await save("trap", "a.txt")).status).toBe(0);
  });

  it("are what the panel reads again", async () => {
    const path = join(lab.rootDir, "var/cpanel/users/alice");
    writeFileSync(path, readFileSync(path, "utf8").replace("LOCALE=nl", "LOCALE=ar"));
    expect((await uapi(lab, "alice", "Locale", "get_attributes")).data).toMatchObject({
      direction: "rtl",
      locale: "ar",
    });
  });
});

it("runs as a process that takes orders as lines, and ends when it is told to", async () => {
  const dir = mkdtempSync(join(tmpdir(), "cpanel-main-"));
  const settings = join(dir, "settings.json");
  const accounts = [{ name: "alice", domain: "example.nl", domains: { "shop.nl": { kind: "addon" } } }];
  writeFileSync(settings, JSON.stringify({ accounts }));
  const main = resolve(import.meta.dirname, "../cpanel/main.ts");
  const child = spawn(process.execPath, [main, "--dir", join(dir, "root"), "--settings", settings]);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => JSON.parse(String((await answers.next()).value));
  const ready = await next();
  expect(ready).toMatchObject({
    ready: true,
    cpanelUrl: expect.stringContaining("https://server.lab.test:"),
  });
  expect(readFileSync(String(ready["tokenFile"]), "utf8")).toMatch(/^[A-Z0-9]{32}\n$/);
  child.stdin.write(`${JSON.stringify({ do: "run-autossl", account: "alice" })}\n`);
  expect(await next()).toEqual({ ok: true, result: ["example.nl", "shop.example.nl"] });
  child.stdin.write(`${JSON.stringify({ do: "dance" })}\n`);
  expect(await next()).toEqual({ ok: false, problem: "There is no such order." });
  child.kill("SIGTERM");
  expect(await new Promise((done) => child.once("exit", done))).toBe(0);
  rmSync(dir, { recursive: true });
});
