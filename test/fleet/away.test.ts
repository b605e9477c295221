import { connect } from "node:tls";
import { wakeStream } from "../../src/fleet/subjects.ts";
import { eventually } from "./bus-cluster.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";
import { ShiftedClock } from "./shifted-clock.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

const day = 86_400_000;
const clock = new ShiftedClock();
let stage: FleetStage;

beforeAll(async () => {
  stage = await FleetStage.open({ clock });
});

afterAll(() => stage?.close());

/** Stops its agent once it has ordered, before anything is issued; then the CA goes on without it. */
async function leave(server: FleetServer): Promise<string> {
  stage.ca.set({ issueDelayMs: 3_000 });
  const reference = await stage.order(server);
  const id = (): number => server.agent.context.store.requests.get(reference)?.caRequestId ?? 0;
  await eventually("its answer is in the DNS", () => server.panel.records.length > 0);
  const request = id();
  await server.agent.stop();
  await eventually("the CA has issued it", () => stage.ca.order(request).state === "issued");
  return reference;
}

async function waiting(node: string): Promise<number> {
  const { manager } = (await stage.gatewayBus()).now();
  // What went to a question that its agent had left open when it was stopped comes again, and waits as well.
  const { num_pending, num_ack_pending } = await manager.consumers.info(wakeStream, node);
  return num_pending + num_ack_pending;
}

async function comeBack(server: FleetServer, days: number): Promise<void> {
  clock.shift += days * day;
  stage.ca.advanceClock(days * 86_400);
  server.agent = await stage.startServerAgent(server.settings, server.panel, server.node, clock);
}

/** Whether a visitor of the website gets a certificate for it. */
function served({ panel, node }: FleetServer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: "127.0.0.1", port: panel.httpsPort, servername: `${node}.test`, rejectUnauthorized: false },
      () => {
        resolve((socket.getPeerCertificate().subjectaltname ?? "").includes(`DNS:${node}.test`));
        socket.destroy();
      },
    );
  });
}

onBus(
  `a server that was away for a month finds what waits for it in its own consumer (F-43)${noBus}`,
  async () => {
    const server = await stage.addServer("web01");
    const reference = await leave(server);
    await eventually("a wake-up waits", async () => (await waiting("web01")) > 0);
    // Only the consumer can tell it: the lists are out of reach.
    const match = { method: "GET", path: /\/(requests|certificates)$/ };
    stage.ca.fault({ kind: "status", status: 503, match, times: Number.POSITIVE_INFINITY });
    await comeBack(server, 31);
    await stage.untilInstalled(server, reference);
    expect(await served(server)).toBe(true);
    expect(await waiting("web01")).toBe(0);
    stage.ca.clearFaults();
  },
);

onBus(
  `a server that was away for longer than wake-ups are kept catches up by its sweep (F-43)${noBus}`,
  async () => {
    const server = await stage.addServer("web02");
    const reference = await leave(server);
    await eventually("a wake-up waits", async () => (await waiting("web02")) > 0);
    const { manager } = (await stage.gatewayBus()).now();
    const { config } = await manager.streams.info(wakeStream);
    // The age limit itself, so that the bus forgets by its own rule.
    await manager.streams.update(wakeStream, {
      ...config,
      max_age: 1_000_000_000,
      duplicate_window: 500_000_000,
    });
    await eventually("the bus has forgotten it", async () => (await waiting("web02")) === 0);
    await comeBack(server, 45);
    await stage.untilInstalled(server, reference);
    expect(await served(server)).toBe(true);
  },
);
