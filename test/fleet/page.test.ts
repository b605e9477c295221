import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";
import { openSignOn } from "./sign-on.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const shots = process.env["SCREENSHOTS"];
const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;

let stage: FleetStage;
let server: FleetServer;
let browser: Browser;
let ann: Awaited<ReturnType<typeof openSignOn>>;
let bea: typeof ann;

beforeAll(async () => {
  if (noBus !== "") return;
  stage = await FleetStage.open({
    gatewaySettings: "policy: { limits: { ordersPerDay: 3, ordersPerAccountPerDay: 2 } }",
  });
  server = await stage.addServer("web01");
  await stage.addServer("web02");
  ann = await openSignOn(socket(), "ann");
  bea = await openSignOn(socket(), "bea");
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  await ann?.close();
  await bea?.close();
  await stage?.close();
});

function socket(): string {
  return join(stage.hubSettings.gateway.runDir, "fleet.sock");
}

async function tokenOf(origin: string): Promise<string> {
  const html = await (await fetch(`${origin}/reissue`)).text();
  return / name="token" value="([^"]+)"/.exec(html)?.[1] ?? "";
}

function post(origin: string, path: string, form: Record<string, string>, headers = {}): Promise<Response> {
  return fetch(`${origin}${path}`, {
    method: "POST",
    body: new URLSearchParams(form),
    headers,
    redirect: "manual",
  });
}

async function begun(): Promise<number> {
  return (await (await fetch(`${ann.origin}/`)).text()).match(/<section/g)?.length ?? 0;
}

onBus(`the page lies on a socket that its group alone may open, and on no port${noBus}`, () => {
  expect(statSync(socket()).mode & 0o777).toBe(0o660);
  expect(statSync(stage.hubSettings.gateway.runDir).mode & 0o007).toBe(0);
});

onBus(`it answers what it has and nothing else, with headers that let nothing in${noBus}`, async () => {
  const statuses = async (method: string, path: string): Promise<number> =>
    (await fetch(`${ann.origin}${path}`, { method })).status;
  expect(await statuses("GET", "/")).toBe(200);
  expect(await statuses("HEAD", "/")).toBe(200);
  expect(await statuses("PUT", "/")).toBe(405);
  expect(await statuses("DELETE", "/reissue")).toBe(405);
  expect(await statuses("GET", "/stop")).toBe(404);
  expect(await statuses("GET", "/../../etc/passwd")).toBe(404);
  expect(await statuses("GET", "/fleet.css/")).toBe(404);
  const { headers } = await fetch(`${ann.origin}/`);
  expect(headers.get("content-security-policy")).toBe(
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  for (const [name, value] of [
    ["cache-control", "no-store"],
    ["x-content-type-options", "nosniff"],
    ["x-frame-options", "DENY"],
    ["referrer-policy", "no-referrer"],
  ] as const) {
    expect([name, headers.get(name)]).toEqual([name, value]);
  }
  expect(headers.get("access-control-allow-origin")).toBeNull();
});

onBus(`a request that is none is refused and the page goes on${noBus}`, async () => {
  await new Promise<void>((resolve) => {
    const line = createConnection(socket(), () => line.end("GET //[ HTTP/1.1\r\nHost: [\r\n\r\n"));
    line.on("close", () => resolve()).on("error", () => resolve());
    line.resume();
  });
  expect((await fetch(`${ann.origin}/`)).status).toBe(200);
});

onBus(
  `what a hostile server says of itself stays text, in every place where it is shown${noBus}`,
  async () => {
    const ask = await stage.askAs(server);
    const report = {
      version: evil.slice(0, 64),
      panel: evil.slice(0, 32),
      hostName: evil,
      requests: { [evil.slice(0, 32)]: 1, installed: 1 },
      queue: { due: 0, waiting: 0 },
      failed: 0,
      ending: 0,
      lastSweep: null,
    };
    await ask("heartbeat", report);
    await ask("news", { stock: [{ issuer: evil, ends: [[30_000, 5]] }], progress: [] });
    for (const wrong of [
      { ...report, hostName: "x".repeat(300) },
      { ...report, failed: -1 },
      { ...report, more: 1 },
    ]) {
      await expect(ask("heartbeat", wrong)).rejects.toMatchObject({ code: "input-invalid" });
    }
    for (const path of ["/", "/reissue", `/reissue?issuer=${encodeURIComponent(evil)}`]) {
      const html = await (await fetch(ann.origin + path)).text();
      expect(html).toContain("&lt;script&gt;");
      expect(html).not.toMatch(/<script|<img/);
    }
    const reason = evil;
    const token = await tokenOf(ann.origin);
    const page = await fetch(`${ann.origin}/reissue?issuer=${encodeURIComponent(evil)}`);
    expect(await page.text()).toContain("<strong>5</strong> certificates");
    const wish = { token, consent: "yes", count: "5", issuer: evil, pace: "urgent", reason };
    expect((await post(ann.origin, "/reissue", wish)).status).toBe(303);
    const html = await (await fetch(`${ann.origin}/`)).text();
    expect(html).toContain("by ann");
    expect(html).not.toMatch(/<script|<img/);
  },
);

onBus(`a person chooses, counts, begins and stops in a browser, without JavaScript${noBus}`, async () => {
  for (const { agent } of stage.servers) await agent.fleet?.heartbeat();
  await stage.untilInstalled(server, await stage.order(server));
  await server.agent.fleet?.heartbeat();
  // The hostile stock is told anew only when it changed: now it has.
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 1280, height: 900 },
  });
  const page = await context.newPage();
  await page.goto(ann.origin);
  await page.getByRole("link", { name: "Choose certificates" }).click();
  await page.getByLabel(/^Servers/).selectOption("web01");
  await page.getByLabel("Ending before").fill("2099-01-01");
  await page.getByRole("button", { name: "Count them" }).click();
  await expect(page.locator("strong").textContent()).resolves.toBe("1");
  await page.getByLabel("Pace").selectOption("urgent");
  await page.getByLabel(/^Reason/).fill("Key compromise drill");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.getByRole("status").textContent()).resolves.toContain("Begun");
  await server.agent.fleet?.heartbeat();
  await page.getByRole("link", { name: "Look again" }).click();
  const [run] = await page.locator("section").all();
  await expect(run?.textContent()).resolves.toContain("Key compromise drill");
  await expect(run?.textContent()).resolves.toContain("of 1 replaced");
  await run?.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("status").textContent()).resolves.toContain("Stopped");
  await context.close();
});

onBus(
  `a form that is not one of ours changes nothing: without token, with another's, from another site, of another kind, too long${noBus}`,
  async () => {
    await server.agent.fleet?.heartbeat();
    const form = { consent: "yes", count: "1", server: "web01", pace: "calm" };
    const token = await tokenOf(ann.origin);
    const before = await begun();
    const refused = [
      await post(ann.origin, "/reissue", form),
      await post(ann.origin, "/reissue", { ...form, token: "x".repeat(43) }),
      await post(ann.origin, "/reissue", { ...form, token: await tokenOf(bea.origin) }),
      await post(ann.origin, "/reissue", { ...form, token }, { "sec-fetch-site": "cross-site" }),
      await post(ann.origin, "/reissue", { ...form, token }, { "sec-fetch-site": "same-site" }),
      await post(ann.origin, "/stop", { id: "20200101000000-abcdef" }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    const plain = await fetch(`${ann.origin}/reissue`, {
      method: "POST",
      body: JSON.stringify({ ...form, token }),
      headers: { "content-type": "text/plain" },
    });
    expect(plain.status).toBe(400);
    const long = await post(ann.origin, "/reissue", { ...form, token, reason: "x".repeat(20_000) });
    expect(long.status).toBe(400);
    // With the right token, still: nobody agreed, and the number is another one.
    const silent = await post(ann.origin, "/reissue", { ...form, token, consent: "" });
    const other = await post(ann.origin, "/reissue", { ...form, token, count: "7" });
    expect([silent.status, other.status]).toEqual([409, 409]);
    expect(await begun()).toBe(before);
  },
);

onBus.each([
  { path: "/", scheme: "light", width: 1280 },
  { path: "/", scheme: "dark", width: 360 },
  { path: "/reissue", scheme: "light", width: 1280 },
  { path: "/reissue", scheme: "dark", width: 360 },
] as const)(
  `$path, $scheme, $width px: no accessibility fault, nothing runs out of the side, all by keyboard${noBus}`,
  async ({ path, scheme, width }) => {
    const context = await browser.newContext({
      colorScheme: scheme,
      viewport: { width, height: 900 },
      bypassCSP: true,
    });
    const page = await context.newPage();
    await page.goto(ann.origin + path);
    await page.evaluate(axe);
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      `axe.run(document, { runOnly: ${JSON.stringify(standards)} })`,
    );
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(
      await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth"),
    ).toBeLessThanOrEqual(0);
    expect(await unreached(page)).toEqual([]);
    if (shots !== undefined) {
      mkdirSync(shots, { recursive: true });
      const name = `fleet${path.replaceAll("/", "-")}-${scheme}-${width}.png`;
      await page.screenshot({ path: join(shots, name), fullPage: true });
    }
    await context.close();
  },
);

/** Controls that the Tab key does not come to. */
async function unreached(page: Page): Promise<string[]> {
  const focusable = "a[href], button, input:not([type=hidden]), select, summary";
  const count = await page.locator(focusable).count();
  await page.evaluate("document.activeElement?.blur()");
  for (let turn = 0; turn < count * 5 + 20; turn += 1) {
    await page.keyboard.press("Tab");
    await page.evaluate("document.activeElement?.setAttribute('data-reached', '')");
  }
  return page.evaluate<string[]>(
    `[...document.querySelectorAll("${focusable}")].filter((one) => !one.hasAttribute("data-reached")).map((one) => one.outerHTML)`,
  );
}

onBus(
  `a server spends no more than the hub's rules let it, and the fleet no more than its own, whatever the servers' rules say${noBus}`,
  async () => {
    const [, other] = stage.servers;
    if (other === undefined) throw new Error("no server");
    const bought = (): number => stage.ca.requestsTo("POST", /\/requests$/).length;
    // One was ordered above; the second of two goes through, the third does not.
    stage.addDomain(server.panel, "second.test");
    stage.addDomain(server.panel, "third.test");
    await stage.order(server, "second.test");
    const before = bought();
    await expect(stage.order(server, "third.test")).rejects.toMatchObject({ code: "order-limit-reached" });
    await stage.order(other, "web02.test");
    stage.addDomain(other.panel, "fourth.test");
    await expect(stage.order(other, "fourth.test")).rejects.toMatchObject({ code: "order-limit-reached" });
    expect(bought()).toBe(before + 1);
  },
);
