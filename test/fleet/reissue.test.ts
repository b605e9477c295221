import { createFleetTools } from "../../src/agent/fleet-tools.ts";
import type { ReissueRun } from "../../src/fleet/reissues.ts";
import { eventually } from "./bus-cluster.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

const tools = createFleetTools();
const everything = { issuer: null, endsBefore: null, nodes: null };
let stage: FleetStage;
let first: FleetServer;
let second: FleetServer;

beforeAll(async () => {
  if (noBus !== "") return;
  stage = await FleetStage.open({ hubs: 2 });
  first = await stage.addServer("web01");
  second = await stage.addServer("web02");
  stage.addDomain(first.panel, "other.test");
  for (const [server, name] of [
    [first, "web01.test"],
    [first, "other.test"],
    [second, "web02.test"],
  ] as const) {
    await stage.untilInstalled(server, await stage.order(server, name));
  }
});

afterAll(() => stage?.close());

function hub(): FleetStage["hubSettings"]["gateway"] {
  return stage.hubSettings.gateway;
}

/** Servers tell how they stand, as they do every minute. */
async function beat(...servers: readonly FleetServer[]): Promise<void> {
  for (const { agent } of servers) await agent.fleet?.heartbeat();
}

function reissuesAtCa(): number {
  return stage.ca.requestsTo("POST", /\/certificates\/\d+\/reissue$/).length;
}

async function run(id: string): Promise<ReissueRun | undefined> {
  return (await tools.overview(hub())).reissues.find((one) => one.id === id);
}

async function restart(server: FleetServer): Promise<void> {
  server.agent = await stage.startServerAgent(server.settings, server.panel, server.node);
  await eventually(`${server.node} is back`, () => server.agent.fleet?.connected === true);
}

onBus(
  `nothing is wanted of a server that is not there, nor when the number is another one${noBus}`,
  async () => {
    await beat(first, second);
    const wish = { reason: "", urgent: false, count: 3 };
    await expect(tools.reissue(hub(), { ...everything, nodes: ["web09"] }, wish)).rejects.toMatchObject({
      code: "input-invalid",
    });
    await expect(tools.reissue(hub(), everything, { ...wish, count: 2 })).rejects.toMatchObject({
      code: "selection-changed",
    });
    const none = { ...everything, endsBefore: new Date(0) };
    await expect(tools.reissue(hub(), none, { ...wish, count: 0 })).rejects.toMatchObject({
      code: "nothing-to-do",
    });
    expect((await tools.overview(hub())).reissues).toEqual([]);
  },
);

onBus(`the fleet's certificates are counted by issuer, by end and by server${noBus}`, async () => {
  await beat(first, second);
  const all = await tools.offerReissue(hub(), everything);
  expect(all).toMatchObject({ count: 3, unknown: [], nodes: ["web01", "web02"] });
  expect(all.issuers).toHaveLength(1);
  const [issuer = ""] = all.issuers;
  const count = async (choice: object): Promise<number> =>
    (await tools.offerReissue(hub(), { ...everything, ...choice })).count;
  expect(await count({ issuer })).toBe(3);
  expect(await count({ issuer: "CN=Somebody else" })).toBe(0);
  expect(await count({ nodes: ["web02"] })).toBe(1);
  expect(await count({ endsBefore: new Date() })).toBe(0);
  expect(await count({ endsBefore: new Date(Date.now() + 800 * 86_400_000) })).toBe(3);
});

onBus(
  `each server replaces its own once, also when it was away and a hub died meanwhile, and the overview says how far each is${noBus}`,
  async () => {
    await beat(first, second);
    const before = reissuesAtCa();
    await second.agent.stop();
    const [issuer = ""] = (await tools.offerReissue(hub(), everything)).issuers;
    const wish = { reason: "The intermediate is revoked", urgent: true, count: 3 };
    const id = await tools.reissue(hub(), { ...everything, issuer }, wish);
    const [dying] = stage.hubs;
    if (dying !== undefined) await stage.stopHub(dying);
    await eventually("the first has replaced its own", async () => {
      await beat(first).catch(() => undefined);
      return (await run(id))?.servers.find(({ node }) => node === "web01")?.state === "done";
    });
    expect(await run(id)).toMatchObject({
      state: "under-way",
      all: 3,
      done: 2,
      stuck: 0,
      servers: [
        { node: "web01", state: "done", all: 2, done: 2 },
        { node: "web02", state: "waiting" },
      ],
    });
    await restart(second);
    await eventually("the second has replaced its own", async () => {
      await beat(first, second).catch(() => undefined);
      return (await run(id))?.state === "done";
    });
    expect(await run(id)).toMatchObject({ all: 3, done: 3, finishAt: null });
    expect(reissuesAtCa()).toBe(before + 3);
    // Told again and again, also after a restart: what was taken up is taken up once.
    await second.agent.stop();
    await restart(second);
    await beat(first, second);
    await second.agent.idle();
    expect(reissuesAtCa()).toBe(before + 3);
    await stage.startHub();
  },
);

onBus(`what was stopped before a server heard of it is never begun there${noBus}`, async () => {
  await beat(first, second);
  const before = reissuesAtCa();
  await second.agent.stop();
  const choice = { ...everything, nodes: ["web02"] };
  const id = await tools.reissue(hub(), choice, { reason: "", urgent: false, count: 1 });
  await expect(tools.stopReissue(hub(), "20200101000000-abcdef")).rejects.toMatchObject({
    code: "not-found",
  });
  await tools.stopReissue(hub(), id);
  await restart(second);
  await beat(second);
  await second.agent.idle();
  expect(reissuesAtCa()).toBe(before);
  expect(await run(id)).toMatchObject({ state: "stopped", servers: [{ node: "web02", state: "stopped" }] });
});
