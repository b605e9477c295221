import { type AddressInfo, createServer } from "node:net";

/** nginx cannot be asked which port it got, so free ones are found first; all are held until each is known. */
export async function freePorts<const T extends readonly number[]>(
  address: string,
  wanted: T,
): Promise<{ -readonly [K in keyof T]: number }> {
  const servers = wanted.map(() => createServer());
  const ports = await Promise.all(
    wanted.map((port, index) => {
      const server = servers[index];
      return port !== 0 || server === undefined ? port : listen(server, address);
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as { -readonly [K in keyof T]: number };
}

function listen(server: ReturnType<typeof createServer>, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, () => resolve((server.address() as AddressInfo).port));
  });
}
