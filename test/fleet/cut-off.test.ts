import { eventually } from "./bus-cluster.ts";
import { BusRoutes } from "./bus-routes.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

/*
 * A bus server that is cut off from its peers takes connections and answers pings as ever. It only gets nothing done.
 */

const open = new AsyncDisposableStack();
afterAll(() => open.disposeAsync());

/** A fleet whose hub and server are connected to the same bus server; which one that is, is chance. */
async function openFleet(): Promise<{
  routes: BusRoutes;
  stage: FleetStage;
  server: FleetServer;
  at: string;
}> {
  const routes = open.adopt(await BusRoutes.open(), (opened) => opened.close());
  const stage = open.adopt(await FleetStage.open({ changeBus: routes.change }), (opened) => opened.close());
  const server = await stage.addServer("web01");
  for (;;) {
    const [hubAt, serverAt] = [await routes.serverOf("gateway"), await routes.serverOf("web01")];
    if (hubAt !== null && hubAt === serverAt) return { routes, stage, server, at: hubAt };
    await server.agent.stop();
    server.agent = await stage.startServerAgent(server.settings, server.panel, server.node);
    await eventually("it is connected", () => server.agent.fleet?.connected === true);
  }
}

onBus(
  `F-41: hub and server leave a bus server that is cut off from its peers, and go on through another one${noBus}`,
  async () => {
    const { routes, stage, server, at } = await openFleet();
    // Nothing that is asked at a start is under way any more.
    await stage.untilInstalled(server, await stage.order(server));
    const begun = performance.now();
    routes.cutOff(at);
    for (const participant of ["gateway", "web01"]) {
      await eventually(`${participant} is at another bus server`, async () => {
        const now = await routes.serverOf(participant);
        return now !== null && now !== at;
      });
    }
    // Less than thirty seconds, and as long again for a machine that is busy.
    expect(performance.now() - begun).toBeLessThan(60_000);
    stage.addDomain(server.panel, "second.test");
    let reference = "";
    await eventually("an order is taken", async () => {
      // Until bus servers miss their peer, a question may go its way.
      const order = stage.order(server, "second.test");
      reference = await order.catch(() => "");
      return reference !== "";
    });
    await stage.untilInstalled(server, reference);
  },
);
