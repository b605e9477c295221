import { randomBytes, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { createFleetTools } from "../../src/agent/fleet-tools.ts";
import { onCrashPoint } from "../../src/crash-point.ts";
import { CodedError } from "../../src/errors.ts";
import { readInvitation, writeInvitation } from "../../src/keys/sealed-parcel.ts";
import { keyIdOf } from "../../src/model/certificate.ts";
import { eventually } from "./bus-cluster.ts";
import { type FleetServer, FleetStage, wishFor } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

let stage: FleetStage;
let old: FleetServer;
let fresh: FleetServer;
let third: FleetServer;

beforeAll(async () => {
  if (noBus !== "") return;
  stage = await FleetStage.open();
  old = await stage.addServer("web01");
  fresh = await stage.addServer("web02");
  third = await stage.addServer("web03");
});

afterAll(() => stage?.close());

let count = 0;

/** A customer with a certificate on the old server, whose website a migration has brought to the new one as well. */
async function customer(): Promise<{ account: string; domain: string; reference: string }> {
  count += 1;
  const [account, domain] = [`cust${count}`, `cust${count}.test`];
  for (const { panel } of [old, fresh]) {
    panel.addAccount(account);
    panel.addVhost(account, domain);
  }
  stage.addDomainOf(old.panel, domain);
  const { reference } = await old.agent.operations.order(wishFor(domain, account));
  await stage.untilInstalled(old, reference);
  return { account, domain, reference };
}

async function stateOn({ agent }: FleetServer, reference: string): Promise<string> {
  const request = agent.context.store.requests.get(reference);
  return request === null ? "unknown" : `${request.state} ${request.reason ?? ""}`.trim();
}

function ownerOf(reference: string): Promise<string | undefined> {
  return holderOf(`order.${reference}`);
}

/** Who a record of the hub names. */
async function holderOf(key: string): Promise<string | undefined> {
  const bus = await stage.gatewayBus();
  const { Kvm } = await import("@nats-io/kv");
  const kv = await new Kvm(bus.now().stream).open("xs_owners", { allow_direct: false });
  return (await kv.get(key))?.json<{ node: string }>().node;
}

async function restart(server: FleetServer): Promise<void> {
  await server.agent.stop();
  server.agent = await stage.startServerAgent(server.settings, server.panel, server.node);
  await eventually(`${server.node} is back`, () => server.agent.fleet?.connected === true);
}

/** The hub can't be heard when this is asked of it; with `done`, it was heard all the same. */
function cutOff(server: FleetServer, what: "offer" | "take" | "state", done: boolean): void {
  const handOver = server.agent.fleet?.handOver as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const before = handOver[what]?.bind(handOver);
  handOver[what] = async (...args) => {
    if (done) await before?.(...args);
    throw new CodedError("bus-unreachable");
  };
}

/** What the website shows to a visitor. */
function servedBy({ panel }: FleetServer, domain: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect(
      { host: "127.0.0.1", port: panel.httpsPort, servername: domain, rejectUnauthorized: false },
      () => {
        resolve(new X509Certificate(socket.getPeerCertificate(true).raw));
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

onBus(
  `an account moves with its orders, its key and its renewals, and the old server is done with it${noBus}`,
  async () => {
    const { account, domain, reference } = await customer();
    const before = old.agent.context.store.requests.get(reference);
    old.agent.context.store.requests.change(reference, { renewalChoice: "automatic" }, new Date());
    const { invitation } = await fresh.agent.operations.receiveAccount(account);
    const { file, report } = await old.agent.operations.giveAccount({ account, invitation });
    expect(report).toMatchObject({ direction: "out", peer: "web02", state: "offered", orders: 1 });
    // On its way: nothing is done about it, and what is installed is served.
    expect(await stateOn(old, reference)).toBe("deleted handing-over");
    await expect(old.agent.operations.reissue(reference)).rejects.toMatchObject({ code: "handing-over" });
    await expect(fresh.agent.operations.showRequest(reference)).rejects.toMatchObject({ code: "not-found" });
    expect(keyIdOf((await servedBy(old, domain)).publicKey)).toBe(before?.keyId);

    expect(await fresh.agent.operations.takeAccount(file)).toMatchObject({
      direction: "in",
      peer: "web01",
      state: "taken",
      orders: 1,
    });
    await stage.untilInstalled(fresh, reference);
    const served = await servedBy(fresh, domain);
    expect(keyIdOf(served.publicKey)).toBe(before?.keyId);
    const moved = fresh.agent.context.store.requests.get(reference);
    expect(moved).toMatchObject({
      renewalChoice: "automatic",
      caRequestId: before?.caRequestId,
      names: [domain],
    });
    expect((await fresh.agent.operations.showRequest(reference)).timeline.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["ordered", "issued", "handover-taken", "verified"]),
    );

    await old.agent.fleet?.heartbeat();
    expect(await stateOn(old, reference)).toBe("deleted handed-over");
    expect(readdirSync(join(old.settings.stateDir, "keys"))).not.toContain(`${before?.keyId}.key`);
    expect(await ownerOf(reference)).toBe("web02");
    // The new server replaces it; the old one may not even ask.
    const next = await fresh.agent.operations.reissue(reference);
    await stage.untilInstalled(fresh, next.reference);
    expect((await servedBy(fresh, domain)).fingerprint256).not.toBe(served.fingerprint256);
    await expect(old.agent.operations.reissue(reference)).rejects.toMatchObject({ code: "handed-over" });
    const id = before?.caRequestId ?? 0;
    await expect(old.agent.context.ca.readRequest(id, "user")).rejects.toMatchObject({
      code: "fleet-refused",
    });
    await old.agent.idle();
    expect(old.agent.context.store.work.plannedFor("renew", reference)).toBeNull();
    // Back again, by the same steps.
    const back = await old.agent.operations.receiveAccount(account);
    const again = await fresh.agent.operations.giveAccount({ account, invitation: back.invitation });
    await old.agent.operations.takeAccount(again.file);
    await stage.untilInstalled(old, next.reference);
    expect(await ownerOf(next.reference)).toBe("web01");
  },
);

onBus(
  `what is for another server, was changed, is of another version, is used up or was never asked for is refused, and nothing is lost by it${noBus}`,
  async () => {
    const { account, reference } = await customer();
    const { invitation } = await fresh.agent.operations.receiveAccount(account);
    const wrong = (file: string): Promise<unknown> => fresh.agent.operations.takeAccount(file);
    const refusal = { code: "handover-refused" };
    await expect(old.agent.operations.giveAccount({ account, invitation: "nonsense" })).rejects.toMatchObject(
      refusal,
    );
    await expect(fresh.agent.operations.giveAccount({ account, invitation })).rejects.toMatchObject(refusal);
    // Somebody who changes the invitation on its way gets nothing that the fleet's servers would take.
    const stranger = writeInvitation({ ...readInvitation(invitation), to: "web09", id: "0".repeat(32) });
    await expect(old.agent.operations.giveAccount({ account, invitation: stranger })).rejects.toMatchObject({
      code: "fleet-refused",
    });
    expect(await stateOn(old, reference)).toBe("installed");

    const { file } = await old.agent.operations.giveAccount({ account, invitation });
    await expect(third.agent.operations.takeAccount(file)).rejects.toMatchObject(refusal);
    const parcel = JSON.parse(file) as { head: object; body: string; v: number; tag: string };
    const flipped = parcel.body.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
    for (const changed of [
      { ...parcel, body: flipped },
      { ...parcel, tag: randomBytes(16).toString("base64url") },
      { ...parcel, tag: parcel.tag.slice(0, 6) },
      { ...parcel, head: { ...parcel.head, from: "web03" } },
      { ...parcel, head: { ...parcel.head, account: "somebody" } },
      { ...parcel, v: 0 },
      { ...parcel, v: 2 },
      { ...parcel, more: 1 },
    ]) {
      await expect(wrong(JSON.stringify(changed))).rejects.toMatchObject(refusal);
    }
    await expect(wrong("{}")).rejects.toMatchObject(refusal);
    await expect(wrong("")).rejects.toMatchObject(refusal);
    expect(await stateOn(fresh, reference)).toBe("unknown");
    expect(file).not.toContain("PRIVATE KEY");
    expect(JSON.stringify(parcel)).not.toContain(`${account}.test`);

    await fresh.agent.operations.takeAccount(file);
    await expect(wrong(file)).rejects.toMatchObject({ ...refusal, detail: "the file was used already" });
    await expect(old.agent.operations.giveAccount({ account, invitation })).rejects.toMatchObject({});
    await stage.untilInstalled(fresh, reference);
  },
);

onBus(`what was taken back stays, and its file is worth nothing${noBus}`, async () => {
  const { account, reference } = await customer();
  const { invitation } = await fresh.agent.operations.receiveAccount(account);
  const { file } = await old.agent.operations.giveAccount({ account, invitation });
  await old.agent.operations.takeAccountBack(account);
  await stage.untilInstalled(old, reference);
  await expect(fresh.agent.operations.takeAccount(file)).rejects.toMatchObject({ code: "fleet-refused" });
  expect(await stateOn(fresh, reference)).toBe("deleted handed-over");
  const keyId = old.agent.context.store.requests.get(reference)?.keyId;
  expect(readdirSync(join(fresh.settings.stateDir, "keys"))).not.toContain(`${keyId}.key`);
  await expect(fresh.agent.operations.takeAccount(file)).rejects.toMatchObject({ code: "handover-refused" });
  expect(await ownerOf(reference)).toBe("web01");
  await expect(old.agent.operations.takeAccountBack(account)).rejects.toMatchObject({
    code: "nothing-to-do",
  });
  await stage.untilInstalled(old, (await old.agent.operations.reissue(reference)).reference);
});

onBus(
  `a hand-over that is cut off at any step has one owner, and comes to its end by itself or by the same command${noBus}`,
  async () => {
    const { account, reference } = await customer();
    const { invitation } = await fresh.agent.operations.receiveAccount(account);
    // The old server goes down before, and then right after, the hub has heard of it.
    for (const done of [false, true]) {
      cutOff(old, "offer", done);
      await expect(old.agent.operations.giveAccount({ account, invitation })).rejects.toMatchObject({
        code: "bus-unreachable",
      });
      expect(await stateOn(old, reference)).toBe("deleted handing-over");
      expect(await ownerOf(reference)).toBe("web01");
      await restart(old);
      expect(await stateOn(old, reference)).toBe("deleted handing-over");
    }
    // The file got lost: the same command makes it again.
    await old.agent.operations.giveAccount({ account, invitation });
    const { file } = await old.agent.operations.giveAccount({ account, invitation });
    // The new server goes down with everything written down, before and after the hub has said whose it is.
    for (const [done, owner] of [
      [false, "web01"],
      [true, "web02"],
    ] as const) {
      cutOff(fresh, "take", done);
      await expect(fresh.agent.operations.takeAccount(file)).rejects.toMatchObject({
        code: "bus-unreachable",
      });
      expect(await stateOn(fresh, reference)).toBe("deleted handing-over");
      // Once it is taken, the old server may have heard of it by its own heartbeat; it acts in neither case.
      const heard = done ? ["deleted handing-over", "deleted handed-over"] : ["deleted handing-over"];
      expect(heard).toContain(await stateOn(old, reference));
      expect(await ownerOf(reference)).toBe(owner);
      if (done)
        await expect(old.agent.operations.takeAccountBack(account)).rejects.toMatchObject({
          code: expect.stringMatching(/^(handed-over|nothing-to-do)$/),
        });
      else await restart(fresh);
    }
    await restart(fresh);
    await fresh.agent.fleet?.heartbeat();
    await stage.untilInstalled(fresh, reference);
    await restart(old);
    await old.agent.fleet?.heartbeat();
    expect(await stateOn(old, reference)).toBe("deleted handed-over");
    expect(await ownerOf(reference)).toBe("web02");
    expect(stage.namesOrdered().filter((name) => name === `${account}.test`)).toHaveLength(1);
  },
);

onBus(
  `keys of a file whose taking in was cut off, and which nobody came back for, are destroyed with its invitation${noBus}`,
  async () => {
    const { account, reference } = await customer();
    const keyId = old.agent.context.store.requests.get(reference)?.keyId;
    const { invitation, report } = await fresh.agent.operations.receiveAccount(account);
    const { file } = await old.agent.operations.giveAccount({ account, invitation });
    const keys = (): string[] => readdirSync(join(fresh.settings.stateDir, "keys"));
    const before = keys();
    onCrashPoint((point) => {
      if (point === "M-05") throw new Error("it ends here");
    });
    try {
      await expect(fresh.agent.operations.takeAccount(file)).rejects.toMatchObject({
        message: "it ends here",
      });
    } finally {
      onCrashPoint(null);
    }
    await old.agent.operations.takeAccountBack(account);
    expect(keys()).toContain(`${keyId}.key`);
    await fresh.agent.fleet?.heartbeat();
    expect(keys()).toContain(`${keyId}.key`);
    // A week later.
    const { store } = fresh.agent.context;
    store.db.run("UPDATE handovers SET created_at = created_at - 604800001 WHERE id = ?", report.id);
    await fresh.agent.fleet?.heartbeat();
    expect(keys().sort()).toEqual(
      before.filter((name) => !name.startsWith(store.handovers.get(report.id)?.keyId ?? "-")).sort(),
    );
    await expect(fresh.agent.operations.takeAccount(file)).rejects.toMatchObject({
      code: "handover-refused",
      detail: "the file was used already",
    });
  },
);

onBus(
  `two servers in wrong hands hand over what is theirs, once, and nothing that nobody has written down yet${noBus}`,
  async () => {
    const { reference } = await customer();
    const request = old.agent.context.store.requests.get(reference);
    const own = {
      reference,
      requestId: request?.caRequestId ?? 0,
      certificateId: request?.caCertificateId ?? 0,
      keyId: request?.keyId ?? "",
    };
    const [one, other] = [await stage.askAs(old), await stage.askAs(fresh)];
    const ahead = { ...own, requestId: 424_242, certificateId: 424_243, keyId: "cd".repeat(32) };
    const [first, second] = ["1".repeat(32), "2".repeat(32)];
    await one("offerHandOver", { id: first, to: "web02", orders: [ahead, own] });
    await other("takeHandOver", { id: first });
    for (const key of ["request.424242", "certificate.424243", `key.${ahead.keyId}`]) {
      expect([key, await holderOf(key)]).toEqual([key, undefined]);
    }
    const records = [
      `order.${reference}`,
      `request.${own.requestId}`,
      `certificate.${own.certificateId}`,
      `key.${own.keyId}`,
    ];
    const holders = (): Promise<(string | undefined)[]> => Promise.all(records.map(holderOf));
    expect(await holders()).toEqual(["web02", "web02", "web02", "web02"]);
    // It goes back, and the first hand-over is over and done with.
    await other("offerHandOver", { id: second, to: "web01", orders: [own] });
    await one("takeHandOver", { id: second });
    await other("takeHandOver", { id: first });
    expect(await holders()).toEqual(["web01", "web01", "web01", "web01"]);
  },
);

onBus(
  `what is said to be taken keeps its keys on the new server, whatever the hub refuses afterwards${noBus}`,
  async () => {
    const { account, reference } = await customer();
    const request = old.agent.context.store.requests.get(reference);
    const keys = (): string[] => readdirSync(join(fresh.settings.stateDir, "keys"));
    const { invitation } = await fresh.agent.operations.receiveAccount(account);
    const { file } = await old.agent.operations.giveAccount({ account, invitation });
    // Meanwhile the fleet's administrator gives it to a third one.
    await createFleetTools().give(stage.hubSettings.gateway, request?.caCertificateId ?? 0, "web03");
    const handOver = fresh.agent.fleet?.handOver as { take(id: string): Promise<void> };
    const take = handOver.take.bind(handOver);
    // It is taken, and then the hub knows this server no more for a while.
    handOver.take = async (id) => {
      await take(id);
      throw new CodedError("fleet-refused", { detail: "web02 is not in this fleet" });
    };
    await expect(fresh.agent.operations.takeAccount(file)).rejects.toMatchObject({ code: "fleet-refused" });
    expect(keys()).toContain(`${request?.keyId}.key`);
    handOver.take = take;
    await fresh.agent.fleet?.heartbeat();
    await old.agent.fleet?.heartbeat();
    expect(await stateOn(old, reference)).toBe("deleted handed-over");
    expect(await stateOn(fresh, reference)).not.toMatch(/^deleted/);
    expect(keys()).toContain(`${request?.keyId}.key`);
    expect(await holderOf(`certificate.${request?.caCertificateId}`)).toBe("web03");
  },
);

onBus(`what is under way is not handed over${noBus}`, async () => {
  const { account, reference } = await customer();
  const { invitation } = await fresh.agent.operations.receiveAccount(account);
  const { store } = old.agent.context;
  store.requests.change(reference, { state: "ordering" }, new Date());
  await expect(old.agent.operations.giveAccount({ account, invitation })).rejects.toMatchObject({
    code: "handover-not-yet",
  });
  expect(await stateOn(old, reference)).toBe("ordering");
  await expect(old.agent.operations.giveAccount({ account: "bob", invitation })).rejects.toMatchObject({
    code: "nothing-to-do",
  });
});

onBus(`no byte of a private key, and no file, is on the bus${noBus}`, async () => {
  const { account, reference } = await customer();
  const keyId = old.agent.context.store.requests.get(reference)?.keyId ?? "";
  const key = await old.agent.context.keys.read(keyId);
  const body = key.reveal().replaceAll(/-----[^-]+-----|\s/g, "");
  const { invitation } = await fresh.agent.operations.receiveAccount(account);
  const { file } = await old.agent.operations.giveAccount({ account, invitation });
  await fresh.agent.operations.takeAccount(file);
  await stage.untilInstalled(fresh, reference);
  const stored = readdirSync(stage.cluster.folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".blk"))
    .map((path) => readFileSync(join(stage.cluster.folder, path)));
  expect(stored.length).toBeGreaterThan(0);
  const der = Buffer.from(body, "base64");
  for (const block of stored) {
    expect(block.includes(body.slice(0, 60))).toBe(false);
    // Of an EC key the first part names the curve; the secret begins after it.
    expect(block.includes(der.subarray(36, 60))).toBe(false);
    expect(block.includes((JSON.parse(file) as { body: string }).body.slice(0, 40))).toBe(false);
  }
});
