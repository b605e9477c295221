import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { eventually } from "./bus-cluster.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";
import { plainOrder } from "./plain-order.ts";
import { ShiftedClock } from "./shifted-clock.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

/*
 * Hubs keep nothing of their own: any of them does what another one began.
 */

const clock = new ShiftedClock();
let stage: FleetStage;
let server: FleetServer;

beforeAll(async () => {
  if (noBus !== "") return;
  stage = await FleetStage.open({ hubs: 2, clock });
  server = await stage.addServer("web01");
  // Nothing is walked by the clock: the test says when, and what comes otherwise comes by webhook.
  clock.patient = true;
});

afterAll(() => stage?.close());

/** How often anybody walked over the list of pending orders; one page is all of it. */
function walks(): number {
  return stage.ca.requestsTo("GET", /\/v1\/requests$/).length;
}

onBus(
  `of two hubs one walks the CA's lists for all, and the other does when it is gone${noBus}`,
  async () => {
    const walkAll = (): Promise<unknown> =>
      Promise.all(stage.hubs.map(({ gateway }) => gateway.walk.walk().catch(() => undefined)));
    await eventually("the first walk is over", async () => {
      await walkAll();
      return walks() > 0;
    });
    for (let round = 0; round < 3; round += 1) {
      const before = walks();
      clock.shift += 61_000;
      await eventually("somebody has walked", async () => {
        await walkAll();
        return walks() > before;
      });
      await walkAll();
      expect(walks()).toBe(before + 1);
      // Whoever walked is stopped after the second round; the lease is void when it has run out.
      const [first] = stage.hubs;
      if (round === 1 && first !== undefined) {
        await stage.stopHub(first);
        await stage.startHub();
      }
    }
  },
);

onBus(
  `webhooks may come to any hub, and those that one leaves unsaid come to the others when it is gone${noBus}`,
  async () => {
    const first = await stage.order(server);
    await stage.untilInstalled(server, first);
    const both = [...stage.balancer.taken.entries()];
    expect(both.length).toBeGreaterThanOrEqual(2);
    const [gone] = stage.hubs;
    if (gone === undefined) throw new Error("no hub");
    await stage.stopHub(gone);
    stage.addDomain(server.panel, "second.test");
    await stage.untilInstalled(server, await stage.order(server, "second.test"));
    const after = [...stage.balancer.taken.values()].reduce((sum, count) => sum + count, 0);
    expect(after).toBeGreaterThan(both.reduce((sum, [, count]) => sum + count, 0));
    expect(stage.namesOrdered().sort()).toEqual(["second.test", "web01.test"]);
  },
);

onBus(
  `a hub that is stopped answers what it has sent to the CA, and the rest is placed by the other one, each once${noBus}`,
  async () => {
    const other = stage.hubs[0];
    await stage.startHub();
    const { store, keys } = server.agent.context;
    const [known] = store.requests.inState("installed");
    const names = known?.names ?? [];
    const key = await keys.read(known?.keyId ?? "");
    const count = 30;
    const requests = await Promise.all(
      Array.from({ length: count }, () => makeCertificateRequest(names, key)),
    );
    const ask = await stage.askAs(server);
    const place = (index: number): Promise<string> =>
      ask(
        "order",
        plainOrder({
          reference: `xs-00000000000000${(index + 16).toString(16)}`,
          csr: requests[index] ?? "",
          names,
          productId: known?.productId ?? 0,
        }),
      ).then(
        () => "placed",
        ({ code }: { code: string }) => code,
      );
    const posted = (): number => stage.ca.requestsTo("POST", /\/requests$/).length;
    const before = posted();
    // Each answer takes a while, so that both hubs have some under way and more that wait for their turn.
    const match = { method: "POST", path: /\/requests$/ };
    const slow = stage.ca.fault({
      kind: "slow-drip",
      everyMs: 50,
      bytes: 50,
      match,
      times: Number.POSITIVE_INFINITY,
    });
    const orders = requests.map((_csr, index) => place(index));
    await eventually("both hubs have some under way", () => posted() >= before + 8);
    if (other !== undefined) await stage.stopHub(other);
    slow.remove();
    expect(new Set(await Promise.all(orders))).toEqual(new Set(["placed"]));
    expect(posted()).toBe(before + count);
  },
);
