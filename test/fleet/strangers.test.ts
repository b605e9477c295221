import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { createFleetTools } from "../../src/agent/fleet-tools.ts";
import { publishWakeUp } from "../../src/fleet/hint-router.ts";
import { proveKey } from "../../src/fleet/key-proof.ts";
import { fleetBucket, hintStream, ownerBucket, wakeStream } from "../../src/fleet/subjects.ts";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { Secret } from "../../src/secret.ts";
import { eventually } from "./bus-cluster.ts";
import { Capture, openRaw } from "./capture.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { KeySearch } from "./key-search.ts";
import { noBus, onBus } from "./on-bus.ts";
import { plainOrder } from "./plain-order.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

/*
 * A server that is wholly in an attacker's hands: everything here is done with its real credential, straight on the bus.
 */

let stage: FleetStage;
let thief: FleetServer;
let victim: FleetServer;
let reference: string;
let requestId: number;
let certificateId: number;
let raw: NatsConnection;

beforeAll(async () => {
  stage = await FleetStage.open();
  thief = await stage.addServer("web01");
  victim = await stage.addServer("web02");
  reference = await stage.order(victim);
  await stage.untilInstalled(victim, reference);
  const request = victim.agent.context.store.requests.get(reference);
  requestId = request?.caRequestId ?? 0;
  certificateId = request?.caCertificateId ?? 0;
  raw = await open("web01", readFileSync(thief.settings.fleet.credentialFile ?? "", "utf8"));
});

afterAll(async () => {
  await raw?.close();
  await stage?.close();
});

function open(participant: string, credential: string): Promise<NatsConnection> {
  return openRaw(stage.cluster, participant, credential);
}

function makeKey(): Secret {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

/** What the bus servers refuse while this is done. */
async function violations(act: () => Promise<void> | void): Promise<string[]> {
  const found: string[] = [];
  const status = raw.status();
  const reading = (async () => {
    for await (const event of status) {
      if (event.type !== "error") continue;
      const { operation, subject } = event.error as { operation?: string; subject?: string };
      found.push(`${operation} ${subject}`);
    }
  })();
  await act();
  await raw.flush();
  await raw.rtt();
  (status as unknown as { stop(): void }).stop();
  await reading;
  return found;
}

test.each([
  "xs.ask.web02.readRequest",
  "xs.wake.web02.1",
  "xs.hint",
  "xs.join.0123456789abcdef0123456789abcdef",
  "$JS.API.CONSUMER.MSG.NEXT.XS_WAKE.web02",
  "$JS.API.CONSUMER.CREATE.XS_WAKE.mine.xs.wake.web02.>",
  "$JS.API.STREAM.MSG.GET.XS_WAKE",
  "$JS.API.STREAM.DELETE.XS_WAKE",
  "$JS.API.STREAM.MSG.GET.KV_xs_owners",
  "$JS.API.DIRECT.GET.KV_xs_owners",
  "$KV.xs_owners.request.1",
  "$JS.ACK.XS_WAKE.web02.1.1.1.1.1",
  "xs.sys.jsz",
  "$SYS.REQ.SERVER.PING.JSZ",
  "xs.sys.account",
  "xs.sys.account.change",
  "$SYS.REQ.CLAIMS.UPDATE",
  "_INBOX.web02.stolen",
])("a server's credential publishes nothing to %s", async (subject) => {
  const found = await violations(() => raw.publish(subject, "{}"));
  expect(found).toContain(`publish ${subject}`);
});

test.each(["xs.>", "xs.wake.web02.>", "xs.ask.web02.*", "_INBOX.web02.>", "_INBOX.>", "$JS.>", "$KV.>", ">"])(
  "a server's credential hears nothing of %s",
  async (subject) => {
    const found = await violations(() => void raw.subscribe(subject, { callback: () => undefined }));
    expect(found).toContain(`subscription ${subject}`);
  },
);

onBus(
  `no operation of its own reaches another server's order, and the CA hears nothing of the attempt${noBus}`,
  async () => {
    // The stolen server's own session, so that nothing but ownership stands in the way.
    const ask = await stage.askAs(thief);
    const { keyId = "", csr = "" } = victim.agent.context.store.requests.get(reference) ?? {};
    const name = parseHostName("web02.test");
    const order = {
      reference: "xs-00000000000000aa",
      csr: csr ?? "",
      names: [name],
      dcvMethod: "DNS" as const,
      dcv: [],
      withoutFreeName: false,
      approverEmail: null,
      organisation: {},
    };
    const before = stage.ca.requests.length;
    const since = new Date(0).toISOString();
    const attempts = {
      readRequest: () => ask("readRequest", { id: requestId, priority: "user" }),
      findIssued: () =>
        ask("findIssued", {
          ids: [certificateId],
          keyId: keyId ?? "",
          names: [name],
          since,
          search: true,
          priority: "user",
        }),
      "findIssued for another key": () =>
        ask("findIssued", {
          ids: [certificateId],
          keyId: "ab".repeat(32),
          names: [name],
          since,
          search: true,
          priority: "user",
        }),
      readCertificateFacts: () => ask("readCertificateFacts", { id: certificateId }),
      findOrder: () => ask("findOrder", { reference, names: [name], since, keyId: null }),
      "order under its reference": () => ask("order", { ...order, reference, productId: 1, years: 1 }),
      "order with its CSR": () => ask("order", { ...order, productId: 1, years: 1 }),
      reissue: () => ask("reissue", { ...order, certificateId, priority: "user" }),
      renew: () => ask("renew", { ...order, certificateId, productId: 1, years: 1 }),
      askToCheck: () =>
        ask("askToCheck", {
          id: requestId,
          caName: "web02.test",
          method: "DNS",
          email: null,
          priority: "user",
        }),
      readMessages: () => ask("readMessages", { id: requestId }),
      sendMessage: () => ask("sendMessage", { id: requestId, text: "hello" }),
      readCalls: () => ask("readCalls", { id: requestId }),
      cancelRequest: () => ask("cancelRequest", { id: requestId, reason: "mine" }),
      cancelCertificate: () => ask("cancelCertificate", { id: certificateId, reason: "mine" }),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const code = await attempt().then(
        () => "done",
        ({ code: said }: { code: string }) => said,
      );
      expect([what, code]).toEqual([what, "fleet-refused"]);
    }
    // An order with another server's key leaves nothing behind.
    const { stream } = (await stage.gatewayBus()).now();
    const owners = await new Kvm(stream).open(ownerBucket, { allow_direct: false });
    expect((await owners.get(`order.${order.reference}`))?.operation ?? "none").not.toBe("PUT");
    // Its claim is looked up at the CA, and a wrong reference proves nothing.
    expect(await ask("claim", { reference: "xs-00000000000000bb", requestId, certificateId })).toBe(false);
    expect(await ask("listPending", {})).toEqual([]);
    const posted = stage.ca.requests.slice(before).filter(({ method }) => method === "POST");
    expect(posted).toEqual([]);
  },
);

onBus(
  `a certificate that the hub knows no owner of is nobody's for the asking, whatever its names: its key proves whose it is${noBus}`,
  async () => {
    const ask = await stage.askAs(thief);
    const { stream } = (await stage.gatewayBus()).now();
    const owners = await new Kvm(stream).open(ownerBucket, { allow_direct: false });
    // As after the loss of the records, or for what was ordered elsewhere.
    const lost = [`certificate.${certificateId}`, `request.${requestId}`];
    const before = await Promise.all(lost.map(async (key) => (await owners.get(key))?.string() ?? ""));
    for (const key of lost) await owners.delete(key);
    const mine = "xs-00000000000000cc";
    const name = parseHostName("web02.test");
    const key = makeKey();
    const { id } = await ask(
      "order",
      plainOrder({
        reference: mine,
        csr: await makeCertificateRequest([name], key),
        names: [name],
        productId: victim.agent.context.store.requests.get(reference)?.productId ?? 0,
      }),
    );
    expect(await ask("claim", { reference: mine, requestId: id, certificateId })).toBe(false);
    for (const claimed of [id, certificateId]) {
      const claim = { reference: mine, requestId: claimed, certificateId };
      const proof = proveKey(key, "web01", certificateId);
      expect(await ask("claimCertificate", { ...claim, ...proof })).toBe(false);
    }
    const refusal = { code: "fleet-refused" };
    await expect(ask("cancelCertificate", { id: certificateId, reason: "mine" })).rejects.toMatchObject(
      refusal,
    );
    await expect(ask("readCertificateFacts", { id: certificateId })).rejects.toMatchObject(refusal);
    // What is its own is its own all the same.
    expect(await ask("claim", { reference: mine, requestId: id, certificateId: null })).toBe(true);
    await ask("cancelRequest", { id, reason: "not needed" });
    for (const [index, key] of lost.entries()) await owners.put(key, before[index] ?? "");
  },
);

onBus(`an answer that is wanted at another server's place is not sent there${noBus}`, async () => {
  const { manager } = (await stage.gatewayBus()).now();
  const before = (await manager.streams.info(wakeStream)).state.last_seq;
  raw.publish("xs.ask.web01.listPending", "{}", { reply: "xs.wake.web02.77" });
  raw.publish("xs.ask.web01.listPending", "{}", { reply: "_INBOX.web02.x" });
  await raw.flush();
  // Asked afterwards and answered, so the two before are through.
  await raw.request("xs.ask.web01.listPending", "{}", { timeout: 5_000 });
  expect((await manager.streams.info(wakeStream)).state.last_seq).toBe(before);
});

onBus(`a token is good once${noBus}`, async () => {
  const tools = createFleetTools();
  const token = await tools.token(stage.hubSettings.gateway, "web09");
  const config = `${thief.folder}/config.yaml`;
  await tools.join(config, token.reveal());
  await expect(tools.join(config, token.reveal())).rejects.toMatchObject({ code: "token-refused" });
  await expect(tools.join(config, "nonsense")).rejects.toMatchObject({ code: "token-refused" });
});

onBus(`what crosses the bus while certificates are ordered holds no private key${noBus}`, async () => {
  const heard: Buffer[] = [];
  const capture = await Capture.open(stage.cluster, (message) => heard.push(message));
  stage.addDomain(victim.panel, "second.test");
  const placed = await stage.order(victim, "second.test");
  await stage.untilInstalled(victim, placed);
  await capture.close();
  const said = Buffer.concat(heard);
  // It really listened: the CSR and the certificate went by.
  expect(said.includes("xs.ask.web02.order")).toBe(true);
  expect(said.includes("BEGIN CERTIFICATE REQUEST")).toBe(true);
  expect(said.includes("PRIVATE KEY")).toBe(false);
  expect(said.includes(stage.ca.credentials.password)).toBe(false);
  const { keyId = "" } = victim.agent.context.store.requests.get(placed) ?? {};
  const pem = (await victim.agent.context.keys.read(keyId ?? "")).reveal();
  const search = new KeySearch([pem]);
  expect(search.count(Buffer.from(pem))).toBeGreaterThan(0);
  expect(search.count(said)).toBe(0);
});

onBus(`the password of the account at the CA is on the hub and nowhere else${noBus}`, () => {
  const { password, userName } = stage.ca.credentials;
  const { folder } = stage.cluster;
  const spellings = [password, Buffer.from(`${userName}:${password}`).toString("base64")];
  const holders = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => {
    if (!entry.isFile()) return false;
    const content = readFileSync(join(entry.parentPath, entry.name));
    return spellings.some((spelling) => content.includes(spelling));
  });
  expect(holders.map(({ parentPath, name }) => join(parentPath, name))).toEqual([
    stage.cluster.hub("ca-password"),
  ]);
  for (const { settings } of [thief, victim]) expect(settings.ca.username).toBeNull();
});

onBus(
  `a wake-up that JetStream is made to deliver to another server's subject is no question of that server${noBus}`,
  async () => {
    const session = (await stage.gatewayBus()).now();
    // Nobody else takes it from its own queue.
    await thief.agent.stop();
    const hint = {
      receivedAt: new Date(),
      source: "test",
      requestId,
      status: "Issued",
      state: null,
      domain: null,
    };
    await publishWakeUp(session, "web01", hint, "bait");
    const calls = stage.ca.requests.length;
    const body = JSON.stringify({ batch: 1, expires: 2_000_000_000 });
    raw.publish("$JS.API.CONSUMER.MSG.NEXT.XS_WAKE.web01", body, { reply: "xs.ask.web02.cancelRequest" });
    await eventually("JetStream has delivered it", async () => {
      const { num_ack_pending } = await session.manager.consumers.info(wakeStream, "web01");
      return num_ack_pending === 1;
    });
    await raw.request("xs.ask.web01.listPending", "{}", { timeout: 5_000 });
    expect(stage.ca.requests.slice(calls).filter(({ method }) => method === "POST")).toEqual([]);
  },
);

/** Where a server might want JetStream's answer: the hub's records, its streams, other servers' subjects. */
const places = [
  "$KV.xs_owners.request.77",
  "$KV.xs_fleet.member.web02",
  "$JS.API.STREAM.DELETE.KV_xs_fleet",
  "$JS.API.STREAM.DELETE.KV_xs_owners",
  "$JS.API.STREAM.PURGE.KV_xs_owners",
  "$JS.API.CONSUMER.DELETE.XS_WAKE.web02",
  "xs.wake.web02.77",
  "xs.hint",
];

onBus(
  `JetStream writes no answer to a server into the hub's records and streams, and deletes none for it${noBus}`,
  async () => {
    const session = (await stage.gatewayBus()).now();
    await thief.agent.stop();
    const streams = ["KV_xs_fleet", "KV_xs_owners", hintStream, wakeStream];
    const state = (): Promise<unknown[]> =>
      Promise.all(
        streams.map(async (name) => {
          const { created, state: held } = await session.manager.streams.info(name, {
            subjects_filter: "$KV.*.request.>",
          });
          return [name, created, held.subjects];
        }),
      );
    const kv = await new Kvm(session.stream).open(fleetBucket, { allow_direct: false });
    const member = (await kv.get("member.web02"))?.string();
    const consumer = (await session.manager.consumers.info(wakeStream, "web02")).created;
    const before = await state();
    const hint = { receivedAt: new Date(), source: "test", status: "Issued", state: null, domain: null };
    const { last_seq: woken } = (await session.manager.streams.info(wakeStream)).state;
    for (const [index, reply] of places.entries()) {
      await publishWakeUp(session, "web01", { ...hint, requestId: 9_000 + index }, `lure ${index}`);
      const pull = JSON.stringify({ batch: 1, expires: 1_000_000_000 });
      raw.publish("$JS.API.CONSUMER.MSG.NEXT.XS_WAKE.web01", pull, { reply });
      // Nothing is left for this one, and it is told so with an empty message.
      raw.publish("$JS.API.CONSUMER.MSG.NEXT.XS_WAKE.web01", JSON.stringify({ no_wait: true, batch: 9 }), {
        reply,
      });
      raw.publish("$JS.API.CONSUMER.INFO.XS_WAKE.web01", "", { reply });
    }
    // Asked afterwards and answered, so those before are through.
    await raw.request("$JS.API.CONSUMER.INFO.XS_WAKE.web01", "", { timeout: 5_000 });
    await eventually("JetStream has delivered what there was", async () => {
      const { num_pending } = await session.manager.consumers.info(wakeStream, "web01");
      return num_pending === 0;
    });
    expect(await state()).toEqual(before);
    expect((await kv.get("member.web02"))?.string()).toBe(member);
    expect((await session.manager.consumers.info(wakeStream, "web02")).created).toBe(consumer);
    expect((await session.manager.streams.info(wakeStream)).state.last_seq).toBe(woken + places.length);
  },
);
