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
