import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** One address in front of several webhook listeners: whoever does not take a call is passed over for the next. */
export interface Balancer {
  readonly port: number;
  /** How often each `HOST:PORT` has taken a call. */
  readonly taken: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function openBalancer(targets: () => readonly string[]): Promise<Balancer> {
  const taken = new Map<string, number>();
  let turn = 0;
  const server = createServer(async (incoming, outgoing) => {
    const all = targets();
    turn += 1;
    for (let index = 0; index < all.length; index += 1) {
      const target = all[(turn + index) % all.length] ?? "";
      const status = await forward(target, incoming.url ?? "");
      if (status === null || status === 503) continue;
      taken.set(target, (taken.get(target) ?? 0) + 1);
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

function forward(target: string, path: string): Promise<number | null> {
  return new Promise((resolve) => {
    const call = request(`http://${target}${path}`, { timeout: 3_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    call.on("error", () => resolve(null));
    call.on("timeout", () => call.destroy());
    call.end();
  });
}
