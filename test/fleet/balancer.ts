import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** One address in front of several webhook listeners: whoever does not take a call is passed over for the next. */
export interface Balancer {
  readonly port: number;
  /** How often each port has taken a call. */
  readonly taken: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

export async function openBalancer(ports: () => readonly number[]): Promise<Balancer> {
  const taken = new Map<number, number>();
  let turn = 0;
  const server = createServer(async (incoming, outgoing) => {
    const all = ports();
    turn += 1;
    for (let index = 0; index < all.length; index += 1) {
      const port = all[(turn + index) % all.length] ?? 0;
      const status = await forward(port, incoming.url ?? "");
      if (status === null || status === 503) continue;
      taken.set(port, (taken.get(port) ?? 0) + 1);
      outgoing.writeHead(status).end(status === 200 ? "OK" : "");
      return;
    }
    outgoing.writeHead(503, { "retry-after": "1" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(port: number, path: string): Promise<number | null> {
  return new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, path, timeout: 10_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    call.on("error", () => resolve(null));
    call.on("timeout", () => call.destroy());
    call.end();
  });
}
