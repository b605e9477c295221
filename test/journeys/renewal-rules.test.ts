import { admin, bob } from "../pages/page-fixtures.ts";
import { Visitor } from "./page-visitor.ts";
import { Stage } from "./stage.ts";

/*
 * A renewal is an order like any other: what the administrator decided about orders holds for it, whether somebody presses
 * a button or it comes by itself.
 */

const day = 86_400_000;
let stage: Stage;
afterEach(() => stage.close());

/** An installed certificate whose term ends in twenty days. */
async function ending(policy: string): Promise<string> {
  stage = await Stage.open({ settings: `policy: { ${policy} }` });
  const { reference } = await stage.order("example.test", { account: "bob" });
  await stage.untilState(reference, "installed");
  const at = (days: number): Date => new Date(stage.clock.now().getTime() + days * day);
  const { store } = stage.agent.context;
  const life = { notBefore: at(-179), notAfter: at(20), termEnd: at(20) };
  store.requests.change(reference, life, stage.clock.now());
  store.db.run("DELETE FROM spending");
  return reference;
}

/** Has the agent look at the certificate as it does every hour. */
async function look(reference: string): Promise<void> {
  stage.agent.context.store.work.want("renew", reference, 2, stage.clock.now());
  stage.agent.context.wake();
  await stage.settle();
}

function renewals(): number {
  return stage.ca.requestsTo("POST", /renew/).length;
}

function problem(reference: string): string | null {
  return stage.agent.context.store.requests.get(reference)?.renewalProblem ?? null;
}

test("a limit on orders a day holds for a renewal that comes by itself; it is ordered once the day is over", async () => {
  const reference = await ending("renewal: automatic, limits: { ordersPerDay: 1 }");
  const { store } = stage.agent.context;
  store.drafts.spend(reference, "bob", 900, stage.clock.now());
  await look(reference);
  expect(renewals()).toBe(0);
  await stage.clock.advance(2 * day);
  await stage.until(() => renewals() === 1);
  const [next] = store.requests.successors(reference);
  await stage.untilState(next?.reference ?? "", "installed");
});

test("a limit on money holds for it as well, by the price that the CA asks", async () => {
  const reference = await ending("renewal: automatic, limits: { eurosPerAccountPerDay: 10 }");
  const { store } = stage.agent.context;
  store.drafts.spend(reference, "bob", 900, stage.clock.now());
  await look(reference);
  expect(renewals()).toBe(0);
  expect(store.requests.successors(reference)).toEqual([]);
  expect(store.drafts.spentSince(new Date(0), "bob").all.orders).toBe(1);
});

test("what the account chose to renew by itself waits for approval where its orders do, and is sent once approved", async () => {
  const reference = await ending("renewal: ask, approvalFor: [account]");
  const visitor = new Visitor(stage, bob);
  await visitor.open("/manage", { id: reference });
  await visitor.submit("choose", { choice: "automatic" });
  await stage.settle();
  expect(renewals()).toBe(0);
  expect(problem(reference)).toBe("approval-needed");
  await look(reference);
  expect(stage.agent.context.store.requests.successors(reference)).toHaveLength(1);
  const host = new Visitor(stage, admin);
  expect(await host.open("/admin")).toContain("example.test");
  await host.submit("approve");
  await stage.until(() => renewals() === 1);
  const [next] = stage.agent.context.store.requests.successors(reference);
  expect(next).toMatchObject({ kind: "renewal" });
  await stage.untilState(next?.reference ?? "", "installed");
  expect(problem(reference)).toBeNull();
  expect(renewals()).toBe(1);
});

test("what an administrator declines is not put before them again: the holder is asked", async () => {
  const reference = await ending("renewal: ask, approvalFor: [account]");
  const { store } = stage.agent.context;
  store.requests.change(reference, { renewalChoice: "automatic" }, stage.clock.now());
  await look(reference);
  const host = new Visitor(stage, admin);
  await host.open("/admin");
  await host.submit("decline");
  await stage.clock.advance(2 * day);
  await look(reference);
  expect(problem(reference)).toBe("renewal-consent-needed");
  expect(store.drafts.waiting(10)).toEqual([]);
  expect(renewals()).toBe(0);
});

test("a paid term goes on while its renewal waits for approval", async () => {
  const reference = await ending("renewal: ask, approvalFor: [account]");
  const { store } = stage.agent.context;
  store.requests.change(reference, { renewalChoice: "automatic" }, stage.clock.now());
  await look(reference);
  expect(store.drafts.waiting(10)).toHaveLength(1);
  const more = new Date(stage.clock.now().getTime() + 200 * day);
  store.requests.change(reference, { termEnd: more }, stage.clock.now());
  await look(reference);
  expect(store.requests.successors(reference).map(({ kind }) => kind)).toEqual(["renewal", "reissue"]);
});

test("who may not order may neither renew nor agree to a renewal in advance", async () => {
  const reference = await ending("renewal: ask, orderingBy: [admin]");
  const visitor = new Visitor(stage, bob);
  await visitor.open("/manage", { id: reference });
  expect(visitor.hasForm("renew")).toBe(false);
  await visitor.submit("choose", { choice: "automatic" });
  expect(visitor.text).toContain("Certificates are not ordered at this level here.");
  expect(stage.agent.context.store.requests.get(reference)?.renewalChoice).toBeNull();
  await visitor.open("/manage", { id: reference });
  await visitor.submit("choose", { choice: "never" });
  expect(stage.agent.context.store.requests.get(reference)?.renewalChoice).toBe("never");
});

test("a renewal by hand waits for approval too, and says so before and after", async () => {
  const reference = await ending("renewal: ask, approvalFor: [account]");
  const visitor = new Visitor(stage, bob);
  await visitor.open("/manage", { id: reference });
  await visitor.submit("renew");
  await visitor.submit("place", { consent: "yes" });
  expect(renewals()).toBe(0);
  expect(visitor.text).toContain("The order waits until your hosting company has approved it.");
  const host = new Visitor(stage, admin);
  await host.open("/admin");
  await host.submit("approve");
  expect(renewals()).toBe(1);
});

test("a suspended account can't renew by hand, and nothing is sent", async () => {
  const reference = await ending("renewal: ask");
  const visitor = new Visitor(stage, bob);
  await visitor.open("/manage", { id: reference });
  await visitor.submit("renew");
  stage.panel.addAccount("bob", { suspended: true });
  await visitor.submit("place", { consent: "yes" });
  expect(visitor.text).toContain("suspended");
  expect(renewals()).toBe(0);
});
