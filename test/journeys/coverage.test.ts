import { createCoverageData } from "../../src/agent/page-data/coverage.ts";
import { createRequestData } from "../../src/agent/page-data/requests.ts";
import { readScope, readVhosts } from "../../src/agent/page-data/scope.ts";
import type { Coverage, CoverageData } from "../../src/pages/data/coverage.ts";
import { admin, bob } from "../pages/page-fixtures.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
let data: CoverageData;
beforeEach(async () => {
  stage = await Stage.open();
  data = createCoverageData(stage.agent.context, () => true);
  stage.panel.addAccount("bob");
  stage.panel.addAccount("eve");
});
afterEach(() => stage.close());

const all = { search: "", group: "all", page: 1 } as const;

async function afterLooking(): Promise<Coverage> {
  await data.readCoverage(bob, all);
  await stage.agent.idle();
  return data.readCoverage(bob, all);
}

test("a website is looked at before the page first speaks of it", async () => {
  stage.panel.addVhost("bob", "example.test");
  const { rows, summary, worst } = await data.readCoverage(bob, all);
  expect(rows).toMatchObject([{ state: "other-name", request: null }]);
  expect(summary).toMatchObject({ total: 1, problems: 1, secured: 0 });
  expect(worst).toMatchObject({ vhost: "example.test" });
});

test("a whole name in quotes is that website alone: what is said of all is said of it", async () => {
  stage.panel.addVhost("bob", "example.test");
  stage.panel.addVhost("bob", "shop.example.test");
  const about = (search: string): Promise<Coverage> => data.readCoverage(bob, { ...all, search });
  const { rows, summary, counts, worst } = await about('"example.test"');
  expect(rows.map(({ vhost }) => vhost)).toEqual(["example.test"]);
  expect([summary.total, counts.all, worst?.vhost]).toEqual([1, 1, "example.test"]);
  expect((await about("example.test")).rows).toHaveLength(2);
  expect((await about('"ample.test"')).rows).toHaveLength(2);
});

test("nobody waits for a slow web server: the page comes without the look, and has it once it is there", async () => {
  stage.panel.addVhost("bob", "example.test");
  const { probe } = stage.agent.context;
  const look = probe.certificateOf.bind(probe);
  const answered = Promise.withResolvers<void>();
  probe.certificateOf = async (name, address) => {
    await answered.promise;
    return look(name, address);
  };
  let page: Coverage | null = null;
  const reading = data.readCoverage(bob, all).then((read) => {
    page = read;
  });
  while (page === null) {
    await stage.clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await reading;
  expect(page).toMatchObject({ rows: [{ vhost: "example.test", state: "unknown", lookedAt: null }] });
  answered.resolve();
  await stage.agent.idle();
  await stage.until(async () => (await data.readCoverage(bob, all)).rows[0]?.state === "other-name");
});

test("a panel that does not answer for the look leaves the page as it is", async () => {
  stage.panel.addVhost("bob", "example.test");
  const { probe } = stage.agent.context;
  probe.certificateOf = () => Promise.reject(new Error("no sockets left"));
  expect((await data.readCoverage(bob, all)).rows).toMatchObject([{ state: "unknown" }]);
});

test("an order turns a website to under way, and an installed certificate to secured with its own order", async () => {
  const placed = await stage.order("example.test");
  expect((await afterLooking()).rows).toMatchObject([
    { state: "under-way", request: { reference: placed.reference } },
  ]);
  await stage.untilState(placed.reference, "installed");
  await data.lookAgain(bob);
  await stage.agent.idle();
  expect((await data.readCoverage(bob, all)).rows).toMatchObject([
    { state: "secured", request: { reference: placed.reference, state: "installed" } },
  ]);
});

test("a website that was looked at before it was secured is told as secured as soon as that is proven, by no further handshake", async () => {
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "example.test");
  expect((await afterLooking()).rows).not.toMatchObject([{ state: "secured" }]);
  const { probe } = stage.agent.context;
  probe.certificateOf = () => Promise.reject(new Error("nobody asked for another look"));
  const placed = await stage.order("example.test");
  await stage.untilState(placed.reference, "installed");
  const { rows, summary } = await data.readCoverage(bob, all);
  expect(rows).toMatchObject([{ state: "secured", request: { reference: placed.reference } }]);
  expect(rows[0]?.lookedAt).toEqual((await stage.agent.context.store.looks.of(["bob"]))[0]?.at);
  expect(summary).toMatchObject({ secured: 1, problems: 0 });
});

test("opening the page again and again makes no further handshakes within the hour", async () => {
  stage.panel.addVhost("bob", "example.test");
  let handshakes = 0;
  const { probe } = stage.agent.context;
  const look = probe.certificateOf.bind(probe);
  probe.certificateOf = (name, address) => {
    handshakes += 1;
    return look(name, address);
  };
  await afterLooking();
  for (let turn = 0; turn < 20; turn += 1) await data.readCoverage(bob, all);
  await stage.agent.idle();
  expect(handshakes).toBe(1);
  await stage.clock.advance(61 * 60_000);
  await afterLooking();
  expect(handshakes).toBe(2);
});

test("an account sees its own websites only, the administrator everybody's with their accounts", async () => {
  stage.panel.addVhost("bob", "example.test");
  stage.panel.addVhost("eve", "other.test");
  expect((await data.readCoverage(bob, all)).rows.map(({ vhost }) => vhost)).toEqual(["example.test"]);
  const everything = await data.readCoverage(admin, all);
  expect(everything.rows.map(({ account }) => account).sort()).toEqual(["bob", "eve"]);
  expect(everything.showAccounts).toBe(true);
});

test("a thousand websites are searched, grouped and paged, and looked at an account at a time", async () => {
  for (let index = 0; index < 1_000; index += 1) stage.panel.addVhost("bob", `site${index}.test`);
  const page = await data.readCoverage(bob, { ...all, page: 20 });
  expect(page).toMatchObject({ total: 1_000, pageSize: 50, counts: { all: 1_000, "under-way": 1_000 } });
  expect(page.rows).toHaveLength(50);
  const found = await data.readCoverage(bob, { ...all, search: "site99" });
  expect(found.total).toBe(11);
  expect(stage.agent.context.store.work.plannedFor("look", "bob")).not.toBeNull();
});

test("a website that the panel keeps from a caller is nowhere: not among websites, not among requests, not by its reference", async () => {
  const requests = createRequestData(stage.agent.context);
  const kept = await stage.order("kept.test");
  const open = await stage.order("open.test");
  const caller = { ...bob, closed: ["kept.test"] };
  expect((await data.readCoverage(caller, all)).rows.map(({ vhost }) => vhost)).toEqual(["open.test"]);
  const { rows, counts } = await requests.listRequests(caller, all);
  expect(rows.map(({ reference }) => reference)).toEqual([open.reference]);
  expect(counts.all).toBe(1);
  await expect(requests.readRequest(caller, kept.reference)).rejects.toMatchObject({ code: "not-found" });
  await expect(requests.tryAgain(caller, kept.reference)).rejects.toMatchObject({ code: "not-found" });
  expect(await requests.readRequest(bob, kept.reference)).toMatchObject({ reference: kept.reference });
  const scope = await readScope(stage.agent.context, caller);
  expect((await readVhosts(stage.agent.context, caller, scope)).map(({ id }) => id)).toEqual(["open.test"]);
});
