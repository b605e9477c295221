import { CodedError } from "../../src/errors.ts";
import { HubOfRules, KeptMeta } from "./hub-of-rules.ts";

test("a machine that was said to be a copy only looks, also after a restart", async () => {
  const hub = new HubOfRules();
  const store = new KeptMeta();
  const first = hub.start("web01", store);
  await first.heartbeat();
  await first.copy();
  for (const member of [first, hub.start("web01", store)]) {
    expect(member.problem).toMatchObject({ code: "server-cloned" });
    expect(() => member.requireServer()).toThrow();
  }
});

test("a copy that joins under a name of its own is a server like any other, at every start", async () => {
  const hub = new HubOfRules();
  const store = new KeptMeta();
  await hub.start("web01", store).heartbeat();
  const clone = store.copy();
  await hub.start("web01", clone).copy();
  for (let start = 0; start < 3; start += 1) {
    const member = hub.start("web02", clone);
    await member.heartbeat();
    expect(member.problem).toBeNull();
    await member.ca.listPending().catch(() => undefined);
  }
  expect(hub.asked.filter((asked) => asked === "web02 listPending")).toHaveLength(3);
  const original = hub.start("web01", store);
  await original.heartbeat();
  expect(original.problem).toBeNull();
});

test("a server that was said to be a copy by mistake is the server again at every start once root says so", async () => {
  const hub = new HubOfRules();
  const store = new KeptMeta();
  const mistaken = hub.start("web01", store);
  await mistaken.heartbeat();
  await mistaken.copy();
  await mistaken.moved();
  for (const member of [mistaken, hub.start("web01", store), hub.start("web01", store)]) {
    await member.heartbeat();
    expect(member.problem).toBeNull();
  }
});

const reference = (count: number): string => `xs-${count.toString(16).padStart(16, "0")}`;
const order = (count: number) => ({ reference: reference(count), requestId: count, certificateId: null });

/** Nothing here waits for more than what was begun. */
async function until(reached: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !reached(); turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(reached()).toBe(true);
}

test("neither the heartbeat nor wake-ups wait until the hub has looked at a thousand orders, and each is told once at a time", async () => {
  const hub = new HubOfRules();
  const told: string[] = [];
  const looked: (() => void)[] = [];
  hub.answers["claim"] = async (args) => {
    told.push((args as { reference: string }).reference);
    await new Promise<void>((resolve) => looked.push(resolve));
    return true;
  };
  const orders = Array.from({ length: 1_000 }, (_none, index) => order(index + 1));
  const member = hub.start("web01", new KeptMeta(), {
    ordersToClaim: () => orders.map((one) => one.reference),
    orderToClaim: (wanted) => orders.find((one) => one.reference === wanted) ?? null,
  });
  // All of it while the first order is still being looked at.
  member.start();
  hub.arrive();
  await until(() => hub.asked.includes("web01 takes wake-ups"));
  await member.heartbeat();
  await member.heartbeat();
  await until(() => looked.length > 0);
  expect(told).toEqual([reference(1)]);
  // The first one again: which records it was told to was not known yet.
  const wanted = [reference(1), ...orders.map((one) => one.reference)];
  for (const _one of wanted) {
    await until(() => looked.length > 0);
    looked.shift()?.();
  }
  await until(() => told.length === wanted.length);
  expect(told).toEqual(wanted);
});

test("an order that was being told when the hub lost its records is told again, and one that the hub refuses holds up none", async () => {
  const hub = new HubOfRules();
  const store = new KeptMeta();
  const told: string[] = [];
  let answer = Promise.withResolvers<boolean>();
  hub.answers["claim"] = (args) => {
    told.push((args as { reference: string }).reference);
    return answer.promise;
  };
  hub.answers["news"] = () => ({ owners: "those before" });
  const member = hub.start("web01", store, {
    ordersToClaim: () => [reference(1), reference(2)],
    orderToClaim: (wanted) => order(wanted === reference(1) ? 1 : 2),
  });
  await member.heartbeat();
  await until(() => told.length === 1);
  hub.answers["news"] = () => ({ owners: "others" });
  await member.heartbeat();
  answer.resolve(true);
  answer = Promise.withResolvers<boolean>();
  await until(() => told.length === 2);
  expect(store.readMeta(`fleet.claimed.${reference(1)}`)).toBeNull();
  answer.reject(new CodedError("fleet-refused"));
  await until(() => told.length === 3);
  expect(told).toEqual([reference(1), reference(1), reference(2)]);
});

test("what the hub could not be told, because the CA was away, is told again later without a new connection", async () => {
  const hub = new HubOfRules();
  const store = new KeptMeta();
  let tries = 0;
  hub.answers["claim"] = () => {
    tries += 1;
    if (tries === 1) throw new CodedError("ca-unreachable");
    return true;
  };
  const member = hub.start("web01", store, {
    ordersToClaim: () => [reference(1)],
    orderToClaim: () => order(1),
  });
  await member.heartbeat();
  await until(() => tries === 1 && hub.clock.waiting > 0);
  await hub.clock.advance(600_000);
  await until(() => store.readMeta(`fleet.claimed.${reference(1)}`) === "yes");
  expect(tries).toBe(2);
});
