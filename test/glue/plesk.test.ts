import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readHandover } from "../../panels/plesk/page-request.ts";
import { Secret } from "../../src/secret.ts";
import { packPleskExtension } from "../demo/servers/plesk-package.ts";
import { withExtensions } from "../labs/plesk/extensions/extension-host.ts";
import { type PleskLab, startPleskLab } from "../labs/plesk/plesk-lab.ts";
import { callPlesk } from "../labs/tests/plesk-panel-client.ts";

const run = promisify(execFile);
const key = "a".repeat(64);
const page = "/modules/xolphin-ssl/index.php/index/index";
let folder: string;
let lab: PleskLab;
let agent: Server;
let received: { path: string; body: Buffer }[];
let answer: { status: number; body: string | Buffer };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plesk-glue-"));
  chmodSync(folder, 0o755);
  lab = await startPleskLab({ rootDir: join(folder, "server"), secondMs: 20, extensions: withExtensions });
  await lab.addAccount({ login: "bob", locale: "nl-NL" });
  await lab.addAccount({ login: "rita", role: "reseller" });
  await lab.addAccount({ login: "eve" });
  lab.addPlan("Without certificates", { "ext-xolphin-ssl-manage_certificates": false });
  await run(lab.command, ["bin", "extension", "--install", packPleskExtension(folder)]);
  await lab.addDomain("bob", "bob.test");
  await lab.addDomain("bob", "plain.test", { plan: "Without certificates" });
  await lab.addDomain("eve", "eve.test", { plan: "Without certificates" });
  const runDir = join(folder, "run");
  mkdirSync(runDir);
  chmodSync(runDir, 0o755);
  writeFileSync(join(runDir, "pages.key"), key, { mode: 0o644 });
  writeFileSync(psa("var/modules/xolphin-ssl/run-dir"), `${runDir}\n`);
  agent = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      received.push({ path: request.url ?? "", body });
      const asked = body.toString("utf8").includes('"query":"page=tally"');
      response
        .writeHead(answer.status)
        .end(asked ? 'HTTP/1.1 200 OK\r\n\r\n{"installing":0,"attention":2}' : answer.body);
    });
  });
  await new Promise<void>((resolve) => agent.listen(join(runDir, "pages.sock"), resolve));
  chmodSync(join(runDir, "pages.sock"), 0o666);
});

beforeEach(() => {
  received = [];
  answer = { status: 200, body: '<div class="xssl"><p>the page &amp; all</p></div>' };
});

afterAll(async () => {
  await new Promise<void>((resolve) => agent.close(() => resolve()));
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
});

function psa(...parts: string[]): string {
  return join(lab.rootDir, "opt/psa", ...parts);
}

/** What was handed over for the page itself, verified. */
function handedOver(): ReturnType<typeof readHandover> {
  const first = received.find(({ body }) => !body.toString("utf8").includes('"query":"page=tally"'));
  return readHandover(first?.body, new Secret(key));
}

/** The agent's control socket for one call: its address and body. */
function listenOnce(socket: string): { told: Promise<string>; server: Server } {
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      response.end("{}");
      resolve(`${request.url} ${body}`);
    });
  }).listen(socket);
  return { told: promise, server };
}

/** What the panel was asked to tell its administrator. */
function sentNotifications(): object[] {
  const { notifications } = JSON.parse(readFileSync(psa("var/psa.json"), "utf8")) as {
    notifications: object[];
  };
  return notifications;
}

function siteId(name: string): number {
  const { sites } = JSON.parse(readFileSync(psa("var/psa.json"), "utf8")) as {
    sites: { id: number; name: string }[];
  };
  return sites.find((site) => site.name === name)?.id ?? 0;
}

describe("pages in the panel's frame", () => {
  test.each([
    ["bob", "client", ["bob.test"], ["plain.test"]],
    ["rita", "reseller", null, []],
    ["admin", "admin", null, []],
  ])("%s is told to the agent as %s, from the session alone", async (login, role, permitted, closed) => {
    const shown = await callPlesk(lab, `${page}?page=request&id=xs-1&login=admin&role=admin`, {
      session: lab.login(login),
    });
    expect(shown.status).toBe(200);
    expect(shown.text).toContain("<p>the page &amp; all</p>");
    const { identity, body } = handedOver();
    expect(identity).toMatchObject({
      login,
      role,
      permitted,
      closed,
      impersonator: null,
      site: null,
      output: "page",
      method: "GET",
    });
    expect(identity.query).toBe("page=request&id=xs-1&login=admin&role=admin");
    expect(identity.locale).toBe(login === "bob" ? "nl-NL" : "en-US");
    expect(body.length).toBe(0);
  });

  test("who acts as a customer is named beside them", async () => {
    await callPlesk(lab, page, { session: lab.login("bob", "admin") });
    expect(handedOver().identity).toMatchObject({ login: "bob", role: "client", impersonator: "admin" });
  });

  test("nobody without a session gets in, and the agent is not asked", async () => {
    const shown = await callPlesk(lab, page);
    expect(shown.text).not.toContain("the page");
    expect(received).toEqual([]);
  });

  test("a website's own page carries it along, for whom the panel lets see it and for nobody else", async () => {
    await callPlesk(lab, `${page}?dom_id=${siteId("bob.test")}&site_id=${siteId("bob.test")}`, {
      session: lab.login("bob"),
    });
    expect(handedOver().identity.site).toEqual({ id: siteId("bob.test"), name: "bob.test" });
    received = [];
    const refused = await callPlesk(lab, `${page}?site_id=${siteId("bob.test")}`, {
      session: lab.login("eve"),
    });
    expect(refused.status).toBe(500);
    expect(received).toEqual([]);
  });

  test.each(["site_id[]=", "dom_id[a]=", "site_id=0x"])(
    "an address whose website is no number (%s…) opens no website's page",
    async (wrong) => {
      const shown = await callPlesk(lab, `${page}?${wrong}${siteId("bob.test")}`, {
        session: lab.login("bob"),
      });
      expect([shown.status, handedOver().identity.site]).toEqual([200, null]);
    },
  );

  test("a form without the panel's token never arrives; with it, its body arrives whole", async () => {
    const session = lab.login("bob");
    const form = { token: "ours", note: "ü & \n=" };
    const refused = await callPlesk(lab, page, { session, form });
    expect([refused.status, received.length]).toEqual([403, 0]);
    await callPlesk(lab, page, {
      session,
      form: { ...form, forgery_protection_token: session.forgeryToken },
    });
    const { identity, body } = handedOver();
    expect(identity).toMatchObject({ method: "POST", contentType: "application/x-www-form-urlencoded" });
    expect(Object.fromEntries(new URLSearchParams(body.toString("utf8")))).toMatchObject(form);
  });

  test("an uploaded file arrives byte for byte", async () => {
    const session = lab.login("bob");
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    const form = new FormData();
    form.set("token", "ours");
    form.set("forgery_protection_token", session.forgeryToken);
    form.set("document", new Blob([bytes]), 'a "quoted" name.pdf');
    const encoded = new Response(form);
    await callPlesk(lab, page, {
      session,
      body: Buffer.from(await encoded.arrayBuffer()),
      headers: {
        "content-type": encoded.headers.get("content-type") ?? "",
        "x-forgery-protection-token": session.forgeryToken,
      },
    });
    const { identity, body } = handedOver();
    const read = await new Response(new Uint8Array(body), {
      headers: { "content-type": identity.contentType },
    }).formData();
    expect(read.get("token")).toBe("ours");
    expect(Buffer.from(await (read.get("document") as File).arrayBuffer()).equals(bytes)).toBe(true);
  });

  test("a download is handed on as it is: status, headers and bytes", async () => {
    const bytes = Buffer.from("first\r\n\r\n\0second");
    const head =
      'HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename="a.zip"\r\nCache-Control: no-store\r\n\r\n';
    answer = { status: 200, body: Buffer.concat([Buffer.from(head), bytes]) };
    const got = await callPlesk(lab, "/modules/xolphin-ssl/index.php/index/raw?page=download", {
      session: lab.login("bob"),
    });
    expect(handedOver().identity.output).toBe("raw");
    expect(got.headers).toMatchObject({
      "content-type": "application/zip",
      "content-disposition": 'attachment; filename="a.zip"',
      "cache-control": "no-store",
    });
    expect(got.text).toBe(bytes.toString());
  });

  describe("the panel's forgery token", () => {
    const field = (value: string): string =>
      `<input type="hidden" name="forgery_protection_token" value="${value}">`;
    const typed =
      "&lt;input type=&quot;hidden&quot; name=&quot;forgery_protection_token&quot; value=&quot;&quot;&gt;";
    const html = `<form method="post">${field("")}</form><p>${typed}</p><form method="post">${field("")}</form>`;

    test("a form without it, with somebody else's or with a made-up one is refused and never reaches the agent", async () => {
      const session = lab.login("bob");
      for (const token of [undefined, "", "0".repeat(32), lab.login("eve").forgeryToken]) {
        const form = { token: "ours", ...(token === undefined ? {} : { forgery_protection_token: token }) };
        expect(await callPlesk(lab, page, { session, form })).toMatchObject({ status: 403 });
      }
      expect(received).toEqual([]);
    });

    test("each form of a page has that of the session, without a script; what people typed does not get it", async () => {
      answer = { status: 200, body: html };
      const session = lab.login("bob");
      const { text } = await callPlesk(lab, page, { session });
      expect(text).toContain(html.replaceAll(field(""), field(session.forgeryToken)));
      const [, token = ""] = /name="forgery_protection_token" value="(\w+)"/.exec(text) ?? [];
      const sent = await callPlesk(lab, page, {
        session,
        form: { token: "ours", forgery_protection_token: token },
      });
      expect(sent.status).toBe(200);
    });

    test("the forms in a website's own card have it as well", async () => {
      answer = { status: 200, body: html };
      const session = lab.login("bob");
      const { text } = await callPlesk(lab, `/smb/web/overview/id/${siteId("bob.test")}`, { session });
      expect(text).toContain(html.replaceAll(field(""), field(session.forgeryToken)));
    });
  });

  test.each([404, 500])(
    "when the agent answers %i or nothing, a friendly word stands there",
    async (status) => {
      answer = { status, body: "stack trace" };
      const shown = await callPlesk(lab, page, { session: lab.login("eve") });
      expect(shown.text).toContain("The certificate service does not answer just now");
      expect(shown.text).not.toContain("stack trace");
    },
  );
});

describe("places of the panel's own", () => {
  test("a customer's plan decides: the buttons and the card's tab are there or not", async () => {
    const found = async (login: string, address: string): Promise<string> =>
      (await callPlesk(lab, address, { session: lab.login(login) })).text;
    const card = (name: string): string => `/smb/web/overview/id/${siteId(name)}`;
    const [dutch, english] = ["SSL-certificaten (Xolphin)", "SSL certificates (Xolphin)"];
    const shown = "<p>the page &amp; all</p>";
    expect(await found("bob", "/smb/web/view")).toContain(dutch);
    expect(await found("eve", "/smb/web/view")).not.toContain(english);
    // The button and the tab with our page in it; a website whose plan lacks it has neither, for the administrator both.
    for (const there of [dutch, shown]) expect(await found("bob", card("bob.test"))).toContain(there);
    for (const there of [`site_id=${siteId("plain.test")}`, shown]) {
      expect(await found("bob", card("plain.test"))).not.toContain(there);
      expect(await found("admin", card("plain.test"))).toContain(there);
    }
  });

  test.each([
    [
      "a website's card",
      "bob",
      (id: number) => `/smb/web/overview/id/${id}`,
      "",
      /<h3>Security<\/h3><ul>(.*?)<\/ul>/s,
    ],
    ["the customer's sidebar", "bob", () => "/smb/web/view", "", /<nav class="page-sidebar".*?<\/nav>/s],
    ["the reseller's sidebar", "rita", () => "/smb/web/view", "", /<nav class="page-sidebar".*?<\/nav>/s],
    ["the administrator's sidebar", "admin", () => "/admin/home", "", /<nav class="page-sidebar".*?<\/nav>/s],
    [
      "Tools & Settings",
      "admin",
      () => "/admin/server/tools",
      "page=admin",
      /<h2>Security<\/h2><ul>(.*?)<\/ul>/s,
    ],
  ])("%s leads to our page, which opens", async (_place, login, address, query, where) => {
    const session = lab.login(login);
    const site = siteId("bob.test");
    const { text } = await callPlesk(lab, address(site), { session });
    const part = where.exec(text)?.[0] ?? "";
    const links = [...part.matchAll(/<a href="(\/modules\/xolphin-ssl\/[^"]*)"/g)].map(([, link = ""]) =>
      link.replaceAll("&#38;", "&"),
    );
    expect(links).toHaveLength(1);
    const link = new URL(links[0] ?? "", lab.url);
    expect(link.pathname).toBe(page);
    const own = address(0) === address(1) ? query : `site_id=${site}`;
    expect(link.search).toContain(own);
    received = [];
    expect(await callPlesk(lab, `${link.pathname}${link.search}`, { session })).toMatchObject({
      status: 200,
    });
    expect(handedOver().identity).toMatchObject({ login, query: link.search.slice(1) });
  });

  test.each(["start", "stop", "restart"])(
    "Services Management's %s is handed to root's side as one word, and nothing else",
    async (action) => {
      const xolctl = psa("admin/sbin/modules/xolphin-ssl/xolctl");
      const [real, said] = [readFileSync(xolctl), join(folder, `said-${action}`)];
      writeFileSync(
        xolctl,
        `#!/bin/sh\nprintf '%s\\n' "$(id -u)" "$@" >> ${said}\n[ "$1" != status ] || exit 3\n`,
      );
      try {
        const services = await lab.extensions.hook("xolphin-ssl", "SystemServices", "getServices", {});
        expect(services).toMatchObject([{ configured: true, running: false }]);
        rmSync(said);
        const params = { id: "xolphin-ssl", action };
        expect(await lab.extensions.hook("xolphin-ssl", "SystemServices", "service", params)).toBe(true);
        expect(readFileSync(said, "utf8")).toBe(`0\n${action}\n`);
      } finally {
        writeFileSync(xolctl, real);
      }
    },
  );

  test.each([
    ["a customer finds their own websites that the plan lets them secure", "bob", ["bob.test"]],
    ["a customer without certificates in the plan finds none", "eve", []],
    ["the administrator finds all", "admin", ["bob.test", "eve.test", "plain.test"]],
  ])("the panel's search: %s", async (_name, login, websites) => {
    const { status, text } = await callPlesk(lab, "/smb/search?q=.test", { session: lab.login(login) });
    expect(status).toBe(200);
    const found = [
      ...text.matchAll(/<a href="([^"]*site_id=[^"]*)"[^>]*>(?:<img[^>]*>)?<span>SSL[^<]* (\S+)<\/span>/g),
    ];
    expect(found.map(([, , name]) => name).sort()).toEqual(websites);
    for (const [, link, name = ""] of found) {
      expect(link).toBe(`/modules/xolphin-ssl/index.php/index/index?site_id=${siteId(name)}`);
    }
  });

  test("a restored backup that the agent cannot be told of waits for the next day, and its settings can be read", async () => {
    const orders = [{ reference: "xs-1", id: 42, account: "bob", names: ["bob.test"] }, { id: null }];
    const config = JSON.stringify({ policy: { renewal: "ask" }, orders });
    const given = { pleskVersion: "18.0.78", extVersion: "1.0.0", config, folder: psa("tmp") };
    for (const idMap of [false, true]) {
      await lab.extensions.hook("xolphin-ssl", "Backup_Server", "restore", { ...given, idMap });
      const kept = psa("var/modules/xolphin-ssl");
      expect(readFileSync(join(kept, "restored-orders.json"), "utf8")).toBe("[42]");
      expect(readFileSync(join(kept, "restored-settings.json"), "utf8")).toBe('{"renewal":"ask"}');
    }
    writeFileSync(psa("admin/sbin/modules/xolphin-ssl/run-dir"), `${join(folder, "run")}\n`);
    const { told, server } = listenOnce(join(folder, "run/control.sock"));
    await lab.extensions.runScheduled("xolphin-ssl");
    expect(await told).toBe('/operations/restored [{"ids":[42]}]');
    server.close();
    expect(existsSync(psa("var/modules/xolphin-ssl/restored-orders.json"))).toBe(false);
  });

  test("a file that root left behind does not silence the daily task", async () => {
    const left = psa("var/modules/xolphin-ssl/restored-orders.json");
    writeFileSync(left, "[42]", { mode: 0o600 });
    const before = sentNotifications().length;
    try {
      expect(await lab.extensions.runScheduled("xolphin-ssl")).toMatchObject([{ code: 0, stderr: "" }]);
      expect(sentNotifications()).toHaveLength(before + 2);
    } finally {
      rmSync(left);
    }
  });

  test("services, notifications and backup say what the agent says", async () => {
    const services = await lab.extensions.hook("xolphin-ssl", "SystemServices", "getServices", {});
    expect(services).toMatchObject([{ id: "xolphin-ssl", name: "Xolphin SSL" }]);
    expect(await lab.extensions.hook("xolphin-ssl", "Notifications", "getNotifications", {})).toHaveProperty(
      "attention",
    );
    answer = { status: 200, body: 'HTTP/1.1 200 OK\r\n\r\n{"policy":{},"orders":[]}' };
    expect(await lab.extensions.hook("xolphin-ssl", "Backup_Server", "backup", {})).toEqual([
      '{"policy":{},"orders":[]}',
      [],
      [],
    ]);
    const [told] = await lab.extensions.runScheduled("xolphin-ssl");
    expect(told).toMatchObject({ code: 0 });
    for (const id of ["attention", "attention-mail"]) {
      expect(sentNotifications()).toContainEqual(expect.objectContaining({ id, params: { count: "2" } }));
    }
  });
});

test("events of the panel are told once, by a handler that hands nothing on and never fails; removing takes it away", async () => {
  const listed = async (): Promise<string[]> =>
    (await run(lab.command, ["bin", "event_handler", "--list"])).stdout.match(/xolevents wake/g) ?? [];
  const count = (await listed()).length;
  expect(count).toBeGreaterThan(3);
  await run(lab.command, ["bin", "extension", "--upgrade", packPleskExtension(folder)]);
  expect((await listed()).length).toBe(count);
  const { told: woken, server } = listenOnce(join(folder, "run/control.sock"));
  writeFileSync(psa("admin/sbin/modules/xolphin-ssl/run-dir"), `${join(folder, "run")}\n`);
  const wake = psa("admin/sbin/modules/xolphin-ssl/xolevents");
  await run(wake, ["wake"], { env: { NEW_CERTIFICATE: "-----BEGIN PRIVATE KEY-----" } });
  expect(await woken).toBe("/operations/panelChanged []");
  server.close();
  await run(wake, ["wake"]);
  await run(lab.command, ["bin", "extension", "--uninstall", "xolphin-ssl"]);
  expect(await listed()).toEqual([]);
});
