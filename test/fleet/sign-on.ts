import { request as ask, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A company's sign-on in front of the hub's page, as nginx does it: it has let in one person and says who it is. */
export async function openSignOn(
  socketPath: string,
  user: string | null,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const { "x-remote-user": _given, ...headers } = request.headers;
    const onward = ask(
      {
        socketPath,
        path: request.url ?? "/",
        method: request.method ?? "GET",
        headers: { ...headers, host: "localhost", ...(user === null ? {} : { "x-remote-user": user }) },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
