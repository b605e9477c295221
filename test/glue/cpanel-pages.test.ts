import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createCpanelPageHost,
  type Handover,
  readHandover,
  toPageRequest,
} from "../../panels/cpanel/page-request.ts";
import { type CpanelServer, openCpanelServer, reseller } from "../demo/servers/cpanel.ts";
import { account, domain } from "../demo/servers/demo-server.ts";
import { panelRequest } from "./cpanel-browser.ts";
import { untilWoken } from "./until-woken.ts";

// One server for all tests here: to install the plugin on it is the slow part, and no test leaves anything behind.
let folder: string;
let server: CpanelServer;
let agent: Server;
let received: { path: string; handover: Buffer }[] = [];
/** The same as it is printed: whatever the panel does to bytes, a page in ASCII stays what it is. */
let shown: string;
let answer: { type: string; body: string | Buffer; status?: number } = {
  type: "text/html; charset=utf-8",
  body: "",
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cpanel-pages-"));
  chmodSync(folder, 0o755);
  server = await openCpanelServer(folder);
  await server.lab.addAccount({ name: "demo", domain: "demo.test", demo: true });
  await server.lab.addAccount({ name: "amal", domain: "amal.test", locale: "ar" });
  await server.lab.addAccount({ name: "noel", domain: "noel.test", features: { xolphin_ssl: false } });
  await server.lab.addAccount({ name: "rob", domain: "rob.test", acls: ["ssl"] });
  await server.lab.addAccount({ name: "rosa", domain: "rosa.test", acls: ["list-accts"] });
  await server.installPlugin({ folder, runDir: "" });
  await startAgent();
}, 120_000);
afterAll(async () => {
  await stopAgent();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);
beforeEach(() => {
  received = [];
  answer = { type: "text/html; charset=utf-8", body: '<div class="xssl">the <b>page</b> “é”</div>' };
  shown = '<div class="xssl">the <b>page</b> &#8220;&#233;&#8221;</div>';
});

async function startAgent(): Promise<void> {
  const runDir = join(server.rootDir, "run/xolphin-ssl");
  mkdirSync(runDir, { recursive: true });
  rmSync(join(runDir, "pages.sock"), { force: true });
  agent = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ path: request.url ?? "", handover: Buffer.concat(chunks) });
      response.writeHead(answer.status ?? 200, { "content-type": answer.type }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => agent.listen(join(runDir, "pages.sock"), resolve));
  chmodSync(join(runDir, "pages.sock"), 0o600);
}

function stopAgent(): Promise<void> {
  return new Promise((resolve) => {
    agent.close(() => resolve());
    agent.closeAllConnections();
  });
}

/** What the agent got last, read as it reads it. */
function handedOver(): Handover {
  expect(received).toHaveLength(1);
  return readHandover(received[0]?.handover);
}

const inAccount = "/frontend/jupiter/xolphin_ssl/index.live.pl";
const inServer = "/cgi/xolphin_ssl/index.cgi";

function open(
  who: { service: "cpanel" | "whm"; account: string; login?: string },
  path: string,
  form?: { type: string; body: string | Buffer },
) {
  const session = server.lab.login(
    who.service,
    who.account,
    who.login === undefined ? {} : { login: who.login },
  );
  return panelRequest(server, who.service, session, path, form);
}

const bob = { service: "cpanel", account } as const;
const plain = "application/x-www-form-urlencoded";

describe("a page in cPanel", () => {
  test("stands inside the panel's frame, and the agent hears who asks from the panel", async () => {
    const { status, text, headers } = await open(bob, `${inAccount}?page=request&id=xs-1`);
    expect(status).toBe(200);
    expect(headers["content-type"]).toMatch(/^text\/html/);
    const [before = "", after = ""] = text.split(shown);
    expect(before).toMatch(/<!DOCTYPE html>[\s\S]*SSL Certificates/);
    expect(after).toContain("cp-footer");
    expect(handedOver()).toMatchObject({
      from: "account",
      user: account,
      login: account,
      action: "SHOW",
      mayAct: true,
      query: "page=request&id=xs-1",
      locale: "en",
      direction: "ltr",
    });
    expect(handedOver().securityToken).toMatch(/^\/cpsess\d{10}$/);
  });

  test("hands a form over whole, bytes of an upload included", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    const upload = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n'),
      bytes,
    ]);
    await open(bob, inAccount, { type: "multipart/form-data; boundary=x", body: upload });
    const { action, contentType, body } = handedOver();
    expect([action, contentType]).toEqual(["ACT", "multipart/form-data; boundary=x"]);
    expect(body.equals(upload)).toBe(true);
  });

  test("prints a whole answer as it is, bytes and headers", async () => {
    const bytes = Buffer.from([0x50, 0x4b, 0, 255, 13, 10, 0, 13, 10, 13, 10]);
    const head = `HTTP/1.1 404 Not Found\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename="a.zip"\r\n\r\n`;
    answer = { type: "application/octet-stream", body: Buffer.concat([Buffer.from(head), bytes]) };
    const { status, body, headers } = await open(bob, `${inAccount}?page=report&whole=1`);
    expect([status, headers["content-type"], headers["content-disposition"]]).toEqual([
      404,
      "application/zip",
      'attachment; filename="a.zip"',
    ]);
    expect(body.equals(bytes)).toBe(true);
  });

  test("can't be told that somebody else asks", async () => {
    const forged = [
      "BRIDGE_USER=root",
      "BRIDGE_FROM=server",
      "BRIDGE_HAS_ROOT=1",
      "BRIDGE_ACTION=ACT",
      "BRIDGE_LOGIN=root",
    ];
    const request = Buffer.from(`${forged.join("\0")}\0\0token=x`).toString("base64");
    const { text } = await open(bob, `/execute/XolphinSSL/show?request=${encodeURIComponent(request)}`);
    expect(JSON.parse(text)).toMatchObject({ status: 1 });
    expect(handedOver()).toMatchObject({
      user: account,
      from: "account",
      action: "SHOW",
      login: account,
      hasRoot: false,
    });
    const { caller, form } = await createCpanelPageHost().readPageRequest(received[0]?.handover);
    expect([caller.account, caller.level, caller.readOnly]).toEqual([account, "account", true]);
    expect(form?.get("token")).toBe("x");
  });

  test("a team user looks as the account, and is known not to be it, whatever the page says", async () => {
    const anna = { ...bob, login: `anna@${domain}` };
    await open(anna, inAccount);
    expect(handedOver()).toMatchObject({ user: account, login: anna.login });
    received = [];
    const request = Buffer.from(`REMOTE_USER=${account}\0\0`).toString("base64");
    await open(anna, `/execute/XolphinSSL/act?request=${encodeURIComponent(request)}`);
    expect(handedOver().login).toBe(anna.login);
  });

  test("an account in demo mode looks; what it submits goes the way that changes nothing, to be refused in words", async () => {
    const demo = { service: "cpanel", account: "demo" } as const;
    await open(demo, inAccount);
    expect(handedOver()).toMatchObject({ user: "demo", action: "SHOW", mayAct: false });
    received = [];
    const { text } = await open(demo, inAccount, { type: plain, body: "token=x&action=cancel" });
    expect(text).toContain(shown);
    expect(handedOver()).toMatchObject({ user: "demo", action: "SHOW", mayAct: false });
    const { caller, form } = toPageRequest(handedOver());
    expect([caller.readOnly, form?.get("action")]).toEqual([true, "cancel"]);
    received = [];
    const request = Buffer.from("MAY_ACT=1\0\0token=x&action=cancel").toString("base64");
    await open(demo, `/execute/XolphinSSL/act?request=${encodeURIComponent(request)}`);
    expect(received).toEqual([]);
    await open(demo, `/execute/XolphinSSL/show?request=${encodeURIComponent(request)}`);
    expect(toPageRequest(handedOver()).caller.readOnly).toBe(true);
  });

  test("a right-to-left locale is told", async () => {
    await open({ service: "cpanel", account: "amal" }, inAccount);
    expect(handedOver()).toMatchObject({ locale: "ar", direction: "rtl" });
  });

  test("an account whose feature is off reaches nobody", async () => {
    const { text } = await open({ service: "cpanel", account: "noel" }, inAccount);
    expect(received).toEqual([]);
    expect(text).not.toContain("the <b>page</b>");
  });

  test("a session of somebody else, or none, gets the panel's login and not us", async () => {
    const session = server.lab.login("cpanel", account);
    const { text } = await panelRequest(
      server,
      "cpanel",
      { ...session, token: "/cpsess0000000000" },
      inAccount,
    );
    expect(text).not.toContain("the <b>page</b>");
    expect(received).toEqual([]);
  });

  test.each<[string, () => Promise<void>, () => Promise<void>]>([
    [
      "fails",
      async () => {
        answer = { ...answer, status: 500, body: "stack trace" };
      },
      async () => undefined,
    ],
    ["is gone", stopAgent, startAgent],
  ])("says a friendly word when the agent %s", async (_what, breakIt, mendIt) => {
    await breakIt();
    try {
      const { status, text } = await open(bob, inAccount);
      expect(status).toBe(200);
      expect(text).toContain("does not answer just now");
      expect(text).toContain("cp-footer");
      expect(text).not.toContain("stack trace");
    } finally {
      await mendIt();
    }
  });

  test("its style sheet and script are served beside it", async () => {
    for (const name of ["style.css", "pages.js"]) {
      const { status, text } = await open(bob, `/frontend/jupiter/xolphin_ssl/assets/${name}`);
      expect([name, status]).toEqual([name, 200]);
      expect(text.length).toBeGreaterThan(500);
    }
  });

  test("is found on the panel's home under Security, only where the feature is on", async () => {
    expect((await open(bob, "/frontend/jupiter/index.html")).text).toMatch(
      /security-group[\s\S]*xolphin_ssl\/index\.live\.pl/,
    );
    expect(
      (await open({ service: "cpanel", account: "noel" }, "/frontend/jupiter/index.html")).text,
    ).not.toContain("xolphin_ssl");
  });
});

describe("a page in WHM", () => {
  test.each<[string, string, Partial<Handover>]>([
    ["root", "root", { user: "root", hasRoot: true }],
    [
      "a reseller with the right for certificates",
      reseller,
      { user: reseller, hasRoot: false, rights: ["list-accts", "ssl"] },
    ],
    ["a reseller without it", "rosa", { user: "rosa", hasRoot: false, rights: ["list-accts"] }],
    ["a reseller who may not list accounts", "rob", { user: "rob", hasRoot: false, rights: ["ssl"] }],
  ])("%s is told with the rights that the panel gives", async (_name, login, expected) => {
    const { text } = await open({ service: "whm", account: login }, `${inServer}?page=admin`);
    expect(text).toContain(shown);
    expect(text).toMatch(/<title>[^<]*SSL Certificates/);
    expect(handedOver()).toMatchObject({ from: "server", action: "SHOW", query: "page=admin", ...expected });
  });

  test("hands forms over, and prints whole answers as they are", async () => {
    answer = {
      type: "application/octet-stream",
      body: "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\na,b",
    };
    const { text, headers } = await open({ service: "whm", account: "root" }, inServer, {
      type: plain,
      body: "token=a&action=b",
    });
    expect([text, headers["content-type"]]).toEqual(["a,b", "text/csv"]);
    expect(handedOver()).toMatchObject({ action: "ACT", contentType: plain });
    expect(handedOver().body.toString()).toBe("token=a&action=b");
  });

  test("says a friendly word when the agent is gone", async () => {
    await stopAgent();
    try {
      expect((await open({ service: "whm", account: "root" }, inServer)).text).toContain(
        "does not answer just now",
      );
    } finally {
      await startAgent();
    }
  });

  test("its icon and style sheet are served where the page looks for them", async () => {
    const { text } = await open({ service: "whm", account: "root" }, inServer);
    const icon = /<img src="([^"]+)"/.exec(text)?.[1] ?? "";
    const address = new URL(icon, `https://whm${inServer}`).pathname;
    expect((await open({ service: "whm", account: "root" }, address)).headers["content-type"]).toBe(
      "image/png",
    );
    expect(
      (await open({ service: "whm", account: "root" }, "/addon_plugins/xolphin_ssl/style.css")).status,
    ).toBe(200);
  });
});

describe("the plugin on the server", () => {
  const state = async (): Promise<string> =>
    (
      await server.lab.run([
        "/bin/sh",
        "-c",
        "find /usr/local/cpanel /var/cpanel /opt /etc/xolphin-ssl -newer /var/cpanel/hooks.yaml -type f | grep -i xolphin; find /usr/local/cpanel /var/cpanel /opt -iname '*xolphin*' | sort; cat /etc/xolphin-ssl/whm-token",
      ])
    ).stdout;

  test("hooks only wake the agent, with nothing of what the panel told them", async () => {
    const woken = untilWoken(join(server.rootDir, "run/xolphin-ssl/control.sock"));
    const before = server.lab.hookAnswers.length;
    await server.lab.addDomain(account, `hook.${domain}`, { kind: "sub" });
    expect(await woken).toEqual({ body: "[]", url: "/operations/panelChanged" });
    expect(server.lab.hookAnswers.slice(before)).toContainEqual({
      hook: "/var/cpanel/xolphin_ssl/wake",
      answer: "1 ok",
    });
    // And without an agent they still say yes.
    await server.lab.removeDomain(account, `hook.${domain}`);
    expect(server.lab.hookAnswers.at(-1)?.answer).toBe("1 ok");
  });

  test("the installer says where accounts find it, where it is switched on, and what to do when the icon does not show", async () => {
    const { code, stdout } = await server.lab.run(["/root/xolphin-ssl-cpanel/install.sh"]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /under Security; .*WHM » Packages » Feature Manager \(xolphin_ssl\)\. .*log out of cPanel and in again/,
    );
  });

  test("installing again changes nothing, and the token stays the same", async () => {
    const token = readFileSync(join(server.rootDir, "etc/xolphin-ssl/whm-token"), "utf8");
    const hooks = (
      JSON.parse(readFileSync(join(server.rootDir, "var/cpanel/hooks.yaml"), "utf8")) as unknown[]
    ).length;
    const listed = await state();
    await server.installPlugin({ folder, runDir: "" });
    expect(readFileSync(join(server.rootDir, "etc/xolphin-ssl/whm-token"), "utf8")).toBe(token);
    expect(JSON.parse(readFileSync(join(server.rootDir, "var/cpanel/hooks.yaml"), "utf8"))).toHaveLength(
      hooks,
    );
    expect(hooks).toBe(30);
    expect(
      (await state())
        .split("\n")
        .filter((line) => !line.includes("/opt/"))
        .sort(),
    ).toEqual(
      listed
        .split("\n")
        .filter((line) => !line.includes("/opt/"))
        .sort(),
    );
  });

  test("what an update of the panel takes away comes back by itself", async () => {
    const page = join(server.rootDir, "usr/local/cpanel/base/frontend/jupiter/xolphin_ssl");
    const module = join(server.rootDir, "usr/local/cpanel/Cpanel/API/XolphinSSL.pm");
    rmSync(page, { recursive: true });
    writeFileSync(module, "broken");
    rmSync(
      join(server.rootDir, "usr/local/cpanel/base/frontend/jupiter/dynamicui/dynamicui_xolphin_ssl.conf"),
    );
    const said = await server.lab.run(["/var/cpanel/xolphin_ssl/upcp"], { input: "{}" });
    expect(said.stdout).toBe("1 ok\n");
    // It answers at once and works on behind; the last thing that it puts back is the entry in the panel's menu.
    const home = async () => (await open(bob, "/frontend/jupiter/index.html")).text;
    for (let turn = 0; turn < 300 && !(await home()).includes("xolphin_ssl/"); turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readFileSync(module, "utf8")).toContain("package Cpanel::API::XolphinSSL;");
    expect((await open(bob, inAccount)).text).toContain("the <b>page</b>");
    expect((await open(bob, "/frontend/jupiter/index.html")).text).toContain("xolphin_ssl/index.live.pl");
  });

  test("only root may read the token and reach the agent", async () => {
    const uid = Number((await server.lab.run(["/usr/bin/id", "-u"], { uid: 2001 })).stdout);
    const token = await server.lab.run(["/bin/cat", "/etc/xolphin-ssl/whm-token"], { uid });
    expect([token.code === 0, token.stdout]).toEqual([false, ""]);
    const page = await server.lab.run(
      ["/usr/bin/curl", "--silent", "--unix-socket", "/run/xolphin-ssl/pages.sock", "http://localhost/page"],
      { uid },
    );
    expect(page.code).not.toBe(0);
    expect(received).toEqual([]);
  });

  test("F-32 uninstalling gives back to AutoSSL the names that were kept from it on our word, of renamed accounts too, and no others", async () => {
    await server.installPlugin({ folder, runDir: "" });
    const uapi = (name: string, ...more: string[]) =>
      server.lab.run([
        "/usr/local/cpanel/bin/uapi",
        "--output=json",
        `--user=${account}`,
        "SSL",
        name,
        ...more,
      ]);
    const others = `www.${domain}`;
    await uapi("add_autossl_excluded_domains", `domains=${domain},mail.${domain},${others}`);
    const list = join(server.rootDir, "var/cpanel/xolphin_ssl/autossl_excluded");
    // As it was called before it was renamed: its names tell whose they are now.
    writeFileSync(list, `formerly mail.${domain},${domain}\ngone gone.test\n`);
    const done = await server.lab.run(["/root/xolphin-ssl-cpanel/uninstall.sh"]);
    expect(done.stdout).toMatch(/could not be told to look after these names of gone again: gone\.test\n/);
    expect(done.stdout).not.toMatch(new RegExp(`of (${account}|formerly) again`));
    const { result } = JSON.parse((await uapi("get_autossl_excluded_domains")).stdout) as {
      result: { data: unknown };
    };
    expect(result.data).toEqual([{ excluded_domain: others }]);
    expect(existsSync(list)).toBe(false);
    await uapi("remove_autossl_excluded_domains", `domains=${others}`);
  });

  test("uninstalling takes everything of ours out of the panel, leaves its own things, and works twice", async () => {
    await server.installPlugin({ folder, runDir: "" });
    for (let turn = 0; turn < 2; turn += 1) {
      const done = await server.lab.run(["/root/xolphin-ssl-cpanel/uninstall.sh"]);
      expect([done.code, done.stderr]).toEqual([0, ""]);
    }
    // The panel's own copy of the icon is the panel's to keep.
    const left = await server.lab.run([
      "/bin/sh",
      "-c",
      "find /usr/local/cpanel /var/cpanel /opt -iname '*xolphin*' -not -path '*/application_icons/*'; cat /var/cpanel/hooks.yaml; ls /var/cpanel/apps",
    ]);
    expect(left.stdout.replaceAll(/\s/g, "")).toBe("[]");
    expect(existsSync(join(server.rootDir, "usr/local/cpanel/Cpanel/API"))).toBe(true);
    expect(existsSync(join(server.rootDir, "etc/xolphin-ssl/whm-token"))).toBe(false);
    expect((await open(bob, "/frontend/jupiter/index.html")).text).not.toContain("xolphin_ssl");
    await server.installPlugin({ folder, runDir: "" });
    expect((await open(bob, inAccount)).text).toContain("the <b>page</b>");
  });
});
