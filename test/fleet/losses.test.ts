import { publishWakeUp } from "../../src/fleet/hint-router.ts";
import { proveKey } from "../../src/fleet/key-proof.ts";
import { wakeStream } from "../../src/fleet/subjects.ts";
import { eventually } from "./bus-cluster.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";
import { plainOrder } from "./plain-order.ts";
import { ShiftedClock } from "./shifted-clock.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

let stage: FleetStage;
const clock = new ShiftedClock();

beforeAll(async () => {
  stage = await FleetStage.open({ hubs: 2, clock });
  await stage.addServer("web01");
  await stage.addServer("web02");
});

afterAll(() => stage?.close());

onBus(
  `F-41: with both streams deleted and no webhook at all, the walk finds the certificate and its server installs it${noBus}`,
  async () => {
    const [server] = stage.servers;
    if (server === undefined) throw new Error("no server");
    const { webhook } = stage.ca.switches;
    const url = webhook.url;
    stage.ca.set({ webhook: { url: null } });
    const reference = await stage.order(server);
    const id = (): number => server.agent.context.store.requests.get(reference)?.caRequestId ?? 0;
    await eventually("the CA has issued it", () => stage.ca.order(id()).state === "issued");
    await stage.loseStreams();
    await eventually("the walk is due and done", async () => {
      clock.shift += 60_000;
      for (const { gateway } of stage.hubs) await gateway.walk.walk().catch(() => undefined);
      return server.agent.context.store.requests.get(reference)?.state === "installed";
    });
    stage.ca.set({ webhook: { url } });
  },
);

onBus(
  `streams that were deleted are there again as soon as somebody misses them, and servers are woken again${noBus}`,
  async () => {
    const { manager, stream } = (await stage.gatewayBus()).now();
    // Not when somebody looks after them by the clock.
    clock.patient = true;
    await stage.loseStreams();
    await eventually("each server's consumer is there again", async () => {
      try {
        await Promise.all(["web01", "web02"].map((node) => manager.consumers.info(wakeStream, node)));
        return true;
      } catch {
        return false;
      }
    });
    clock.patient = false;
    const wake = {
      receivedAt: new Date(),
      source: "test",
      requestId: 1,
      status: "Issued",
      state: null,
      domain: null,
    };
    // Not every bus server hears of the new stream at once, and who sends wake-ups tries again as well.
    await eventually("the bus takes a wake-up", () =>
      publishWakeUp({ stream }, "web01", wake, "again").then(
        () => true,
        () => false,
      ),
    );
    await eventually(
      "it was taken",
      async () => (await manager.consumers.info(wakeStream, "web01")).ack_floor.consumer_seq === 1,
    );
  },
);

onBus(`F-44: two hubs that are asked for the same order at the same time place it once${noBus}`, async () => {
  const [, server] = stage.servers;
  if (server === undefined) throw new Error("no server");
  const { ca, store } = server.agent.context;
  const before = stage.ca.requestsTo("POST", /\/requests$/).length;
  const reference = await stage.order(server);
  await stage.untilInstalled(server, reference);
  const request = store.requests.get(reference);
  const again = plainOrder({
    reference,
    csr: request?.csr ?? "",
    names: request?.names ?? [],
    productId: request?.productId ?? 0,
  });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ca.order(again)));
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([request?.caRequestId]));
  expect(stage.ca.requestsTo("POST", /\/requests$/)).toHaveLength(before + 1);
});

onBus(`an order that was looked for in vain is never placed afterwards${noBus}`, async () => {
  const [, server] = stage.servers;
  if (server === undefined) throw new Error("no server");
  const { ca, store } = server.agent.context;
  const [known] = store.requests.inState("installed");
  const reference = "xs-0123456789abcdef";
  const before = stage.ca.requestsTo("POST", /\/requests$/).length;
  expect(
    await ca.findOrder({ reference, names: known?.names ?? [], since: new Date(), keyId: null }),
  ).toBeNull();
  const late = ca.order(
    plainOrder({
      reference,
      csr: known?.csr ?? "",
      names: known?.names ?? [],
      productId: known?.productId ?? 0,
    }),
  );
  await expect(late).rejects.toMatchObject({ code: "ca-refused-order" });
  expect(stage.ca.requestsTo("POST", /\/requests$/)).toHaveLength(before);
});

onBus(
  `a question that is under way when the bus goes is given up at once, and is asked again when it is back${noBus}`,
  async () => {
    const [server] = stage.servers;
    if (server === undefined) throw new Error("no server");
    const { ca, store } = server.agent.context;
    stage.addDomain(server.panel, "asked.test");
    const match = { method: "GET", path: /requests\/\d+/ };
    const fault = stage.ca.fault({ kind: "hang", match, times: Number.POSITIVE_INFINITY });
    const reference = await stage.order(server, "asked.test");
    const id = store.requests.get(reference)?.caRequestId ?? 0;
    const asked = ca.readRequest(id, "user").then(
      () => "answered",
      (thrown: { code: string }) => thrown.code,
    );
    await eventually("the CA was asked", () => fault.hits > 0);
    for (const { name } of stage.cluster.nodes) await stage.cluster.killNode(name);
    expect(await asked).toBe("bus-unreachable");
    expect(server.agent.fleet?.connected).toBe(false);
    fault.remove();
    await stage.cluster.startAgain();
    await stage.untilInstalled(server, reference);
  },
);

onBus(
  `an agent that is stopped does not wait for what the hub still has to ask of the CA, and asks again after its start${noBus}`,
  async () => {
    const [server] = stage.servers;
    if (server === undefined) throw new Error("no server");
    for (const name of ["known.test", "stopped.test"]) stage.addDomain(server.panel, name);
    const { store } = server.agent.context;
    const known = await stage.order(server, "known.test");
    await stage.untilInstalled(server, known);
    const match = { method: "GET", path: /requests\/\d+/ };
    const fault = stage.ca.fault({ kind: "hang", match, times: Number.POSITIVE_INFINITY });
    const hub = await stage.askAs(server);
    const id = store.requests.get(known)?.caRequestId ?? 0;
    // Asked before the agent asks, so it is given up before that, too.
    const answered = hub("readRequest", { id, priority: "user" }).catch(() => null);
    await eventually("the hub asks the CA", () => fault.hits === 1);
    const reference = await stage.order(server, "stopped.test");
    await eventually("the hub asks the CA for the agent", () => fault.hits > 1);
    const first = Promise.race([
      server.agent.stop().then(() => "the agent ends"),
      answered.then(() => "the hub answers"),
    ]);
    expect(await first).toBe("the agent ends");
    fault.remove();
    server.agent = await stage.startServerAgent(server.settings, server.panel, server.node);
    await stage.untilInstalled(server, reference);
  },
);

onBus(
  `F-42: a server works on while hub and bus are away, and catches up when it is back${noBus}`,
  async () => {
    const [server] = stage.servers;
    if (server === undefined) throw new Error("no server");
    stage.addDomain(server.panel, "later.test");
    const reference = await stage.order(server, "later.test");
    for (const { name } of stage.cluster.nodes) await stage.cluster.killNode(name);
    await eventually("it knows", () => server.agent.fleet?.connected === false);
    const { code } = await server.agent.context.ca.listProducts().then(
      () => ({ code: "answered" }),
      (thrown: { code: string }) => thrown,
    );
    expect(code).toBe("bus-unreachable");
    expect((await server.agent.operations.status()).requests["installed"]).toBeGreaterThan(0);
    await stage.cluster.startAgain();
    await stage.untilInstalled(server, reference);
  },
);

onBus(
  `a copy of a server, started beside it, makes both read-only until somebody says which one it is${noBus}`,
  async () => {
    const [, server] = stage.servers;
    if (server === undefined) throw new Error("no server");
    const copy = await stage.cloneServer(server);
    await eventually("both only look", async () => {
      await server.agent.fleet?.heartbeat().catch(() => undefined);
      await copy.fleet?.heartbeat().catch(() => undefined);
      return server.agent.fleet?.problem !== null && copy.fleet?.problem !== null;
    });
    await expect(copy.context.ca.listProducts()).rejects.toMatchObject({ code: "server-cloned" });
    await expect(copy.context.panel.installCertificates([])).rejects.toMatchObject({ code: "server-cloned" });
    await copy.operations.fleetCopy();
    await server.agent.operations.fleetMoved();
    expect((await server.agent.context.ca.listProducts()).length).toBeGreaterThan(0);
    await expect(copy.context.ca.listProducts()).rejects.toMatchObject({ code: "server-cloned" });
    await copy.stop();
  },
);

onBus(
  `F-41: when the hub has lost who owns what, each server claims its own anew, and nobody can claim another's${noBus}`,
  async () => {
    const [first, second] = stage.servers;
    if (first === undefined || second === undefined) throw new Error("no server");
    const both = [first, second];
    for (const { agent } of both) await agent.fleet?.heartbeat();
    const order = ({ agent }: FleetServer) =>
      agent.context.store.requests.inState("installed").find(({ caRequestId }) => caRequestId !== null);
    const [mine, others] = [order(first), order(second)];
    if (mine === undefined || others === undefined) throw new Error("no order");
    const id = mine.caCertificateId ?? 0;
    const { manager } = (await stage.gatewayBus()).now();
    await manager.streams.delete("KV_xs_owners");
    await expect(first.agent.context.ca.readCertificateFacts(id)).rejects.toMatchObject({});
    const lie = { reference: mine.reference, requestId: others.caRequestId ?? 0, certificateId: null };
    await eventually("both have told the hub what is theirs", async () => {
      for (const { agent } of both) await agent.fleet?.heartbeat().catch(() => undefined);
      return Promise.all([
        first.agent.context.ca.readCertificateFacts(id),
        second.agent.context.ca.readCertificateFacts(others.caCertificateId ?? 0),
      ]).then(
        () => true,
        () => false,
      );
    });
    const { fleet } = first.agent as unknown as {
      fleet: { ask(name: string, args: object): Promise<unknown> };
    };
    expect(await fleet.ask("claim", lie)).toBe(false);
    // Its own key proves nothing about another's certificate, nor does another's proof.
    const othersKey = await second.agent.context.keys.read(others.keyId ?? "");
    for (const proof of [
      proveKey(await first.agent.context.keys.read(mine.keyId ?? ""), "web01", others.caCertificateId ?? 0),
      proveKey(othersKey, "web02", others.caCertificateId ?? 0),
    ]) {
      const claim = { ...lie, certificateId: others.caCertificateId ?? 0, ...proof };
      expect(await fleet.ask("claimCertificate", claim)).toBe(false);
    }
    await expect(
      first.agent.context.ca.readCertificateFacts(others.caCertificateId ?? 0),
    ).rejects.toMatchObject({
      code: "fleet-refused",
    });
    expect(await second.agent.context.ca.readCertificateFacts(others.caCertificateId ?? 0)).not.toBeNull();
  },
);
