import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import { groupOf } from "../../src/model/coverage.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { requestStates } from "../../src/model/request.ts";
import { timelineKinds } from "../../src/model/timeline.ts";
import { whoseTurn } from "../../src/model/whose-turn.ts";
import { languages } from "../../src/pages/texts/texts.ts";
import type { Caller } from "../../src/panel.ts";
import {
  admin,
  bob,
  detail,
  now,
  openRouter,
  pageRequest,
  row,
  site,
  templates,
  waiting,
} from "./page-fixtures.ts";

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");
}

const detailRequest = pageRequest("/request", { query: new Map([["id", "xs-0123456789abcdef"]]) });

test("the page of an installed certificate says so first, and shows the whole way", async () => {
  const { html } = openRouter();
  const text = textOf(await html(detailRequest));
  expect(text).toMatch(/Installed example\.test is secured until 12 June 2027/);
  expect(text).toContain("Nobody's, it goes on by itself");
  expect(text).toContain("You do not have to do anything.");
  const way = [
    "Private key made",
    "Ordered, request number 960000001",
    "example.test is validated",
    "Webhook: Issued",
    "Certificate and chain collected (Lab Secure Server CA)",
    "Proven by handshakes: example.test",
  ];
  const places = way.map((line) => text.indexOf(line));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(text).toContain("[2001:db8::10]:443");
});

test("a page that waits for its owner says what to do, with values to copy", async () => {
  const { data, html } = openRouter();
  data.detail = waiting();
  const page = await html(detailRequest);
  expect(textOf(page)).toMatch(/example\.test needs attention .* Yours .* Add the record that is shown/);
  expect(page).toContain("<code>_0123456789abcdef0123456789abcdef.example.test.</code>");
  expect(page).toContain("<code>CNAME</code>");
});

test.each<[string, Partial<Caller>, string, string]>([
  ["the account holder", {}, "Your hosting company's", "Tell your hosting company: Activate the account."],
  [
    "a reseller",
    { account: "rita", role: "reseller", level: "reseller" },
    "Your hosting company's",
    "Tell your hosting company: Activate the account.",
  ],
  ["the administrator", admin, "Yours", "Activate the account."],
])("what the host must do is told to %s as it is theirs or not", async (_who, caller, owner, next) => {
  const { data, html } = openRouter();
  data.detail = detail({ state: "needs-you", reason: "account-suspended" });
  const text = textOf(await html({ ...detailRequest, caller: { ...bob, ...caller } }));
  expect(text).toContain(`Whose turn is it ${owner} `);
  expect(text).toContain(`Next step ${next} `);
});

test.each<[string, Partial<Caller>, string]>([
  ["the account holder", {}, "Yours"],
  ["the administrator", admin, "The account holder's"],
])("what the account holder must do is told to %s as it is theirs or not", async (_who, caller, owner) => {
  const { data, html } = openRouter();
  data.detail = waiting();
  const text = textOf(await html({ ...detailRequest, caller: { ...bob, ...caller } }));
  expect(text).toContain(`Whose turn is it ${owner} `);
});

test("the history speaks of the CA's steps and of choices in the words of the other pages", async () => {
  const { data, html } = openRouter();
  const at = now;
  data.detail = detail({
    timeline: [
      { at, kind: "step-done", source: "agent", data: { step: "dcv" } },
      { at, kind: "step-done", source: "agent", data: { step: "a-new-one" } },
      { at, kind: "renewal-choice", source: "page", data: { state: "never" } },
      { at, kind: "renewal-choice", source: "page", data: { state: "default" } },
    ],
  });
  const text = textOf(await html(detailRequest));
  for (const line of [
    "Step done: Names",
    "Step done: a-new-one",
    "Renewal set to: let it end",
    "Renewal set to: as the server does",
  ]) {
    expect(text).toContain(line);
  }
});

test.each(requestStates)("state %s has words in every language, an owner and a tone", async (state) => {
  const { data, html } = openRouter();
  data.detail = detail({ state });
  for (const { tag: language } of languages) {
    const page = await html({ ...detailRequest, caller: { ...bob, language } });
    expect(page).toContain(`lang="${language}"`);
    expect(textOf(page)).not.toMatch(/undefined|\[object|null/);
  }
  expect(whoseTurn({ state, reason: null, nextLook: null }).tone).toMatch(/good|busy|act|ended/);
});

test("the list shows groups with counts, search, pages and whose account it is", async () => {
  const { data, html } = openRouter();
  data.total = 60;
  const query = new Map([
    ["search", "exam"],
    ["group", "secured"],
    ["p", "2"],
  ]);
  const page = await html(pageRequest("/requests", { query, caller: { ...admin } }));
  expect(data.filters).toEqual([{ search: "exam", group: "secured", page: 2 }]);
  expect(page).toContain('value="exam"');
  expect(textOf(page)).toMatch(/Needs attention 2/);
  expect(page).toContain('rel="prev" href="/plugin/requests?search=exam&amp;group=secured&amp;p=1"');
  expect(page).toContain('rel="next"');
  expect(textOf(page)).toContain("Page 2 of 3");
  expect(page).toContain('data-label="Account"');
});

test.each([
  [
    new Map([
      ["group", "everything"],
      ["p", "-3"],
      ["search", "x".repeat(5000)],
    ]),
    { group: "all", page: 1, search: "x".repeat(253) },
  ],
  [
    new Map([
      ["p", "1e9"],
      ["search", "  a  "],
    ]),
    { group: "all", page: 1, search: "a" },
  ],
])("a list asked for with nonsense is the plain list", async (query, filter) => {
  const { data, html } = openRouter();
  await html(pageRequest("/requests", { query }));
  expect(data.filters).toEqual([filter]);
});

test("an empty list says what to do", async () => {
  const { data, html } = openRouter();
  data.rows = [];
  data.total = 0;
  expect(textOf(await html(pageRequest("/requests")))).toContain("There are no certificates yet.");
  expect(textOf(await html(pageRequest("/requests", { query: new Map([["search", "zzz"]]) })))).toContain(
    "Nothing matches.",
  );
});

test("the administrator's page has failures first, then webhooks with a word on each refusal", async () => {
  const { html } = openRouter();
  const text = textOf(await html(pageRequest("/admin", { caller: admin })));
  const order = [
    "What needs somebody",
    "Another DNS record stands where",
    "Webhooks",
    "Refused (403)",
    "webhook.allowedSources",
    "Queue",
  ];
  const places = order.map((words) => text.indexOf(words));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test("try again is a form with a token, and says what happens next", async () => {
  const { data, html } = openRouter();
  data.detail = waiting();
  const page = await html(detailRequest);
  const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const form = new Map([
    ["token", token],
    ["action", "try-again"],
  ]);
  const answer = await html({ ...detailRequest, form });
  expect(data.tried).toEqual(["xs-0123456789abcdef"]);
  expect(textOf(answer)).toContain("It is being tried again.");
});

test("a form without our token is not one: the page is only shown", async () => {
  const { data, html } = openRouter();
  await html({ ...detailRequest, form: new Map() });
  await html({ ...detailRequest, form: new Map([["action", "try-again"]]) });
  expect(data.tried).toEqual([]);
});

test.each([
  ["of another session", { ...bob, sessionBinding: "another session" }, 0],
  ["of another account", { ...bob, account: "eve" }, 0],
  ["of another level", { ...bob, level: "reseller" as const }, 0],
  ["three hours old", bob, 3 * 3_600_000],
])("a token %s is refused and nothing happens", async (_name, caller, wait) => {
  const { data, tokens, clock, html } = openRouter();
  const form = new Map([
    ["token", tokens.issue(caller)],
    ["action", "try-again"],
  ]);
  await clock.advance(wait);
  const page = await html({ ...detailRequest, form });
  expect(data.tried).toEqual([]);
  expect(page).toContain("form-expired");
});

test("callers who may only look can't change anything and get no button", async () => {
  const { data, tokens, html } = openRouter();
  const caller = { ...bob, readOnly: true };
  expect(await html({ ...detailRequest, caller })).not.toContain("try-again");
  const form = new Map([
    ["token", tokens.issue(caller)],
    ["action", "try-again"],
  ]);
  const refused = await html({ ...detailRequest, caller, form });
  expect(refused).toContain("read-only");
  expect(refused).toContain("this is a demonstration account, or your login lacks the right");
  expect(data.tried).toEqual([]);
});

test("what is not there or not theirs is a page that says so", async () => {
  const { data, html } = openRouter();
  expect(await html(pageRequest("/../../etc/passwd"))).toContain("not-found");
  data.readRequest = () => Promise.reject(new CodedError("not-found"));
  const page = await html(detailRequest);
  expect(textOf(page)).toContain("There is no such page or request. Next step: Go back to the list.");
  data.readRequest = () => Promise.reject(new Error("SELECT secret FROM keys"));
  expect(await html(detailRequest)).not.toContain("SELECT");
});

test("places of the panel's own get numbers as JSON", async () => {
  const { answer } = openRouter();
  const raw = await answer(pageRequest("/tally", { output: "raw", caller: admin }));
  expect(raw).toMatchObject({ status: 200, body: '{"installing":3,"attention":1}' });
});

test("the headline counts as not secured what the group below it does", async () => {
  const { data, html } = openRouter();
  const states = ["self-signed", "waiting", "under-way", "secured"] as const;
  data.sites = states.map((state) =>
    site({ state, vhost: `${state}.test`, names: [parseHostName(`${state}.test`)] }),
  );
  const text = textOf(await html(pageRequest("/")));
  const group = states.filter((state) => groupOf(state) === "problems");
  expect(text).toContain(`${group.length} of 4 websites are not secured`);
});

test("who has several levels can tell their menus apart", async () => {
  const { answer } = openRouter();
  const names: string[] = [];
  for (const level of ["account", "reseller", "administrator"] as const) {
    const raw = await answer(pageRequest("/menu", { output: "raw", caller: { ...admin, level } }));
    if (raw.output !== "raw") throw new Error("no whole answer");
    names.push((JSON.parse(String(raw.body)) as { name: string }[])[0]?.name ?? "");
  }
  expect(names).toEqual([
    "SSL certificates: your own websites",
    "SSL certificates: your accounts",
    "SSL certificates",
  ]);
});

test("the menu is JSON with a badge for what waits", async () => {
  const { answer } = openRouter();
  const raw = await answer(pageRequest("/menu", { output: "raw", caller: { ...admin, language: "nl" } }));
  if (raw.output !== "raw") throw new Error("no whole answer");
  const [category] = JSON.parse(String(raw.body)) as {
    name: string;
    entries: { name: string; updates: number; href: string }[];
  }[];
  expect(category?.name).toBe("SSL-certificaten");
  expect(category?.entries.map(({ name, updates }) => [name, updates])).toEqual([
    ["Websites", 2],
    ["Certificaten", 0],
    ["Beheer", 0],
  ]);
});

const polyglot = `"><script>window.hit=1</script><img src=x onerror=window.hit=1>'</textarea>{{7*7}}<%= 7*7 %>`;

test("nothing that is stored can become markup", async () => {
  const { data, html } = openRouter();
  const name = polyglot as HostName;
  const hostile = { names: [name, name], account: polyglot, product: polyglot, reference: polyglot };
  data.rows = [row(hostile)];
  data.detail = waiting({
    ...hostile,
    detail: polyglot,
    issuer: `CN=${polyglot}`,
    reason: "panel-refused",
    dcv: [
      {
        name,
        method: "FILE",
        state: "needs-you",
        record: { owner: polyglot, type: "TXT", value: polyglot },
        file: { host: name, path: polyglot, content: polyglot },
        email: polyglot,
        reason: "dcv-file-blocked",
      },
    ],
    installations: [
      {
        ...(detail().installations[0] as never as ReturnType<typeof detail>["installations"][number]),
        vhost: polyglot,
        detail: polyglot,
        served: [
          { address: polyglot, port: 443, name: polyglot, fingerprint: null, complete: false, problem: null },
        ],
      },
    ],
    timeline: timelineKinds.map((kind) => ({
      at: now,
      kind,
      source: "agent",
      data: {
        name: polyglot,
        vhost: polyglot,
        method: polyglot,
        step: polyglot,
        status: polyglot,
        state: polyglot,
        issuer: polyglot,
        code: polyglot,
        addresses: polyglot,
      },
    })),
  });
  data.overview = {
    ...data.overview,
    failures: data.rows,
    webhooks: {
      ...data.overview.webhooks,
      log: data.overview.webhooks.log.map((entry) => ({
        ...entry,
        source: polyglot,
        status: polyglot,
        state: polyglot,
        domain: polyglot,
      })),
    },
  };
  const pages = await Promise.all([
    html(pageRequest("/requests", { query: new Map([["search", polyglot]]), caller: admin })),
    html(detailRequest),
    html(pageRequest("/admin", { caller: admin })),
    html(pageRequest(`/${polyglot}`)),
  ]);
  for (const page of pages) {
    expect(page).not.toMatch(/<img|<script>|onerror=window\.hit=1>(?!&)/);
    expect(page).not.toContain("window.hit=1</script>");
    expect(page).not.toMatch(/\b49\b/);
  }
  expect(pages[1]).toContain("&lt;script&gt;");
});

test("templates print only escaped values, and hold no inline script, style or handler", () => {
  for (const file of globSync("**/*.ejs", { cwd: templates })) {
    const text = readFileSync(join(templates, file), "utf8");
    const raw = [...text.matchAll(/<%-\s*([^%]*)%>/g)].map((match) => match[1]?.trim() ?? "");
    expect(raw.filter((code) => !/^include\("/.test(code))).toEqual([]);
    expect(text).not.toMatch(/\son\w+=|<style|style=|<script(?! src)/i);
  }
});

test("the hosting company's own name and logo stand on every page", async () => {
  const logo = { contentType: "image/svg+xml", bytes: Buffer.from("<svg/>") };
  const { html, answer } = openRouter({ name: "Host & Co", logo });
  for (const path of ["/", "/requests", "/nowhere"]) {
    expect(await html(pageRequest(path))).toContain('alt="Host &amp; Co"');
  }
  const raw = await answer(pageRequest("/logo", { output: "raw" }));
  expect(raw).toMatchObject({ status: 200, contentType: "image/svg+xml" });
  const plain = openRouter();
  expect(await plain.answer(pageRequest("/logo", { output: "raw" }))).toMatchObject({ status: 404 });
  expect(await openRouter({ name: "Host", logo: null }).html(pageRequest("/"))).toContain(
    "<span>Host</span>",
  );
});
