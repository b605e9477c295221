import { CodedError } from "../../src/errors.ts";
import { beginDraft, changeDraft, placeDraft } from "../../src/jobs/place-draft.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import type { FormTokens } from "../../src/pages/form-token.ts";
import { openPageListener } from "../../src/pages/page-listener.ts";
import type { PageResponse } from "../../src/pages/page-response.ts";
import { type AnswerPage, routes } from "../../src/pages/page-router.ts";
import { renderProblem } from "../../src/pages/problem.ts";
import type { Caller, PageRequest } from "../../src/panel.ts";
import { pageRequest, bob as plainBob, render } from "../pages/page-fixtures.ts";
import { openPagesFor } from "./page-visitor.ts";
import { Stage } from "./stage.ts";

/*
 * Every page and every action, as everybody, about objects that are Bob's: generated from the table of routes, so that a
 * new page is tried the moment it is there. Bob's objects all have names that nobody else has.
 */

const mark = "bobs-secret";

const callers: Readonly<Record<string, Caller>> = {
  bob: plainBob,
  "his reseller": { ...plainBob, account: "res1", role: "reseller", level: "reseller" },
  administrator: { ...plainBob, account: "admin", role: "administrator", level: "administrator" },
  "administrator logged in as bob": { ...plainBob, actingFor: "admin" },
  eve: { ...plainBob, account: "eve" },
  "another reseller": { ...plainBob, account: "res2", role: "reseller", level: "reseller" },
  "a suspended account": { ...plainBob, account: "mallory" },
  "his reseller at account level": { ...plainBob, account: "res1", role: "reseller" },
  "administrator at account level": { ...plainBob, account: "admin", role: "administrator" },
  "bob, who says he is a reseller": { ...plainBob, account: "bobby", level: "reseller" },
  "eve, who says she is an administrator": { ...plainBob, account: "eve", level: "administrator" },
};
const owners = ["bob", "his reseller", "administrator", "administrator logged in as bob"];
const strangers = Object.keys(callers).filter((name) => !owners.includes(name));

let stage: Stage;
let answer: AnswerPage;
let tokens: FormTokens;
/** Bob's objects by what they are. */
const objects = new Map<string, string>();

beforeAll(async () => {
  stage = await Stage.open({ settings: "policy: { approvalFor: [account] }" });
  for (const name of ["res1", "res2"]) stage.panel.addAccount(name, { role: "reseller" });
  stage.panel.addAccount("admin", { role: "administrator", owner: null });
  stage.panel.addAccount("bob", { owner: "res1" });
  stage.panel.addAccount("eve", { owner: "res2" });
  stage.panel.addAccount("bobby", { owner: "res2" });
  stage.panel.addAccount("mallory", { owner: "res2", suspended: true });
  stage.panel.addVhost("eve", "eves.test");
  const installed = await stage.order(`${mark}-1.test`, { account: "bob" });
  await stage.untilState(installed.reference, "installed");
  stage.ca.set({ issueDelayMs: null });
  const pending = await stage.order(`${mark}-2.test`, { account: "bob" });
  stage.ca.fault({ kind: "status", status: 400, body: "json", match: { method: "POST", path: /requests$/ } });
  await stage.order(`${mark}-3.test`, { account: "bob" }).catch(() => undefined);
  objects.set("an installed certificate", installed.reference);
  objects.set("a pending request", pending.reference);
  objects.set("a failed order", stage.agent.context.store.requests.inState("failed")[0]?.reference ?? "");
  objects.set("a draft", begin(`${mark}-4.test`));
  const waiting = begin(`${mark}-5.test`);
  await placeDraft(stage.agent.context, waiting, { by: "bob", level: "account", cents: 900 });
  objects.set("an order that waits for approval", waiting);
  ({ answer, tokens } = openPagesFor(stage));
  await stage.settle();
});
afterAll(() => stage.close());

function begin(name: string): string {
  stage.panel.addVhost("bob", name);
  const reference = beginDraft(stage.agent.context, {
    account: "bob",
    accountCreatedAt: "2026-01-01",
    names: [parseHostName(name)],
    brought: null,
  });
  changeDraft(stage.agent.context, reference, (choices) => ({ ...choices, productId: 90, years: 1 }));
  return reference;
}

/** All that is stored but what looking itself may ask for: a newer look at websites. */
function stored(): string {
  const { db } = stage.agent.context.store;
  const tables = db
    .all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%request_search_%'")
    .map(({ name }) => String(name))
    .filter((name) => name !== "looks");
  return JSON.stringify([
    [...stage.panel.engineAway],
    ...tables.map((table) => [
      table,
      db.all(`SELECT * FROM ${table}`).filter((row) => table !== "work" || row["kind"] !== "look"),
    ]),
  ]);
}

function ordersSent(): number {
  return stage.ca.requests.filter(({ method }) => method !== "GET").length;
}

/** A request about one of Bob's objects with everything an attacker could know of it. */
function about(
  path: string,
  caller: Caller,
  reference: string,
  form: Record<string, string> | null,
): PageRequest {
  const names = `${mark}-1.test,${mark}-4.test`;
  return pageRequest(path, {
    caller,
    query: new Map(
      Object.entries({
        id: reference,
        draft: reference,
        reference,
        names,
        account: "bob",
        search: mark,
        vhost: mark,
      }),
    ),
    form: form === null ? null : new Map(Object.entries({ ...form, reference, id: reference })),
  });
}

/** What every action's form might hold. */
const everything: Readonly<Record<string, string>> = {
  consent: "yes",
  confirm: "yes",
  cents: "900",
  offer: "90:1",
  key: "rsa-2048",
  [`name:${mark}-1.test`]: "1",
  others: "",
  message: "hello",
  text: "hello",
  name: `${mark}-1.test`,
  vhost: `${mark}-1.test`,
  method: "EMAIL",
  renewal: "automatic",
};

function bodyOf(response: PageResponse): string {
  return response.output === "page" ? response.html : Buffer.from(response.body as Uint8Array).toString();
}

/** Pages show their own address and search words again; what they say of Bob's objects is something else. */
function saysOfBob(response: PageResponse): boolean {
  const body = bodyOf(response)
    .replaceAll(/(href|action|value|data-live-from)="[^"]*"/g, "")
    .replaceAll(/<input[^>]*>/g, "");
  return body.includes(mark) || [...objects.values()].some((reference) => body.includes(reference));
}

const everyPage = routes.flatMap(({ path }) => strangers.map((who) => ({ path, who })));
const everyAction = routes.flatMap(({ path, actions = {} }) =>
  Object.keys(actions).flatMap((action) => strangers.map((who) => ({ path, action, who }))),
);

test("anonymous: without a proven session no page, no menu and no download is there", async () => {
  const path = `${stage.folder}/anonymous.sock`;
  const listener = await openPageListener({
    socket: { path, share: () => undefined },
    host: { readPageRequest: () => Promise.reject(new CodedError("session-refused")) },
    load: async () => ({ answer, problem: (error) => renderProblem(render, error) }),
    log: stage.agent.context.log,
  });
  const { Agent, fetch } = await import("undici");
  const dispatcher = new Agent({ connect: { socketPath: path } });
  try {
    for (const kind of ["page", "raw"]) {
      const reply = await fetch(`http://localhost/${kind}`, {
        method: "POST",
        body: "page=request",
        dispatcher,
      });
      const text = await reply.text();
      expect(text).toContain(kind === "page" ? "session-refused" : "HTTP/1.1 404");
      expect(text).not.toContain(mark);
    }
  } finally {
    await dispatcher.close();
    await listener.close();
  }
});

test.each(owners)("%s finds Bob's objects, so that what strangers are refused is there", async (who) => {
  const caller = callers[who] as Caller;
  for (const [what, reference] of objects) {
    const response = await answer(about("/request", caller, reference, null));
    expect([what, saysOfBob(response)]).toEqual([what, true]);
  }
  expect(saysOfBob(await answer(about("/requests", caller, "", null)))).toBe(true);
});

test.each(everyPage)(
  "$path as $who: nothing of Bob's is shown, and looking changes nothing",
  async ({ path, who }) => {
    const before = stored();
    for (const output of ["page", "raw"] as const) {
      for (const reference of objects.values()) {
        const request = { ...about(path, callers[who] as Caller, reference, null), output };
        expect(saysOfBob(await answer(request))).toBe(false);
      }
    }
    expect(stored()).toBe(before);
  },
);

test.each(everyAction)("$action on $path as $who changes nothing of Bob's", async ({ path, action, who }) => {
  const caller = callers[who] as Caller;
  const before = stored();
  const sent = ordersSent();
  for (const output of ["page", "raw"] as const) {
    for (const reference of objects.values()) {
      const form = { ...everything, action, token: tokens.issue(caller) };
      const request = { ...about(path, caller, reference, form), output };
      expect(saysOfBob(await answer(request))).toBe(false);
    }
  }
  await stage.settle();
  expect([stored(), ordersSent()]).toEqual([before, sent]);
});

const everyOwnAction = routes.flatMap(({ path, actions = {} }) =>
  Object.keys(actions).flatMap((action) => owners.map((who) => ({ path, action, who }))),
);

test.each(everyOwnAction)(
  "$action on $path as $who does nothing without a token of the same session, nor for who may only look",
  async ({ path, action, who }) => {
    const caller = callers[who] as Caller;
    const other = tokens.issue({ ...caller, sessionBinding: "another session" });
    const before = stored();
    const sent = ordersSent();
    for (const reference of objects.values()) {
      for (const output of ["page", "raw"] as const) {
        const forms = [
          { ...everything, action },
          { ...everything, action, token: other },
          { ...everything, action, token: "" },
        ];
        for (const form of forms) await answer({ ...about(path, caller, reference, form), output });
        const looker = { ...caller, readOnly: true };
        const form = { ...everything, action, token: tokens.issue(looker) };
        const refused = bodyOf(await answer({ ...about(path, looker, reference, form), output }));
        expect(output === "page" ? refused : "read-only").toContain("read-only");
      }
    }
    await stage.settle();
    expect([stored(), ordersSent()]).toEqual([before, sent]);
  },
);

test("who says more of themselves than the panel does sees nothing at all", async () => {
  for (const who of ["bob, who says he is a reseller", "eve, who says she is an administrator"]) {
    for (const path of ["/", "/requests", "/admin", "/order"]) {
      const body = bodyOf(await answer(about(path, callers[who] as Caller, "", null)));
      expect(body).toMatch(/not-allowed|not-found/);
    }
  }
});

test("an account that was made anew under Bob's name is another one", async () => {
  stage.panel.addAccount("bob", { owner: "res1", createdAt: "2026-11-30" });
  try {
    for (const reference of objects.values()) {
      expect(saysOfBob(await answer(about("/request", plainBob, reference, null)))).toBe(false);
    }
  } finally {
    stage.panel.addAccount("bob", { owner: "res1" });
  }
});
