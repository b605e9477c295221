import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { readPageAssets } from "../../scripts/packing/page-assets.ts";
import { coverageStates } from "../../src/model/coverage.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { organisationProblems } from "../../src/model/organisation.ts";
import { preflightCodes } from "../../src/model/preflight.ts";
import { routes } from "../../src/pages/page-router.ts";
import type { PageRequest } from "../../src/panel.ts";
import {
  admin,
  approval,
  bob,
  detail,
  offerList,
  openRouter,
  orderPage,
  pageRequest,
  row,
  site,
  templates,
  waiting,
} from "./page-fixtures.ts";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env["SCREENSHOTS"];
const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const focusable = "a[href], button, input:not([type=hidden])";
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}
const router = openRouter();
const assets = readPageAssets(templates);
let browser: Browser;
let server: Server;
let origin: string;

/** Looks of frames that panels put around a fragment: a bare one that shrinks to its content, and one that styles everything. */
const draft = new Map([["draft", "xs-0123456789abcdef"]]);
function form(action: string): ReadonlyMap<string, string> {
  return new Map([
    ["token", router.tokens.issue(bob)],
    ["action", action],
  ]);
}

const frames: Readonly<Record<string, (fragment: string) => string>> = {
  bare: (fragment) =>
    `<!doctype html><html lang="en"><head><title>panel</title><meta name="viewport" content="width=device-width"><style>body{margin:0}#plugin-host{display:flex;justify-content:center}#iframe-container{display:inline-block;max-width:100vw}</style></head><body><div id="plugin-host"><div id="iframe-container">${fragment}</div></div></body></html>`,
  hostile: (fragment) =>
    `<!doctype html><html lang="en"><head><title>panel</title><meta name="viewport" content="width=device-width"><style>*{font-family:serif}h1{color:red;text-transform:uppercase}table td{background:yellow;border:5px solid red}a{color:lime;font-weight:900}input,button{float:right;color:pink}p{text-align:center}</style></head><body>${fragment}</body></html>`,
};

const requests: Readonly<Record<string, () => PageRequest>> = {
  websites: () => pageRequest("/", { caller: admin }),
  secured: () =>
    pageRequest("/", { query: new Map([["group", "secured"]]), caller: { ...bob, language: "de" } }),
  nothing: () =>
    pageRequest("/", { query: new Map([["search", "zzz"]]), caller: { ...bob, language: "fr" } }),
  thousand: () => pageRequest("/", { query: new Map([["search", "many"]]), caller: admin }),
  "order-names": () => pageRequest("/order", { caller: admin }),
  "order-product": () => pageRequest("/order", { query: new Map([["names", "example.test"]]) }),
  "order-details": () =>
    pageRequest("/order", {
      query: new Map([["draft", "details"]]),
      caller: { ...bob, language: "nl" },
      form: form("details"),
    }),
  "order-summary": () =>
    pageRequest("/order", { query: draft, caller: { ...bob, language: "de" }, form: form("place") }),
  "order-stopped": () => pageRequest("/order", { query: new Map([["draft", "stopped"]]) }),
  draft: () =>
    pageRequest("/request", { query: new Map([["id", "draft"]]), caller: { ...bob, language: "fr" } }),
  manage: () => pageRequest("/manage", { query: new Map([["id", "xs-1"]]) }),
  validation: () =>
    pageRequest("/validation", { query: new Map([["id", "xs-1"]]), caller: { ...bob, language: "nl" } }),
  answers: () =>
    pageRequest("/answers", { query: new Map([["id", "xs-1"]]), caller: { ...bob, language: "de" } }),
  "take-over": () => pageRequest("/take-over", { caller: { ...bob, language: "fr" } }),
  bulk: () => pageRequest("/bulk", { caller: admin }),
  list: () => pageRequest("/requests", { caller: admin }),
  empty: () => pageRequest("/requests", { query: new Map([["search", "zzz"]]) }),
  installed: () => pageRequest("/request", { query: new Map([["id", "installed"]]) }),
  waiting: () =>
    pageRequest("/request", { query: new Map([["id", "waiting"]]), caller: { ...bob, language: "nl" } }),
  administration: () => pageRequest("/admin", { caller: admin }),
  settings: () => pageRequest("/settings", { caller: admin }),
  "self-test": () => pageRequest("/self-test", { caller: admin }),
  problem: () => pageRequest("/nowhere"),
};

beforeAll(async () => {
  const installed = await router.data.readRequest();
  router.data.readRequest = async (...args: unknown[]) =>
    args[1] === "waiting"
      ? waiting()
      : args[1] === "draft"
        ? detail({ state: "draft", notAfter: null, installations: [], dcv: [] })
        : installed;
  router.data.approvals = [approval];
  router.data.readOrder = async (...args: unknown[]) =>
    args[1] === "stopped"
      ? orderPage({
          testEnvironment: true,
          needsApproval: true,
          findings: preflightCodes.map((code) => ({
            code,
            severity: code === "caa-forbids" ? "stop" : code === "not-looked" ? "note" : "warn",
            name: parseHostName("www.example.test"),
            fact: "198.51.100.7",
          })),
        })
      : args[1] === "details"
        ? orderPage({
            chosen: offerList.offers.at(-1) ?? null,
            organisationProblems: organisationProblems({ country: "Nederland" }, "EV"),
            withoutApprover: [parseHostName("www.example.test")],
          })
        : orderPage();
  const listed = coverageStates.map((state, index) =>
    site({
      state,
      vhost: `site${index}.example.test`,
      names: ["", "www.", "shop.", "blog.", "api.", "cdn."].map((label) =>
        parseHostName(`${label}site${index}.example.test`),
      ),
      uncovered: [parseHostName(`shop.site${index}.example.test`)],
      account: index % 2 === 0 ? "bob" : "eve",
      ...(state === "unprotected" || state === "unknown" ? { issuer: null, notAfter: null } : {}),
      ...(state === "waiting" || state === "under-way"
        ? { request: { reference: "xs-2", state: state === "waiting" ? "needs-you" : "validating" } as const }
        : state === "secured"
          ? {}
          : { request: null }),
    }),
  );
  const many = Array.from({ length: 1_000 }, (_, index) =>
    site({ vhost: `many${index}.test`, names: [parseHostName(`many${index}.test`)], state: "expired" }),
  );
  const readCoverage = router.data.readCoverage.bind(router.data);
  router.data.readCoverage = async (caller, filter) => {
    router.data.sites =
      filter.search === "many"
        ? many
        : filter.search === "zzz"
          ? []
          : filter.group === "secured"
            ? listed.slice(-1)
            : listed;
    return readCoverage(caller, filter);
  };
  router.data.listRequests = async (_caller, filter) => ({
    rows:
      filter.search === "zzz"
        ? []
        : [
            row({ state: "needs-you", reason: "dcv-zone-elsewhere", notAfter: null }),
            row({ state: "validating", reason: null, notAfter: null, account: "eve" }),
            row({ reference: "xs-2" }),
            row({ state: "cancelled", reason: "request-cancelled" }),
          ],
    total: filter.search === "zzz" ? 0 : 4,
    cut: false,
    pageSize: 25,
    counts: { all: 4, attention: 1, busy: 1, secured: 1, ended: 1 },
    showAccounts: true,
  });
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname.startsWith("/images/")) {
      const asset = assets.find(({ name }) => url.pathname.endsWith(`/${name}`));
      response.setHeader("content-type", url.pathname.endsWith(".css") ? "text/css" : "text/javascript");
      response.end(asset?.content);
      return;
    }
    const [, frame = "", name = ""] = url.pathname.split("/");
    const wanted = requests[name];
    if (wanted === undefined) {
      response.writeHead(404).end();
      return;
    }
    const page = await router.html(wanted());
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.setHeader("content-security-policy", "default-src 'self'; style-src 'self' 'unsafe-inline'");
    response.end(frames[frame]?.(page));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

async function open(
  path: string,
  options: { width: number; scheme: "light" | "dark"; javaScript?: boolean },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: 900 },
    colorScheme: options.scheme,
    javaScriptEnabled: options.javaScript ?? true,
    bypassCSP: true,
  });
  const page = await context.newPage();
  await page.goto(`${origin}/${path}`);
  return page;
}

/** Colours and widths fail apart from each other, so two looks find what four would. */
const looks = Object.keys(requests).flatMap((name) => [
  { name, scheme: "light" as const, width: 1280 },
  { name, scheme: "dark" as const, width: 360 },
]);

test("every page that there is, is looked at", async () => {
  const looked = new Set(Object.values(requests).map((wanted) => wanted().path));
  const forgotten: string[] = [];
  for (const { path } of routes) {
    const html = await router.html(
      pageRequest(path, { caller: admin, query: new Map([["id", "installed"]]) }),
    );
    // What is only ever handed out whole, JSON and downloads, is not there as a page.
    if (!html.includes("<code>not-found</code>") && !looked.has(path)) forgotten.push(path);
  }
  expect(forgotten).toEqual([]);
});

test.each(looks)(
  "$name, $scheme, $width px: no accessibility fault, nothing runs out of the side",
  async ({ name, scheme, width }) => {
    const page = await open(`bare/${name}`, { width, scheme });
    // A page that could not be shown is a page of its own; here it would hide the one that is meant.
    expect(await page.locator(".xssl code", { hasText: /^[a-z]+(-[a-z]+)+$/ }).count()).toBe(
      name === "problem" ? 1 : 0,
    );
    await page.evaluate(axe);
    const result = await page.evaluate<{ violations: Violation[] }>(
      `axe.run(document, { runOnly: ${JSON.stringify(standards)} })`,
    );
    expect(
      result.violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.html, node.failureSummary])]),
    ).toEqual([]);
    const runsOut = await page.evaluate<string[]>(`document.documentElement.scrollWidth <= window.innerWidth
      ? []
      : [...document.querySelectorAll(".xssl *")]
          .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
          .map((element) => element.outerHTML.slice(0, 200))`);
    expect(runsOut).toEqual([]);
    if (shots !== undefined) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`), fullPage: true });
    }
    await page.context().close();
  },
);

test("a frame that styles everything leaves our pages readable", async () => {
  const page = await open("hostile/list", { width: 1280, scheme: "light" });
  const seen = await page.evaluate(`(() => {
    const style = (selector) => window.getComputedStyle(document.querySelector(selector));
    return {
      headline: style(".xssl .xssl-heading-1").color,
      upper: style(".xssl .xssl-heading-1").textTransform,
      cell: style(".xssl td").backgroundColor,
      link: style(".xssl .xssl-row-link").color,
    };
  })()`);
  expect(seen).toEqual({
    headline: "rgb(28, 39, 51)",
    upper: "none",
    cell: "rgba(0, 0, 0, 0)",
    link: "rgb(11, 95, 165)",
  });
  await page.context().close();
});

test("everything is there without JavaScript, and every control can be reached by keyboard", async () => {
  const page = await open("bare/waiting", { width: 1280, scheme: "light", javaScript: false });
  await expect(page.locator("h1").textContent()).resolves.toContain("example.test vraagt aandacht");
  await expect(page.locator("button").count()).resolves.toBe(1);
  await page.context().close();
  const withScript = await open("bare/list", { width: 1280, scheme: "light" });
  const controls = await withScript.locator(focusable).count();
  const reached = new Set<string>();
  for (let turn = 0; turn < controls + 2; turn += 1) {
    await withScript.keyboard.press("Tab");
    reached.add(
      await withScript.evaluate<string>(
        `String([...document.querySelectorAll("${focusable}")].indexOf(document.activeElement))`,
      ),
    );
  }
  reached.delete("-1");
  expect(reached.size).toBe(controls);
  await withScript.context().close();
});

test("a chosen document is put into the form as text, and one that is too large is refused before it is sent", async () => {
  const page = await open("bare/answers", { width: 1280, scheme: "light" });
  const content = Buffer.from("%PDF-1.7 \u00e4\u00f6\u00fc ?>");
  const choose = (name: string, buffer: Buffer): Promise<void> =>
    page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/pdf", buffer });
  const value = (name: string): Promise<string> =>
    page.evaluate<string>(`document.querySelector("input[type=hidden][name='${name}']").value`);
  await choose("extract.pdf", content);
  await page.waitForFunction(`document.querySelector("input[type=hidden][name='document']").value !== ""`);
  expect(await value("document")).toBe(content.toString("base64url"));
  expect(await value("document-name")).toBe("extract.pdf");
  await choose("large.pdf", Buffer.alloc(800_000));
  await page.waitForFunction(`document.querySelector("input[type=hidden][name='document']").value === ""`);
  const problem = await page.evaluate<string>(`document.querySelector("input[type=file]").validationMessage`);
  expect(problem).toContain("700 kB");
  await page.context().close();
});
