import { createSweepHandler } from "../../src/jobs/sweep.ts";
import type { WorkItem } from "../../src/store/work.ts";
import { Stage } from "../journeys/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
  stage.ca.set({ preValidated: ["test"] });
});
afterEach(() => stage.close());

const intervals = { pending: 300_000, full: 86_400_000, installed: 3_600_000, ending: 3_600_000 };
const item: WorkItem = {
  kind: "sweep",
  key: "installed",
  wanted: 1,
  attempts: 0,
  strikes: 0,
  lastError: null,
};

/** Compares all websites on a panel that takes so long to list them. */
async function compare(ms: number): Promise<void> {
  const { context } = stage.agent;
  const panel = Object.create(context.panel, {
    listInstalled: { value: () => stage.clock.advance(ms).then(() => []) },
  }) as typeof context.panel;
  await createSweepHandler({ ...context, panel }, intervals).run([item], AbortSignal.any([]));
}

/** Seconds from now until all websites are compared again, after something changed in the panel. */
async function afterChange(): Promise<number> {
  const { work } = stage.agent.context.store;
  work.remove("sweep", "installed");
  await stage.agent.operations.panelChanged();
  return ((work.plannedFor("sweep", "installed")?.getTime() ?? 0) - stage.clock.now().getTime()) / 1000;
}

test("what changes in the panel is looked at half a minute later, and later only where looking takes long", async () => {
  const { reference } = await stage.order("shop.test");
  await stage.untilState(reference, "installed");
  await compare(40);
  expect(await afterChange()).toBe(30);
  await compare(7_000);
  expect(await afterChange()).toBe(140);
  await stage.clock.advance(130_000);
  expect(await afterChange()).toBe(30);
});

test("a clock that was set back does not put the look off for longer than one rest", async () => {
  const { store } = stage.agent.context;
  store.writeMeta("sweep.installed", "2031-01-01T00:00:00.000Z");
  store.writeMeta("sweep.installed.took", "7000");
  expect(await afterChange()).toBe(140);
});
