import type { Ask } from "../../src/fleet/ask.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

/*
 * What one server asks of the hub beside another one, counted at the CA.
 */

let stage: FleetStage;
let greedy: { ask: Ask; id: number };
let other: typeof greedy;

beforeAll(async () => {
  if (noBus !== "") return;
  stage = await FleetStage.open();
  greedy = await withOrder(await stage.addServer("web01"));
  other = await withOrder(await stage.addServer("web02"));
});

afterAll(() => stage?.close());

async function withOrder(server: FleetServer): Promise<typeof greedy> {
  const reference = await stage.order(server);
  await stage.untilInstalled(server, reference);
  const id = server.agent.context.store.requests.get(reference)?.caRequestId ?? 0;
  return { ask: await stage.askAs(server), id };
}

/** At which place the CA was asked about a request, among all that it was asked since. */
function placeOf(id: number, since: number): number {
  return stage.ca.requests.slice(since).findIndex(({ path }) => path.endsWith(`/requests/${id}`));
}

onBus(
  `a server that asks for hundreds at once does not hold up another one's question of the same priority${noBus}`,
  async () => {
    const slow = stage.ca.fault({
      kind: "slow-drip",
      everyMs: 30,
      bytes: 100_000,
      match: { path: /\/requests\/\d+$/ },
      times: Number.POSITIVE_INFINITY,
    });
    const since = stage.ca.requests.length;
    const many = Array.from({ length: 700 }, () =>
      greedy.ask("readRequest", { id: greedy.id, priority: "background" }).then(
        () => "answered",
        ({ code }: { code: string }) => code,
      ),
    );
    await other.ask("readRequest", { id: other.id, priority: "background" });
    expect(placeOf(other.id, since)).toBeGreaterThanOrEqual(0);
    expect(placeOf(other.id, since)).toBeLessThan(150);
    slow.remove();
    const outcomes = await Promise.all(many);
    // More than the hub has room for is refused at once instead of kept.
    expect(new Set(outcomes)).toEqual(new Set(["answered", "ca-busy"]));
    expect(outcomes.filter((outcome) => outcome === "ca-busy").length).toBeGreaterThan(100);
    expect(outcomes.filter((outcome) => outcome === "answered").length).toBeGreaterThanOrEqual(500);
  },
);
