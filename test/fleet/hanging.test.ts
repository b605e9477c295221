import { connect, createServer, type Socket } from "node:net";
import { BusCluster, eventually } from "./bus-cluster.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

const open = new AsyncDisposableStack();
afterAll(() => open.disposeAsync());

/** A way to a bus server that can fall silent: connections stay and new ones are taken, and nothing is said any more. */
async function openWay(port: number): Promise<{ address: string; fallSilent(): void }> {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    if (silent) return;
    const onward = connect({ host: "127.0.0.1", port });
    sockets.add(onward.on("error", () => undefined));
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("it has no port");
  return {
    address: `127.0.0.1:${bound.port}`,
    fallSilent() {
      silent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

onBus(`a bus server that hangs is left for another one within fifteen seconds${noBus}`, async () => {
  const cluster = open.adopt(await BusCluster.open(), (opened) => opened.close());
  const way = await openWay(cluster.nodes[0]?.clientPort ?? 0);
  // The others it hears of from this one.
  const bus = cluster.connect("gateway", { servers: [way.address] });
  open.defer(() => bus.close());
  await eventually("it is connected", () => bus.connected);
  expect(bus.now().connection.getServer()).toBe(way.address);
  const begun = performance.now();
  way.fallSilent();
  await eventually(
    "it is at another one",
    () => bus.connected && bus.now().connection.getServer() !== way.address,
  );
  // As long again for a machine that is busy.
  expect(performance.now() - begun).toBeLessThan(30_000);
});
