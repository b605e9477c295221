import { writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { openStore } from "../../src/agent/open-store.ts";
import { systemClock } from "../../src/clock.ts";
import type { JobContext } from "../../src/jobs/context.ts";
import { KeyedLock } from "../../src/jobs/keyed-lock.ts";
import { placeOrder } from "../../src/jobs/place-order.ts";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { silentLog } from "../../src/logging.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { openWebhookListener } from "../../src/webhook/webhook-listener.ts";
import { seededRandom } from "../simulation/events.ts";

/*
 * What is watched while it writes (power-recording.ts): `power-life.ts STATEDIR SEED`. Webhooks come to the real
 * listener in batches, and between them certificates are ordered; instead of sending an order, which would be the moment
 * from which its key is needed, it says `order REFERENCE KEY`. The log of the store is nearly full at the beginning, so that it is
 * written back and begun anew on the way.
 */

const [stateDir = "", seed = "1"] = process.argv.slice(2);
/** Half of them before the log is written back, about. */
const rounds = 20;
const random = seededRandom(Number(seed));
/** SQLite writes its log back when it holds a thousand pages, and these are what a new store and the first rounds do not fill. */
const almostFull = "x".repeat(3_300_000);

const store = openStore(stateDir, systemClock.now(), silentLog);
const keys = await openKeyStore(stateDir);
store.writeMeta("almost-full", almostFull);
store.removeMeta("almost-full");
const listener = await openWebhookListener(
  {
    listen: ["127.0.0.1:0"],
    inherited: [],
    path: "/webhook",
    token: null,
    certificate: null,
    allowedSources: ["127.0.0.1"],
    trustedProxies: [],
  },
  { accept: (hints) => store.acceptHints(hints) },
  { clock: systemClock, log: silentLog },
);
const context = {
  store,
  clock: systemClock,
  log: silentLog,
  keys,
  locks: new KeyedLock(),
  policy: {
    orderingBy: ["admin"],
    products: "all",
    approvalFor: [],
    limits: {
      ordersPerDay: null,
      ordersPerAccountPerDay: null,
      eurosPerDay: null,
      eurosPerAccountPerDay: null,
    },
    showPrices: true,
    dryRun: false,
  },
  ca: {
    async order({ reference }: { reference: string }) {
      writeSync(1, `order ${reference} ${store.requests.get(reference)?.keyId}\n`);
      return { id: 1_000_000 + orders };
    },
  },
  wake: () => undefined,
} as unknown as JobContext;

let orders = 0;
let webhooks = 0;
const lines = await Promise.all(Array.from({ length: 12 }, openLine));
for (let round = 0; round < rounds; round += 1) {
  const many = 1 + Math.floor(random() * lines.length);
  await Promise.all(lines.slice(0, many).map(sendWebhook));
  if (round % 3 === 0) await orderOne();
}
for (const line of lines) line.destroy();
writeSync(1, "done\n");
// As abrupt as the power cut: nothing is tidied up.
process.kill(process.pid, "SIGKILL");

function openLine(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: listener.ports[0] ?? 0 }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function sendWebhook(line: Socket): Promise<void> {
  webhooks += 1;
  const query = new URLSearchParams({
    RequestId: String(webhooks),
    Status: "Updated",
    State: "DCV",
    Domain: "site.test",
  });
  line.write(`GET /webhook?${query} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return new Promise((resolve, reject) => {
    line.once("data", (answer) =>
      answer.toString("latin1").startsWith("HTTP/1.1 200 ") ? resolve() : reject(new Error(String(answer))),
    );
  });
}

async function orderOne(): Promise<void> {
  orders += 1;
  await placeOrder(
    context,
    async (names, keyId) => makeCertificateRequest(names, await keys.read(keyId)),
    {
      kind: "order",
      predecessor: null,
      account: "bob",
      accountCreatedAt: null,
      names: [parseHostName(`site${orders}.test`)],
      product: { id: 24, name: "EssentialSSL", validation: "DV" },
      years: 1,
      dcvMethod: "DNS",
      approverEmail: null,
      withoutFreeName: false,
      keyKind: "ec-p256",
      organisation: {},
    },
    "command",
  );
}
