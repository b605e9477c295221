import { createServer } from "node:net";

/*
 * Below the range from which systems take ports for outgoing connections and for "any port" (Linux: 32768 and up): there a
 * port that is free now may be taken by anybody's next connection before the server of a lab listens on it.
 * What runs beside is kept away by a claim: a process that is killed and started again leaves its port free in between.
 */
const lowest = 20_000;
const highest = 32_000;
const tries = 1_000;

/**
 * As many different ports that are free at this moment, and that nobody else gets from here while this process lives; those that
 * are not 0 stay as they are.
 */
export async function freePorts<const T extends readonly number[]>(
  address: string,
  wanted: T,
): Promise<{ [K in keyof T]: number }> {
  const found = new Set<number>(wanted);
  const ports: number[] = [];
  for (const port of wanted) ports.push(port === 0 ? await freePort(address, found) : port);
  return ports as { [K in keyof T]: number };
}

async function freePort(address: string, taken: Set<number>): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (taken.has(port) || !(await claim(port))) continue;
    if (!(await isFree(address, port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error(`no free port between ${lowest} and ${highest}`);
}

/**
 * For as long as this process lives, among all processes that take their ports from here: a Unix socket without a file, which the
 * kernel takes away with the process, however that ends.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", () => resolve(false));
    server.listen({ path: `\0xolphin-ssl-lab-port-${port}` }, () => resolve(true));
  });
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
}
