import type { RequestReport } from "../../src/agent/describe-request.ts";
import { createFleetTools } from "../../src/agent/fleet-tools.ts";
import type { ReissueRun } from "../../src/fleet/reissues.ts";
import { keysAreSealed, nothingIsForgotten, orderedOnce, servesTheOrder } from "../proof/invariants.ts";
import { issuedFor } from "../proof/issued-for.ts";
import { look } from "../proof/watch-served.ts";
import { eventually } from "./bus-cluster.ts";
import { FleetLives } from "./fleet-lives.ts";
import { wishFor } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";
import { ShiftedClock } from "./shifted-clock.ts";
import { untilStill } from "./until-still.ts";

/*
 * The hub is killed by SIGKILL again and again while the certificates of the whole fleet are replaced. What dies is the
 * compiled program, so `scripts/build` has to have run.
 */

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

/** Servers tell how they stand every six seconds, and wait for a hub that died for sixteen. */
const factor = 10;
const nodes = ["web01", "web02"];
const sitesEach = 5;
/** Longer than an order is looked for that a hub wrote down and then died over (`place-once.ts`). */
const longSearch = 75 * 60_000;
/** Nothing that is under way at the CA takes as long as this to get on. */
const still = 8_000;
/** The servers' clocks are ahead by then, and what is wanted is about certificates that were ordered before. */
const clock = new ShiftedClock();
clock.shift = 3_600_000;
const tools = createFleetTools(clock);

let fleet: FleetLives;
beforeAll(async () => {
  if (noBus === "") fleet = await FleetLives.open(nodes, factor);
});
afterAll(() => fleet?.close());

interface Site {
  readonly node: string;
  readonly domain: string;
}

/** A certificate on each of the websites. */
async function furnish(): Promise<Site[]> {
  const sites = nodes.flatMap((node) =>
    Array.from({ length: sitesEach }, (_, index) => ({ node, domain: `${node}-${index}.test` })),
  );
  for (const { node, domain } of sites) {
    fleet.stage.addDomain(fleet.server(node).joined.panel, domain);
    await fleet.call(node, "order", wishFor(domain));
  }
  await eventually("every website has its first certificate", async () => {
    const all = await Promise.all(nodes.map((node) => requestsOf(node)));
    return all.flat().filter(({ state }) => state === "installed").length === sites.length;
  });
  return sites;
}

function requestsOf(node: string): Promise<RequestReport[]> {
  const everything = { account: null, state: null, limit: 100 };
  return fleet.call(node, "listRequests", everything) as Promise<RequestReport[]>;
}

function reissuesAtCa(): number {
  return fleet.stage.ca.requestsTo("POST", /\/certificates\/\d+\/reissue$/).length;
}

/**
 * Waits until so many are there. What a hub wrote down and then died over, queued at the CA's door, is looked for with pauses
 * of many minutes, and all that is left may be such: then time moves on.
 */
async function reach(what: string, reached: () => number, all: number): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
    if (await untilStill(reached, all, still)) return;
    fleet.passTime(longSearch);
  }
  throw new Error(`never: ${what}`);
}

/** Ends a role of the hub in the middle of what it does, and begins it anew. */
async function killHub(...roles: readonly string[]): Promise<void> {
  await Promise.all(roles.map((role) => fleet.life(role).kill()));
  await Promise.all(roles.map((role) => fleet.startWell(role)));
}

onBus(
  `a hub that is killed in the middle of a bulk reissue has each certificate replaced once, and the run comes to its end${noBus}`,
  async () => {
    const sites = await furnish();
    const { ca, hubSettings, local } = fleet.stage;
    const hub = hubSettings.gateway;
    const everything = { issuer: null, endsBefore: null, nodes: null };
    await eventually("the hub knows what the servers have", async () => {
      return (await tools.offerReissue(hub, everything)).count === sites.length;
    });
    const match = { method: "POST", path: /\/certificates\/\d+\/reissue$/ };
    // One never arrives, and the hub can't know that.
    const lost = ca.fault({ kind: "reset-before", match });
    // Answers are on their way for so long that the hub dies with some of them.
    const dripping = ca.fault({ kind: "slow-drip", everyMs: 20, match, times: Number.POSITIVE_INFINITY });
    const wish = { reason: "The intermediate is revoked", urgent: true, count: sites.length };
    const id = await tools.reissue(hub, everything, wish);
    await killHub("gateway");
    for (const [ordered, roles] of [
      [1, ["gateway"]],
      [3, ["gateway", "intake"]],
      [6, ["gateway"]],
    ] as const) {
      await reach(`${ordered} were asked of the CA`, reissuesAtCa, ordered);
      await killHub(...roles);
    }
    dripping.remove();
    const replaced = (): number => sites.filter(({ domain }) => issuedFor(ca, domain).length === 2).length;
    await reach("every certificate is replaced", replaced, sites.length);
    let run: ReissueRun | undefined;
    await eventually("the run is done, and none of it stuck", async () => {
      run = (await tools.overview(hub)).reissues.find((one) => one.id === id);
      return run?.state === "done" && run.stuck === 0;
    });
    expect(run).toMatchObject({ all: sites.length, done: sites.length });
    expect([lost.hits, reissuesAtCa()]).toEqual([1, sites.length + 1]);
    for (const { node, domain } of sites) {
      const { panel } = fleet.server(node).joined;
      const issued = issuedFor(ca, domain);
      expect([domain, issued.length]).toEqual([domain, 2]);
      await eventually(`${domain} shows its new certificate`, async () => {
        const now = await look(local, panel.httpsPort, domain, ca.rootPem);
        return servesTheOrder(now, issued.at(-1) ?? null).length === 0;
      });
      const installs = panel.calls.filter(
        ({ method, detail }) => method === "installCertificates" && detail.split(",").includes(domain),
      );
      expect([domain, installs.length]).toEqual([domain, 2]);
      expect(orderedOnce(ca, domain, 1)).toEqual([]);
    }
    for (const node of nodes) {
      expect(keysAreSealed(fleet.server(node).joined.folder)).toEqual([]);
      await eventually("nothing is left to do", () => nothingIsForgotten(fleet.stateDir(node)).length === 0);
    }
  },
);
