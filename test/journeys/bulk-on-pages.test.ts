import { CodedError } from "../../src/errors.ts";
import { reissueMany } from "../../src/jobs/reissue-many.ts";
import { admin, bob, pageRequest } from "../pages/page-fixtures.ts";
import { openPagesFor, Visitor } from "./page-visitor.ts";
import { Stage, served } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
  stage.panel.addAccount("rob", { role: "reseller" });
  stage.panel.addAccount("bob", { owner: "rob" });
  for (const [name, account] of [
    ["one.test", "bob"],
    ["two.test", "bob"],
    ["three.test", "eve"],
  ] as const) {
    const { reference } = await stage.order(name, { account });
    await stage.untilState(reference, "installed");
  }
});
afterEach(() => stage.close());

const rob = { ...bob, account: "rob", role: "reseller", level: "reseller" } as const;

test("a reseller takes new certificates for all of their accounts, and sees how far it is", async () => {
  const before = await served(stage, "one.test", "two.test", "three.test");
  const visitor = new Visitor(stage, rob);
  expect(await visitor.open("/bulk")).toContain("2 certificates match.");
  await visitor.submit("reissue", { reason: "incident" });
  expect(visitor.text).toContain("Say that you want new certificates");
  await visitor.submit("reissue", { consent: "yes", count: "1" });
  expect(visitor.text).toContain("What matches has changed");
  expect(stage.ca.requestsTo("POST", /reissue/)).toEqual([]);
  await visitor.submit("reissue", { consent: "yes", reason: "incident", pace: "urgent" });
  expect(visitor.text).toContain("2 new certificates are being taken.");
  await stage.until(async () => (await visitor.open("/bulk")).includes("2 of 2 are done"));
  const after = await served(stage, "one.test", "two.test", "three.test");
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(after[2]).toBe(before[2]);
  expect(stage.ca.requestsTo("POST", /reissue/)).toHaveLength(2);
  // What is on its way or was just replaced does not count twice.
  expect(await visitor.open("/bulk", { search: "one" })).toContain("One certificate matches.");
});

test("F-45 what ends first is taken first, whatever it is called and whenever it was ordered", () => {
  const { store, clock } = stage.agent.context;
  const now = clock.now();
  const ends: Readonly<Record<string, number>> = { "one.test": 90, "two.test": 30, "three.test": 60 };
  const nameOf = (reference: string): string => store.requests.get(reference)?.names[0] ?? "";
  for (const reference of store.bulks.candidates(null, "", now)) {
    const notAfter = new Date(now.getTime() + (ends[nameOf(reference)] ?? 0) * 86_400_000);
    store.requests.change(reference, { notAfter }, now);
  }
  const wish = { by: "root", reason: "drill", urgent: false };
  reissueMany(stage.agent.context, wish, store.bulks.candidates(null, "", now));
  const due = store.work.due("renew", now, 10, new Set());
  expect(due.map(({ key }) => nameOf(key))).toEqual(["two.test", "three.test", "one.test"]);
});

test("what is stopped before it was ordered is not ordered", async () => {
  stage.ca.fault({
    kind: "status",
    status: 503,
    body: "json",
    times: 1_000,
    match: { method: "POST", path: /reissue/ },
  });
  const visitor = new Visitor(stage, admin);
  await visitor.open("/bulk", { search: "three" });
  await visitor.submit("reissue", { consent: "yes" });
  await stage.settle();
  await visitor.open("/bulk");
  await visitor.submit("stop");
  expect(visitor.text).toContain("Stopped");
  stage.ca.clearFaults();
  await stage.clock.advance(86_400_000);
  await stage.settle();
  expect(stage.agent.context.store.requests.inState("validating", "installing", "ordering")).toEqual([]);
});

test("an order that never got through is not repeated when its undertaking was stopped, and is otherwise", async () => {
  const { store } = stage.agent.context;
  const lost = stage.ca.fault({
    kind: "reset-before",
    match: { method: "POST", path: /reissue/ },
    times: Number.POSITIVE_INFINITY,
  });
  const visitor = new Visitor(stage, admin);
  for (const [hits, search] of [
    [1, "three"],
    [2, "two"],
  ] as const) {
    await visitor.open("/bulk", { search });
    await visitor.submit("reissue", { consent: "yes" });
    await stage.until(() => lost.hits === hits && store.requests.inState("ordering").length === hits);
    if (search !== "three") continue;
    await visitor.open("/bulk");
    await visitor.submit("stop");
  }
  lost.remove();
  await stage.until(async () => (await visitor.open("/bulk")).includes("1 of 1 are done"));
  await stage.until(() => store.requests.inState("ordering").length === 0);
  await stage.settle();
  const lives = store.requests.inState("failed").map(({ names, reason }) => [names[0], reason]);
  expect(lives.sort()).toEqual([
    ["three.test", "order-not-placed"],
    ["two.test", "order-not-placed"],
  ]);
  expect(stage.ca.requestsTo("POST", /reissue/).filter(({ status }) => status === 200)).toHaveLength(1);
});

test("nothing is given up because whoever passes orders on is away for a moment", async () => {
  const { ca, store } = stage.agent.context;
  const { reissue } = ca;
  let away = 3;
  ca.reissue = (...order) => {
    away -= 1;
    return away < 0 ? reissue.apply(ca, order) : Promise.reject(new CodedError("bus-unreachable"));
  };
  const visitor = new Visitor(stage, admin);
  await visitor.open("/bulk");
  await visitor.submit("reissue", { consent: "yes" });
  await stage.until(async () => (await visitor.open("/bulk")).includes("3 of 3 are done"));
  expect(store.requests.inState("failed")).toEqual([]);
});

test("an account has no such page; its table holds its own certificates, and no formula", async () => {
  const page = await openPagesFor(stage).answer(pageRequest("/bulk", { caller: bob }));
  expect(page.output === "page" && page.html).toContain("not-found");
  const answer = await openPagesFor(stage).answer({
    ...pageRequest("/export", { caller: bob }),
    output: "raw",
  });
  const table = answer.output === "raw" ? String(answer.body) : "";
  expect(table.split("\r\n").filter((line) => line.includes(".test"))).toHaveLength(2);
  expect(table).not.toContain("three.test");
});
