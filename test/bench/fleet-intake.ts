import { setTimeout as pause } from "node:timers/promises";
import { Ownership } from "../../src/fleet/ownership.ts";
import { Records } from "../../src/fleet/records.ts";
import { hintStream, ownerBucket } from "../../src/fleet/subjects.ts";
import type { DemoStage } from "../demo/demo-stage.ts";
import { eventually } from "../fleet/bus-cluster.ts";
import { FleetStage } from "../fleet/fleet-stage.ts";
import { HubProcess } from "../fleet/hub-process.ts";
import { atLeast, atMost, type Figure, plain } from "./aim.ts";
import { type Load, loadWebhooks } from "./intake.ts";
import { median } from "./measure.ts";

/** Webhooks about orders that the hub knows, so that each is sent on to its server. */
const orders = { first: 5_000_001, count: 1_000 };

/**
 * Webhooks per second through one hub, which says 200 once the majority of three bus servers has synced it, beside the agent
 * of a single server, which syncs to its own disk; in turn. The gateway sends on to the servers all the while.
 */
export async function benchFleetIntake(single: DemoStage, turns: number): Promise<Figure[]> {
  const stage = await FleetStage.open({ hubs: 0, intakes: () => [] });
  let hub: HubProcess | null = null;
  try {
    hub = await HubProcess.start("hub1", stage.cluster);
    await eventually("the hub takes webhooks", () => hub?.isReady() ?? false);
    const bus = await stage.gatewayBus();
    const ownership = new Ownership(new Records(bus, ownerBucket));
    // Webhooks can be taken a moment before the gateway has made the records.
    await eventually("the gateway has records", () =>
      ownership.generation().then(
        (id) => id !== "",
        () => false,
      ),
    );
    for (let id = orders.first; id < orders.first + orders.count; id += 1) {
      await ownership.reassign(id, "web01");
    }
    const waiting = async (): Promise<number> =>
      (await bus.now().manager.streams.info(hintStream)).state.messages;
    const port = Number(hub.webhookAddress.split(":")[1]);
    const loads: Record<"hub" | "single", Load[]> = { hub: [], single: [] };
    const sentOn: number[] = [];
    for (let turn = -1; turn < turns; turn += 1) {
      const alone = await loadWebhooks(single.folder, single.webhookPort, "/webhook", orders);
      const begun = performance.now();
      const before = (await bus.now().manager.streams.info(hintStream)).state.last_seq;
      const through = await loadWebhooks(single.folder, port, "/webhook", orders);
      while ((await waiting()) > 0) await pause(100);
      const took = (performance.now() - begun) / 1_000;
      const count = (await bus.now().manager.streams.info(hintStream)).state.last_seq - before;
      // The first turn warms up.
      if (turn < 0) continue;
      loads.single.push(alone);
      loads.hub.push(through);
      sentOn.push(count / took);
    }
    const rate = (name: keyof typeof loads): number => median(loads[name].map(({ perSecond }) => perSecond));
    return [
      plain("one hub, synced by the majority of three bus servers before 200", rate("hub"), " calls/s"),
      plain("a single server's agent, synced before 200", rate("single"), " calls/s"),
      plain("hub : single server", rate("hub") / rate("single"), ""),
      plain("p99 of the hub", median(loads.hub.map(({ p99 }) => p99)), " ms"),
      plain("webhooks taken and sent on to their servers", median(sentOn), " a second"),
      atLeast("the busiest ten minutes of 500 servers: 250 a second", median(sentOn), 250, " a second"),
      atMost(
        "calls that got anything but 200",
        loads.hub.reduce((sum, { refused }) => sum + refused, 0),
        0,
        "",
      ),
    ];
  } finally {
    await hub?.kill();
    await stage.close();
  }
}
