import { type Intake, startIntake } from "../../src/agent/intake.ts";
import { systemClock } from "../../src/clock.ts";
import type { Bus } from "../../src/fleet/bus.ts";
import { createHintPublisher } from "../../src/fleet/hint-publisher.ts";
import { hintStream } from "../../src/fleet/subjects.ts";
import { ensureStreams } from "../../src/fleet/topology.ts";
import { silentLog } from "../../src/logging.ts";
import { parseSettings } from "../../src/settings.ts";
import { BusCluster, eventually } from "./bus-cluster.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

let cluster: BusCluster;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function startCluster(change?: (text: string) => string): Promise<Bus> {
  cluster = await BusCluster.open(change === undefined ? {} : { change });
  open.push(cluster);
  return startBus("gateway");
}

/** The connection of a part of the hub. */
function startBus(participant: "gateway" | "intake"): Bus {
  const bus = cluster.connect(participant);
  open.push(bus);
  return bus;
}

async function startHub(): Promise<Intake> {
  const settings = parseSettings(
    `fleet: { role: hub, servers: ${JSON.stringify(cluster.servers)}, credentialFile: ${cluster.hub("intake.creds")}, trustFile: ${cluster.hub("bus-ca.pem")} }
webhook: { listen: ["127.0.0.1:0"], tls: false, allowedSources: [127.0.0.1] }`,
    "test",
    [],
  );
  const intake = await startIntake({ settings, log: silentLog });
  open.push({ close: () => intake.stop() });
  return intake;
}

function send({ webhookPorts }: Intake, id: number): Promise<Response> {
  return fetch(`http://127.0.0.1:${webhookPorts[0]}/webhook?RequestId=${id}&Status=Issued`);
}

async function makeStreams(bus: Bus): Promise<void> {
  await eventually("the streams are there", async () => {
    try {
      await ensureStreams(bus.now().manager);
      return true;
    } catch {
      return false;
    }
  });
}

async function stored(bus: Bus): Promise<number> {
  return (await bus.now().manager.streams.info(hintStream)).state.messages;
}

onBus(`no webhook is taken while a bus server does not sync each write${noBus}`, async () => {
  const bus = await startCluster((text) => text.replace("sync_interval: always", "sync_interval: 2m"));
  await makeStreams(bus);
  const intake = await startHub();
  await eventually("it knows the bus", () => bus.connected);
  const answer = await send(intake, 1);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("30");
  expect(await stored(bus)).toBe(0);
});

onBus(`no webhook is taken while the stream has fewer replicas than three${noBus}`, async () => {
  const bus = await startCluster();
  await makeStreams(bus);
  const intake = await startHub();
  await eventually("it takes webhooks", () => intake.ready);
  const { manager } = bus.now();
  const { config } = await manager.streams.info(hintStream);
  await manager.streams.update(hintStream, { ...config, num_replicas: 1 });
  const late = await startHub();
  await eventually("the other one has looked", async () => (await send(late, 2)).status === 503);
  expect((await fetch(`http://127.0.0.1:${late.webhookPorts[0]}/healthz`)).status).toBe(503);
});

onBus(`a webhook whose acknowledgement was lost lies on the bus once${noBus}`, async () => {
  const bus = await startCluster();
  await makeStreams(bus);
  let lost = 0;
  // The bus has it, but what it said of that does not come.
  const publishing = startBus("intake");
  const deaf = Object.create(publishing) as Bus;
  deaf.now = () => {
    const session = publishing.now();
    const stream = Object.create(session.stream) as typeof session.stream;
    stream.publish = async (...args) => {
      const acknowledged = await session.stream.publish(...args);
      lost += 1;
      if (lost === 1) throw new Error("timeout");
      return acknowledged;
    };
    return { ...session, stream };
  };
  const publisher = createHintPublisher(deaf, systemClock, silentLog);
  open.push({ close: async () => publisher.close() });
  await eventually("it takes webhooks", () => publisher.ready);
  const receivedAt = new Date();
  const hint = { receivedAt, source: "test", requestId: 7, status: "Issued", state: null, domain: null };
  await publisher.publish([hint]);
  expect(lost).toBe(2);
  expect(await stored(bus)).toBe(1);
  // The same words again are another webhook.
  await publisher.publish([hint]);
  expect(await stored(bus)).toBe(2);
});

onBus(
  `a webhook is answered OK once the bus has it, one bus server lost, and 503 when two are${noBus}`,
  async () => {
    const bus = await startCluster();
    await makeStreams(bus);
    const intake = await startHub();
    const publishing = startBus("intake");
    const publisher = createHintPublisher(publishing, systemClock, silentLog);
    open.push({ close: async () => publisher.close() });
    await eventually("it takes webhooks", () => intake.ready && publisher.ready);
    expect((await send(intake, 10)).status).toBe(200);
    expect(await stored(bus)).toBe(1);
    await cluster.killNode("bus1");
    await eventually("it goes on with two", async () => (await send(intake, 11)).status === 200);
    await cluster.killNode("bus2");
    await eventually("it takes none with one", async () => (await send(intake, 12)).status === 503);
    // The one that is left describes the stream and tells how it stores, as if nothing were amiss.
    await eventually("a balancer would hear of it", () => publishing.connected && !publisher.ready);
    cluster.startNode("bus1");
    await eventually("it takes them again", async () => (await send(intake, 13)).status === 200);
    const kept: number[] = [];
    await eventually("the stream tells what it has", async () => {
      kept.length = 0;
      try {
        const { state } = await bus.now().manager.streams.info(hintStream);
        for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
          const message = await bus.now().manager.streams.getMessage(hintStream, { seq });
          if (message !== null) kept.push((message.json() as { requestId: number }).requestId);
        }
        return true;
      } catch {
        return false;
      }
    });
    expect(kept).toEqual(expect.arrayContaining([10, 11, 13]));
  },
);
