import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import type { CodedError } from "../../src/errors.ts";
import { keysAreSealed, nothingIsForgotten, orderedOnce, servesTheOrder } from "../proof/invariants.ts";
import { newestIssued } from "../proof/issued-for.ts";
import { look } from "../proof/watch-served.ts";
import { eventually } from "./bus-cluster.ts";
import { FleetLives } from "./fleet-lives.ts";
import { wishFor } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";

/*
 * An account moves while a process is killed by SIGKILL, at each step of the hand-over on both ends and at the hub
 * (docs/decisions/0011). Whoever carries the file does again what was cut off, as the guide says. What dies is the compiled
 * program, so `scripts/build` has to have run.
 */

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

/** Heartbeats, by which the old server hears of it, come every six seconds. */
const factor = 10;
const [old, fresh] = ["web01", "web02"];

let fleet: FleetLives;
beforeAll(async () => {
  if (noBus === "") fleet = await FleetLives.open([old, fresh], factor);
});
afterAll(() => fleet?.close());

let count = 0;

interface Moving {
  readonly account: string;
  readonly domain: string;
  readonly reference: string;
  readonly keyId: string;
}

/** A customer with a certificate on the old server, whose website a migration has brought to the new one as well. */
async function customer(): Promise<Moving> {
  count += 1;
  const [account, domain] = [`cust${count}`, `cust${count}.test`];
  for (const node of [old, fresh]) {
    const { panel } = fleet.server(node).joined;
    panel.addAccount(account);
    panel.addVhost(account, domain);
  }
  fleet.stage.addDomainOf(fleet.server(old).joined.panel, domain);
  const before = keysOf(old);
  const { reference } = (await fleet.call(old, "order", wishFor(domain, account))) as RequestReport;
  await untilInstalled(old, reference);
  const keyId = keysOf(old).find((key) => !before.includes(key)) ?? "";
  return { account, domain, reference, keyId };
}

function keysOf(node: string): string[] {
  return readdirSync(join(fleet.stateDir(node), "keys")).map((name) => name.replace(/\.key$/, ""));
}

async function stateOn(node: string, reference: string): Promise<string> {
  try {
    const { state, reason } = (await fleet.call(node, "showRequest", reference)) as RequestReport;
    return `${state} ${reason?.code ?? ""}`.trim();
  } catch (thrown) {
    if ((thrown as CodedError).code === "not-found") return "unknown";
    throw thrown;
  }
}

async function untilInstalled(node: string, reference: string): Promise<void> {
  await eventually(`${reference} is installed on ${node}`, async () => {
    return (await stateOn(node, reference)) === "installed";
  });
}

/** Of a command: it is given again when whoever has to carry it out died of it, and its answer with it. */
async function insist<Result>(part: string, command: () => Promise<unknown>): Promise<Result | "done"> {
  for (let attempt = 0; ; attempt += 1) {
    const { child } = fleet.life(part);
    if (child.exitCode !== null || child.signalCode !== null) await fleet.startWell(part);
    try {
      return (await command()) as Result;
    } catch (thrown) {
      const { code, detail } = thrown as CodedError;
      // What was cut off has come to its end by itself meanwhile.
      if (code === "handover-refused" && /used already/.test(detail)) return "done";
      const cut = ["agent-unreachable", "bus-unreachable", "ca-outcome-unknown"].includes(code);
      if (!cut || attempt === 20) throw thrown;
      await Promise.race([fleet.life(part).ended, pause(500, undefined, { ref: false })]);
    }
  }
}

/** Receives and exports, as root does on the two servers; `dying`: whose life is the one that ends on the way. Returns the file. */
async function giveAway({ account }: Moving, dying: string): Promise<string> {
  const received = await insist<{ invitation: string }>(dying, () =>
    fleet.call(fresh, "receiveAccount", account),
  );
  if (received === "done") throw new Error("nothing was received yet");
  const { invitation } = received;
  const given = await insist<{ file: string }>(dying, () =>
    fleet.call(old, "giveAccount", { account, invitation }),
  );
  if (given === "done") throw new Error("nothing was given yet");
  return given.file;
}

/** One owner, one order, one installation on each server, and every key where it belongs and nowhere else. */
async function expectOnlyOn(node: string, { domain, reference, keyId }: Moving): Promise<void> {
  const other = node === old ? fresh : old;
  const { ca, local } = fleet.stage;
  await untilInstalled(node, reference);
  if (node === fresh) {
    await eventually("the other one has heard of it", async () => {
      return (await stateOn(other, reference)) === "deleted handed-over";
    });
  }
  const { panel } = fleet.server(node).joined;
  const now = await look(local, panel.httpsPort, domain, ca.rootPem);
  expect(servesTheOrder(now, newestIssued(ca, domain))).toEqual([]);
  expect(orderedOnce(ca, domain)).toEqual([]);
  for (const server of [old, fresh]) {
    const installs = fleet
      .server(server)
      .joined.panel.calls.filter(
        ({ method, detail }) => method === "installCertificates" && detail.split(",").includes(domain),
      );
    expect([server, installs.length]).toEqual([server, server === old || node === fresh ? 1 : 0]);
    expect(keysAreSealed(fleet.server(server).joined.folder)).toEqual([]);
  }
  expect(keysOf(node)).toContain(keyId);
  expect(keysOf(other)).not.toContain(keyId);
  await eventually("nothing is left to do", () =>
    [old, fresh].every((server) => nothingIsForgotten(fleet.stateDir(server)).length === 0),
  );
}

/** Whoever dies, where, and what is done before or after so that it gets there. */
const deaths = [
  [fresh, "M-01", "the hand-over is written, its key not made"],
  [old, "M-02", "orders are closed, not offered"],
  [old, "M-03", "offered at the hub, not noted"],
  [old, "M-04", "noted, and the file not handed out"],
  [fresh, "M-05", "keys that arrived are kept, their orders not written"],
  [fresh, "M-06", "all that arrived is written, the file's key not destroyed"],
  [fresh, "M-07", "the file's key is destroyed, the orders not taken"],
  [fresh, "M-08", "taken at the hub, not noted"],
  [old, "M-09", "the key of what is elsewhere now is destroyed, not noted"],
  ["gateway", "M-11", "said to be taken, and owners not changed"],
] as const;

onBus.each(deaths)(
  `%s is killed (%s: %s): the account ends on its new server alone${noBus}`,
  async (dying, point) => {
    const moving = await customer();
    const keysBefore = keysOf(fresh);
    const life = await fleet.restart(dying, { name: point, times: 1 });
    const file = await giveAway(moving, dying);
    await insist(dying, () => fleet.call(fresh, "takeAccount", file));
    // The old server hears of it by itself.
    expect([await life.ended, life.reached]).toEqual(["SIGKILL", point]);
    const { child } = fleet.life(dying);
    if (child.exitCode !== null || child.signalCode !== null) await fleet.startWell(dying);
    await expectOnlyOn(fresh, moving);
    // The key of the file is gone; what came with the file has stayed.
    expect(keysOf(fresh).filter((key) => !keysBefore.includes(key))).toEqual([moving.keyId]);
  },
);

onBus(
  `the old server is killed (M-10: withdrawn at the hub, not noted): what was taken back stays, and its file is worth nothing${noBus}`,
  async () => {
    const moving = await customer();
    const { account } = moving;
    const life = await fleet.restart(old, { name: "M-10", times: 1 });
    const file = await giveAway(moving, old);
    await expect(fleet.call(old, "takeAccountBack", account)).rejects.toMatchObject({
      code: "agent-unreachable",
    });
    expect([await life.ended, life.reached]).toEqual(["SIGKILL", "M-10"]);
    await fleet.startWell(old);
    await expect(fleet.call(fresh, "takeAccount", file)).rejects.toMatchObject({ code: "fleet-refused" });
    await expectOnlyOn(old, moving);
  },
);
