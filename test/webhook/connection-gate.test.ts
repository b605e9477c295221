import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ConnectionGate } from "../../src/webhook/connection-gate.ts";
import { AddressList } from "../../src/webhook/source-address.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

/* T-05 with the time of a test: 127.0.0.1 is on the list, 127.0.0.2 is not. */

const clock = (): FakeClock => new FakeClock();
let server: Server;
let cut: string[];
const sockets: Socket[] = [];

beforeEach(() => {
  cut = [];
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

async function open(time: FakeClock): Promise<number> {
  server = createServer((request, response) => {
    if (request.url === "/later") return;
    response.end("OK");
  });
  new ConnectionGate([new AddressList(["127.0.0.1"])], time, (source) => cut.push(source)).watch(server);
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Connected, and known at the other end too. */
async function guest(port: number, from: string, bytes = ""): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.resume();
  await Promise.all([once(server, "connection"), once(socket, "connect")]);
  if (bytes !== "") socket.write(bytes);
  return socket;
}

test.each([
  ["a sender on the list", "127.0.0.1"],
  ["a stranger", "127.0.0.2"],
])("T-05 %s that sends no whole request is cut off within ten seconds", async (_who, from) => {
  const time = clock();
  const port = await open(time);
  const socket = await guest(port, from, "GET / HTTP/1.1\r\nHost: x\r\nX-A: ");
  const closed = once(socket, "close");
  await time.advance(7_000);
  expect(cut).toEqual([]);
  await time.advance(3_000);
  await closed;
  expect(cut).toEqual([from]);
  expect(time.waiting).toBe(0);
});

test("F-35 T-05 time in which the service itself was too busy to read counts against strangers only", async () => {
  const time = clock();
  const port = await open(time);
  const known = await guest(port, "127.0.0.1");
  const stranger = await guest(port, "127.0.0.2");
  const gone = once(stranger, "close");
  time.stall(30_000);
  await time.advance(1);
  await gone;
  expect(cut).toEqual(["127.0.0.2"]);
  known.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [answer] = (await once(known, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
});

test("a sender whose whole request has come waits as long as the answer takes", async () => {
  const time = clock();
  const port = await open(time);
  const asked = new Promise((resolve) => server.once("request", resolve));
  const socket = await guest(port, "127.0.0.1", "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  await asked;
  await time.advance(60_000);
  expect(cut).toEqual([]);
  expect(socket.destroyed).toBe(false);
});

test("the next request on the same connection has its time from the answer on", async () => {
  const time = clock();
  const port = await open(time);
  const answered = new Promise((resolve) =>
    server.once("request", (_request, response) => response.once("close", resolve)),
  );
  const socket = await guest(port, "127.0.0.1");
  await time.advance(5_000);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX-A: ");
  await answered;
  await time.advance(5_000);
  expect(cut).toEqual([]);
  await time.advance(3_000);
  expect(cut).toEqual(["127.0.0.1"]);
});

test("an idle listener has no timer", async () => {
  const time = clock();
  const port = await open(time);
  expect(time.waiting).toBe(0);
  const socket = await guest(port, "127.0.0.1", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await once(socket, "close");
  await time.advance(1_000);
  expect(time.waiting).toBe(0);
});
