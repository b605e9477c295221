import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { systemClock } from "../../src/clock.ts";
import { Bus } from "../../src/fleet/bus.ts";
import { makeBusAuthority, makeBusCertificate } from "../../src/fleet/bus-certificates.ts";
import { credentialText, makeIdentity, serverPermissions, signUser } from "../../src/fleet/credential.ts";
import { silentLog } from "../../src/logging.ts";
import { eventually } from "./bus-cluster.ts";

jest.setTimeout(60_000);

/*
 * Whoever stands where a bus server should be: what a server says to it.
 */

const greeting = `INFO ${JSON.stringify({ server_id: "X", version: "2.10.0", proto: 1, headers: true, max_payload: 1_048_576, nonce: "abcdefgh" })}\r\n`;
const now = new Date();
let jwt: string;
let credential: string;
let authority: string;
const open: { close(): Promise<void> | void }[] = [];

beforeAll(async () => {
  const [account, user] = [await makeIdentity("account"), await makeIdentity("user")];
  const permissions = serverPermissions("web01");
  jwt = await signUser(
    { publicKey: user.publicKey, name: "web01", permissions, issuedAt: now, expires: null },
    account,
  );
  credential = credentialText(jwt, user.seed);
  authority = (await makeBusAuthority(now)).certificate;
});

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Connects as a server of the fleet does. */
async function connectTo(server: Server): Promise<Bus> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const settings = {
    servers: [`127.0.0.1:${port}`],
    credentials: () => credential,
    authority,
    participant: "web01",
    probe: null,
  };
  const bus = new Bus(settings, systemClock, silentLog);
  open.push({ close: () => void server.close() }, bus);
  bus.start();
  return bus;
}

test("a bus server that greets in clear hears nothing but the beginning of TLS", async () => {
  const heard: Buffer[] = [];
  const bus = await connectTo(
    createServer((socket) => {
      socket.on("data", (data) => heard.push(data));
      socket.on("error", () => undefined);
      socket.write(greeting);
    }),
  );
  await eventually("it has come twice", () => heard.filter(([first]) => first === 0x16).length >= 2);
  expect(bus.connected).toBe(false);
  const said = Buffer.concat(heard);
  // A TLS record of a handshake, each time.
  expect(said[0]).toBe(0x16);
  for (const secret of ["CONNECT", "PING", jwt.slice(0, 60)]) expect(said.includes(secret)).toBe(false);
});

test("a bus server of another authority hears nothing of who comes", async () => {
  const stranger = await makeBusAuthority(now);
  const { certificate, key } = await makeBusCertificate(stranger, ["127.0.0.1"], now);
  const heard: Buffer[] = [];
  let refused = 0;
  const bus = await connectTo(
    createTlsServer({ cert: certificate, key: key.reveal() }, (socket) => {
      socket.on("data", (data) => heard.push(data));
      socket.on("error", () => undefined);
      socket.write(greeting);
    }).on("connection", (socket) =>
      socket.on("close", () => {
        refused += 1;
      }),
    ),
  );
  await eventually("it has turned away twice", () => refused >= 2);
  expect(bus.connected).toBe(false);
  expect(Buffer.concat(heard).length).toBe(0);
});
