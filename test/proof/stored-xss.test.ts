import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import { readPageAssets } from "../../scripts/packing/page-assets.ts";
import { sendMessage } from "../../src/jobs/answer-ca.ts";
import { placeOrder } from "../../src/jobs/place-order.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { timelineKinds } from "../../src/model/timeline.ts";
import type { AnswerPage } from "../../src/pages/page-router.ts";
import type { Caller } from "../../src/panel.ts";
import { exampleOrganisation } from "../fakes/example-organisation.ts";
import { openPagesFor } from "../journeys/page-visitor.ts";
import { Stage } from "../journeys/stage.ts";
import { admin, bob, pageRequest, templates } from "../pages/page-fixtures.ts";
import { everyPage } from "./every-page.ts";
import { seed, textColumns, typedColumns } from "./stored-text.ts";

/*
 * Everything the store keeps as text is a polyglot, then every page is opened in Chromium without the help of a content
 * security policy (spec reliability T-13). The same pages with harmless texts say what their markup has to be.
 */

/** Leaves text, attributes in either quotes, comments, styles, titles, text areas and scripts, and runs at once. */
const polyglot = (place: string): string =>
  `${place}"'>--></style></title></textarea></script><img src=x onerror=ran('${place}')><svg onload=ran('${place}')><script>ran('${place}')</script><a href="javascript:ran('${place}')" autofocus onfocus=ran('${place}')>\`\${ran('${place}')}\`{{7*7}}<%= 7*7 %>\u202e`;
/** No host name, number or word of ours either, and as long. */
const harmless = (place: string): string => `${place} (harmless) `.padEnd(polyglot(place).length, "x ");

const references: string[] = [];
let stage: Stage;
let server: Server;
let browser: Browser;
let answer: AnswerPage;
const asked = new Map<string, () => Promise<string>>();

beforeAll(async () => {
  stage = await Stage.open();
  await furnish();
  answer = openPagesFor(stage).answer;
  const assets = readPageAssets(templates);
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname.startsWith("/images/")) {
      const asset = assets.find(({ name }) => url.pathname.endsWith(`/${name}`));
      response.setHeader("content-type", url.pathname.endsWith(".css") ? "text/css" : "text/javascript");
      response.end(asset?.content);
      return;
    }
    const page = await asked.get(decodeURIComponent(url.search.slice(1)))?.();
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.writeHead(page === undefined ? 404 : 200).end(`<!doctype html><html><head></head><body>${page}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await stage.close();
});

/** One order of each sort, and a row in every table that pages read. */
async function furnish(): Promise<void> {
  const { context } = stage.agent;
  const { store, clock } = context;
  stage.panel.addAccount("rob", { role: "reseller" });
  for (const text of [harmless, polyglot]) stage.panel.addAccount(text("requests.account"), { owner: "rob" });
  const done = await stage.order("example.test");
  await stage.untilState(done.reference, "installed");
  stage.panel.addVhost("bob", "second.test");
  const organised = await placeOrder(
    context,
    context.makeCsr,
    {
      kind: "order",
      predecessor: null,
      account: "bob",
      accountCreatedAt: "2026-01-01",
      names: [parseHostName("second.test")],
      product: { id: 2, name: "InstantSSL", validation: "OV" },
      years: 1,
      dcvMethod: "DNS",
      approverEmail: null,
      withoutFreeName: true,
      keyKind: "ec-p256",
      organisation: exampleOrganisation,
    },
    "page",
  );
  await stage.untilRequest(
    organised.reference,
    ({ dcv }) => dcv.length > 0 && dcv.every(({ state }) => state === "validated"),
  );
  await sendMessage(context, organised, "hello", "page").catch(() => undefined);
  const failed = await stage.order("third.test");
  references.push(done.reference, organised.reference, failed.reference);
  const now = clock.now();
  const [first = "", second = "", third = ""] = references;
  store.notes.put(second, [{ id: 7, at: now, fromCa: true, text: "message" }]);
  store.requests.change(third, { state: "failed", reason: "ca-rejected" as never, detail: "detail" }, now);
  store.requests.change(
    second,
    { state: "needs-you", reason: "organisation" as never, detail: "detail" },
    now,
  );
  store.drafts.put(
    third,
    {
      names: ["third.test"],
      productId: 1,
      years: 1,
      keyKind: "ec-p256",
      dcvMethod: "DNS",
      approverEmail: "a@b.test",
      organisation: { company: "c" },
    } as never,
    now,
  );
  store.drafts.consent(third, { by: "bob", level: "account", cents: 900 }, now);
  const handover = { id: "1", account: "bob", keyId: null, createdAt: new Date(0) };
  store.handovers.add({ ...handover, direction: "out", peer: "web02", state: "offered" }, []);
  for (const kind of timelineKinds) {
    for (const reference of references) {
      store.timeline.add(reference, {
        at: now,
        kind,
        source: "webhook",
        data: {
          name: "a",
          vhost: "a",
          method: "a",
          step: "a",
          status: "a",
          state: "a",
          issuer: "a",
          address: "a",
          addresses: "a",
          by: "a",
          file: "a",
          document: "a",
          text: "a",
          product: "a",
        },
      });
    }
  }
  store.acceptHints([
    {
      receivedAt: now,
      source: "185.93.12.91",
      requestId: 4_711,
      status: "Updated",
      state: "DCV",
      domain: parseHostName("example.test"),
    },
  ]);
  const { db } = store;
  const at = now.getTime();
  store.drafts.approve(third, "admin", now);
  db.run(
    "UPDATE dcv_names SET email = 'admin@example.test', file = ?",
    JSON.stringify({ host: "example.test", path: "/.well-known/pki-validation/a.txt", content: "a" }),
  );
  db.run("INSERT INTO bulks (by, reason, urgent, created_at) VALUES ('admin', 'key-compromise', 1, ?)", at);
  db.run("INSERT INTO bulk_items (bulk, reference) VALUES (1, ?)", first);
  db.run(
    "INSERT INTO organisations (account, account_created_at, fields, updated_at) VALUES ('bob', '2026-01-01', ?, ?)",
    JSON.stringify({ company: "c", city: "d" }),
    at,
  );
  db.run(
    "INSERT INTO notices (reference, recipient, kind, mark, created_at, outcome) VALUES (?, 'bob', 'needs-you', 'm', ?, 'sent')",
    first,
    at,
  );
}

/** Whose requests they are is a stored text as well: the account bears that name, and its reseller is rob. */
function callersFor(text: (place: string) => string): readonly (readonly [string, Caller])[] {
  const account: Caller = { ...bob, account: text("requests.account") };
  return [
    ["administrator", admin],
    ["account", account],
    ["account in Dutch", { ...account, language: "nl" }],
    ["reseller", { ...bob, account: "rob", role: "reseller", level: "reseller" }],
  ];
}

/** Every page, for everybody who may see it, with and without something hostile in the address. */
function pagesFor(text: (place: string) => string): { name: string; open: () => Promise<string> }[] {
  return callersFor(text).flatMap(([who, caller]) =>
    everyPage(references, text).map(([path, query], index) => ({
      name: `${who}, page ${index}`,
      open: async () => {
        const response = await answer(
          pageRequest(path, { caller, query: new Map(Object.entries(query)), form: null }),
        );
        return response.output === "page" ? response.html : "";
      },
    })),
  );
}

interface Seen {
  /** Elements with the names of their attributes, in the order of the page. */
  readonly skeleton: string[];
  readonly ran: string[];
  readonly text: string;
  readonly links: string[];
}

async function look(page: Page, name: string): Promise<Seen> {
  await page.goto(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/page?${encodeURIComponent(name)}`,
  );
  return page.evaluate<Seen>(`(() => ({
    skeleton: [...document.querySelectorAll("body *")].map((element) =>
      [element.tagName, ...element.getAttributeNames().filter((name) => name !== "open")].join(" ")),
    ran: window.ranOf,
    text: document.body.innerText + [...document.querySelectorAll("input, textarea, option, [title], [aria-label]")]
      .map((element) => [element.value, element.title, element.ariaLabel].join(" ")).join(" "),
    links: [...document.querySelectorAll("[href], [action], [formaction], [src]")]
      .flatMap((element) => ["href", "action", "formaction", "src"].map((name) => element.getAttribute(name)))
      .filter((link) => link !== null),
  }))()`);
}

async function lookAtAll(text: (place: string) => string): Promise<Map<string, Seen>> {
  asked.clear();
  seeded = seed(stage.agent.context.store.db, text);
  const context = await browser.newContext({ bypassCSP: true });
  await context.addInitScript("window.ranOf = []; window.ran = (place) => { window.ranOf.push(place); };");
  const page = await context.newPage();
  const seen = new Map<string, Seen>();
  for (const { name, open } of pagesFor(text)) {
    asked.set(name, open);
    seen.set(name, await look(page, name));
  }
  await context.close();
  return seen;
}

let plain: Map<string, Seen>;
let hostile: Map<string, Seen>;
let seeded: Set<string>;

test("T-13 no text of others, wherever it is stored, runs as a script or changes the markup of any page", async () => {
  plain = await lookAtAll(harmless);
  hostile = await lookAtAll(polyglot);
  expect([...hostile].flatMap(([name, { ran }]) => ran.map((place) => `${name}: ${place}`))).toEqual([]);
  for (const [name, { skeleton, links }] of hostile) {
    expect([name, skeleton]).toEqual([name, plain.get(name)?.skeleton]);
    expect([name, links.filter((link) => /^\s*(javascript|data|vbscript):/i.test(link))]).toEqual([name, []]);
  }
});

test("every text column of the store was seeded, or it is said why it holds no text of others", () => {
  const columns = textColumns(stage.agent.context.store.db).map(({ id }) => id);
  expect([...typedColumns.keys()].filter((id) => !columns.includes(id))).toEqual([]);
  expect(columns.filter((id) => !typedColumns.has(id) && !seeded.has(id))).toEqual([]);
});

test("what pages show of it was really there, so that the tests above have seen something", () => {
  const shown = [...hostile.values()].map(({ text }) => text).join(" ");
  const places = new Set([...shown.matchAll(/([a-z_]+\.[a-z_A-Z.0-9]+)"'>-->/g)].map(([, place]) => place));
  const expected = [
    "hints.domain",
    "hints.state",
    "hints.status",
    "installations.detail",
    "installations.vhost",
    "notes.message",
    "query.search",
    "requests.account",
    "requests.names",
    "requests.organisation.approverRepresentativeEmail",
    "requests.product_name",
    "timeline.data.issuer",
    "timeline.data.name",
    "timeline.data.vhost",
  ];
  expect(expected.filter((place) => !places.has(place))).toEqual([]);
  // Also on the pages of those who may not see everything.
  for (const [who] of callersFor(polyglot)) {
    const own = [...hostile].filter(([name]) => name.startsWith(`${who}, `)).map(([, { text }]) => text);
    expect([
      who,
      ["notes.message", "requests.names", "timeline.data.issuer"].filter(
        (place) => !own.join(" ").includes(place),
      ),
    ]).toEqual([who, []]);
  }
});
