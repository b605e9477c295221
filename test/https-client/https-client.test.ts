import { spawn } from "node:child_process";
import dns from "node:dns";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  getDefaultAutoSelectFamilyAttemptTimeout,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import { HttpsClient, type HttpsClientOptions, HttpsFailure, ownCodes } from "../../src/https-client.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { createServerCertificates, type ServerCertificateKind } from "../labs/ca/server-certificates.ts";

const certificates = createServerCertificates("127.0.0.1");
const patience = 60_000;
const servers: TcpServer[] = [];
const clients: HttpsClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    if ("closeAllConnections" in server) (server as Server).closeAllConnections();
    await closed;
  }
});

async function listen(server: TcpServer): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function serve(handler: RequestListener, kind: ServerCertificateKind = "valid"): Promise<number> {
  return listen(createServer(certificates.contextFor(kind), handler));
}

function clientFor(change: Partial<HttpsClientOptions> = {}): HttpsClient {
  const client = new HttpsClient({
    trust: [certificates.rootPem],
    loopback: false,
    connectTimeout: patience,
    idleTimeout: patience,
    clock: systemClock,
    ...change,
  });
  clients.push(client);
  return client;
}

interface Wish {
  readonly host?: string;
  readonly method?: "GET" | "POST";
  readonly body?: string;
  readonly maxBody?: number;
}

function ask(client: HttpsClient, port: number, { host = "localhost", maxBody = 1000, ...rest }: Wish = {}) {
  return client.call({
    method: "GET",
    url: new URL(`https://${host}:${port}/path?a=b`),
    headers: {},
    deadline: patience,
    maxBody,
    ...rest,
  });
}

async function failure(answer: Promise<unknown>): Promise<HttpsFailure> {
  const thrown = await answer.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof HttpsFailure)) throw new Error(`no failure but ${String(thrown)}`);
  return thrown;
}

describe("a server that is not the one meant", () => {
  test.each([
    ["expired", "CERT_HAS_EXPIRED"],
    ["other-name", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["untrusted", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ] as const)("gets nothing: its certificate is %s", async (kind, code) => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.end();
    }, kind);
    const failed = await failure(ask(clientFor(), port, { method: "POST", body: "secret" }));
    expect(failed).toMatchObject({ code, neverSent: true });
    expect(asked).toBe(0);
  });

  test("gets nothing: it is another name's on the loopback address", async () => {
    const port = await serve((_request, response) => response.end());
    const failed = await failure(ask(clientFor({ loopback: true }), port, { host: "panel.example.nl" }));
    expect(failed).toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID", neverSent: true });
  });

  test("gets nothing: a proxy that the environment names is not used", async () => {
    let proxied = 0;
    const proxy = await listen(
      createTcpServer((socket) => {
        proxied += 1;
        socket.destroy();
      }),
    );
    const port = await serve((_request, response) => response.end("direct"));
    process.env["HTTPS_PROXY"] = process.env["https_proxy"] = `http://127.0.0.1:${proxy}`;
    process.env["NODE_USE_ENV_PROXY"] = "1";
    try {
      expect((await ask(clientFor(), port)).body.toString()).toBe("direct");
      expect(proxied).toBe(0);
    } finally {
      for (const name of ["HTTPS_PROXY", "https_proxy", "NODE_USE_ENV_PROXY"]) delete process.env[name];
    }
  });
});

describe("a server that does not answer as it should", () => {
  test("is not reached: nothing listens", async () => {
    const port = await serve(() => undefined);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await failure(ask(clientFor(), port))).toMatchObject({ code: "ECONNREFUSED", neverSent: true });
  });

  test("is not reached: it takes the connection and never shows a certificate", async () => {
    const port = await listen(createTcpServer((socket) => void socket.on("error", () => undefined).resume()));
    const failed = await failure(ask(clientFor({ connectTimeout: 50 }), port, { method: "POST", body: "x" }));
    expect(failed).toMatchObject({ code: ownCodes.connect, neverSent: true });
  });

  test("has the whole deadline to think, and no more", async () => {
    const clock = new FakeClock();
    const arrived = Promise.withResolvers<void>();
    const port = await serve(() => arrived.resolve());
    // Thinking is not idleness: no byte comes, and only the deadline ends it.
    const failed = failure(ask(clientFor({ clock, idleTimeout: 1 }), port, { method: "POST", body: "x" }));
    await arrived.promise;
    await clock.advance(patience);
    expect(await failed).toMatchObject({ code: ownCodes.deadline, neverSent: false });
    expect(clock.waiting).toBe(0);
  });

  test("may not fall silent in the middle of its answer", async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 10 }).write("half");
    });
    const failed = await failure(ask(clientFor({ idleTimeout: 50 }), port));
    expect(failed).toMatchObject({ code: ownCodes.idle, neverSent: false });
  });

  test.each([
    ["a length", { "content-length": "10" }],
    ["pieces", { "transfer-encoding": "chunked" }],
  ])("may not break off an answer that comes with %s", async (_name, headers) => {
    const port = await serve((_request, response) => {
      response.writeHead(200, headers).write("half", () => response.destroy());
    });
    expect(await failure(ask(clientFor(), port))).toMatchObject({ code: "ECONNRESET", neverSent: false });
  });

  test("may not send without end", async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200);
      response.write("x".repeat(1001));
    });
    expect((await failure(ask(clientFor(), port))).code).toBe(ownCodes.tooLong);
  });

  test("F-37 over IPv6 costs a quarter of a second where that is broken: it is reached over IPv4", async () => {
    const port = await serve((_request, response) => response.end("over IPv4"));
    // What takes no more connections drops those that come: nothing is refused, and nothing answered.
    const silent = spawn(process.execPath, [
      "-e",
      `require("net").createServer().listen({ port: ${port}, host: "::1", backlog: 1 }, () => console.log("listens"))`,
    ]);
    const crowd: Socket[] = [];
    const lookup = jest.spyOn(dns, "lookup").mockImplementation(((
      _name: string,
      _wish: unknown,
      answer: (...given: unknown[]) => void,
    ) => {
      answer(null, [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ]);
    }) as never);
    try {
      await once(silent.stdout, "data");
      silent.kill("SIGSTOP");
      for (let taken = 0; taken < 6; taken += 1) crowd.push(connect(port, "::1"));
      for (const socket of crowd) socket.on("error", () => undefined);
      // So many are waiting for it as may.
      await Promise.all(crowd.slice(0, 2).map((socket) => once(socket, "connect")));
      const begin = performance.now();
      expect((await ask(clientFor(), port)).body.toString()).toBe("over IPv4");
      expect(lookup).toHaveBeenCalled();
      // No less, because the other address was tried, and it is what Node waits for each.
      expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBeLessThanOrEqual(250);
      expect(performance.now() - begin).toBeGreaterThan(200);
    } finally {
      lookup.mockRestore();
      for (const socket of crowd) socket.destroy();
      silent.kill("SIGKILL");
    }
  });

  test("is asked once: a lost reply is not asked for again", async () => {
    let asked = 0;
    const port = await serve((request) => {
      asked += 1;
      request.socket.destroy();
    });
    const client = clientFor();
    for (const method of ["GET", "POST"] as const) {
      expect((await failure(ask(client, port, { method }))).neverSent).toBe(false);
    }
    expect(asked).toBe(2);
  });
});

describe("a connection that the server closes just when it is used again", () => {
  async function closing(): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    const served = new WeakSet<object>();
    const port = await serve((request, response) => {
      asked.push(request.method ?? "");
      if (served.has(request.socket)) request.socket.destroy();
      else response.end("answered");
      served.add(request.socket);
    });
    return { port, asked };
  }

  test("costs a POST its answer: it may have arrived, and is not sent again", async () => {
    const { port, asked } = await closing();
    const client = clientFor();
    await ask(client, port);
    expect((await failure(ask(client, port, { method: "POST" }))).neverSent).toBe(false);
    expect(asked).toEqual(["GET", "POST"]);
  });

  test("costs a GET nothing: it is asked over another one at once", async () => {
    const { port, asked } = await closing();
    const client = clientFor({ clock: new FakeClock() });
    await Promise.all([ask(client, port), ask(client, port), ask(client, port)]);
    expect((await ask(client, port)).body.toString()).toBe("answered");
    // Each of the three is found closed before a new one is opened.
    expect(asked).toHaveLength(7);
  });
});

describe("an answer", () => {
  test("comes from this machine when the client is for this machine, with the name verified", async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    const { body } = await ask(clientFor({ loopback: true }), port, { host: "api.xolphin.com" });
    expect(body.toString()).toBe(`api.xolphin.com:${port}`);
  });

  test("that leads elsewhere is given as it is", async () => {
    const port = await serve((_request, response) => {
      response.writeHead(302, { location: "https://elsewhere.example/" }).end();
    });
    const { status, headers } = await ask(clientFor(), port);
    expect([status, headers.location]).toEqual([302, "https://elsewhere.example/"]);
  });

  test("to each of many calls comes over four connections at most, which are used again", async () => {
    const ports = new Set<number | undefined>();
    const port = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => response.end(`${request.method} ${request.url} ${body}`));
    });
    const client = clientFor();
    const bodies = Array.from({ length: 20 }, (_, index) => `body ${index}`);
    const answers = await Promise.all(bodies.map((body) => ask(client, port, { method: "POST", body })));
    expect(answers.map(({ body }) => body.toString())).toEqual(
      bodies.map((body) => `POST /path?a=b ${body}`),
    );
    expect(ports.size).toBeLessThanOrEqual(4);
  });

  test("under way is waited for when the client is closed", async () => {
    const port = await serve((_request, response) => {
      setImmediate(() => response.end("late"));
    });
    const client = clientFor();
    const answer = ask(client, port);
    await client.close();
    expect((await answer).body.toString()).toBe("late");
  });

  test("leaves no timer behind", async () => {
    const clock = new FakeClock();
    const port = await serve((_request, response) => response.end());
    await ask(clientFor({ clock: clock satisfies Clock }), port);
    expect(clock.waiting).toBe(0);
  });
});
