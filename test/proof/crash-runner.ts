import { setTimeout as pause } from "node:timers/promises";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { readPlacements } from "../labs/common/placements.ts";
import type { CrashCase } from "./crash-cases.ts";
import { type CrashResult, judgeDeath } from "./crash-death.ts";
import type { CrashRun, CrashWorld } from "./crash-world.ts";
import {
  acknowledgedIsStored,
  installedOnce,
  keysAreSealed,
  neverWithoutACertificate,
  nothingIsForgotten,
  orderedOnce,
  servesTheOrder,
} from "./invariants.ts";
import { issuedFor } from "./issued-for.ts";
import { look, ServedWatch } from "./watch-served.ts";

const patience = 90_000;

/** One order, one death, one restart, and a look at everything that must hold. */
export async function runCrashCase(world: CrashWorld, crash: CrashCase): Promise<CrashResult> {
  const run = await world.newRun();
  const { ca, lab } = world;
  const deliveriesBefore = ca.deliveries.length;
  let watch: ServedWatch | null = null;
  const breaches: string[] = [];
  try {
    crash.prepare?.(run);
    const replaced = crash.replaces === true ? await installOne(run) : null;
    crash.beforeDeath?.(run);
    watch = new ServedWatch(lab.address, lab.httpsPort, run.domain, ca.rootPem, 40);
    if (crash.breaks === true) lab.fault({ kind: "breakNext", domain: run.domain });
    await dieAt(run, crash, replaced, breaches);
    const secondLife = Date.now();
    const second = run.start();
    const resumedAfter = (await second.ready) ?? Number.POSITIVE_INFINITY;
    if (resumedAfter === Number.POSITIVE_INFINITY) breaches.push(`it does not start again: ${second.words}`);
    else breaches.push(...(await finish(run, crash, replaced)));
    if (breaches.length === 0) breaches.push(...((await crash.alsoLookAt?.(run)) ?? []));
    await ca.idle();
    await second.stop();
    await watch.stop();
    const allIssued = issuedFor(ca, run.domain);
    const issued = allIssued.at(-1) ?? null;
    const first = watch.looks.find(({ problem }) => problem === null);
    const now = await look(lab.address, lab.httpsPort, run.domain, ca.rootPem);
    const breaks = crash.breaks === true;
    if (!breaks) breaches.push(...servesTheOrder(now, issued));
    else if (now.fingerprint === issued || now.fingerprint !== first?.fingerprint) {
      breaches.push(
        `the old pair did not come back: now ${now.fingerprint}, issued ${issued}, at first ${first?.fingerprint}`,
      );
    }
    breaches.push(
      ...neverWithoutACertificate(watch.looks, allIssued, { returns: breaks }),
      ...acknowledgedIsStored(run.stateDir, [...ca.deliveries.slice(deliveriesBefore), ...run.answered]),
      ...orderedOnce(ca, run.domain, replaced === null ? 0 : 1),
      ...installedOnce(readPlacements(lab.rootDir), allIssued),
      ...keysAreSealed(run.folder),
      ...nothingIsForgotten(run.stateDir),
    );
    const workedAfter = firstCallAfter(run, secondLife);
    return { breaches, resumedAfter, workedAfter, handshakes: watch.looks.length };
  } catch (thrown) {
    // A thousand more deaths wait: what the harness itself stumbles over is reported like everything else.
    breaches.push(`the run itself failed: ${String(thrown)}`);
    return { breaches, resumedAfter: 0, handshakes: watch?.looks.length ?? 0 };
  } finally {
    await watch?.stop();
    ca.clearFaults();
    lab.clearFaults();
    await run.clean();
  }
}

/**
 * Milliseconds from a moment until CA or panel got a call about this run's order or website; null when they got none. The
 * lists that every start reads are not about it.
 */
function firstCallAfter({ world: { ca, lab }, domain }: CrashRun, from: number): number | null {
  const atCa = ca.requests.filter(({ method, path }) => method !== "GET" || /\/\d+(?:\/|$)/.test(path));
  const atPanel = lab.calls.filter(({ path, body }) => path.includes(domain) || body?.["domain"] === domain);
  const after = [...atCa, ...atPanel].map(({ at }) => at.getTime() - from).filter((ms) => ms >= 0);
  return after.length === 0 ? null : Math.min(...after);
}

/** A life in which nothing happens but that a certificate is ordered and installed. Returns its reference. */
async function installOne(run: CrashRun): Promise<string> {
  const agent = run.start();
  await agent.ready;
  const placed = await run.order();
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const [request] = await run.requests();
    if (placed !== null && request?.state === "installed") {
      await agent.stop();
      return placed.reference;
    }
    await pause(50);
  }
  throw new Error("the certificate that is to be replaced was not installed");
}

/** What the person wants: a certificate, or another one in place of one. */
function wish(run: CrashRun, replaced: string | null): Promise<RequestReport | null> {
  return replaced === null ? run.order() : run.reissue(replaced);
}

/** The first life: ends at the point of the case. */
async function dieAt(
  run: CrashRun,
  crash: CrashCase,
  replaced: string | null,
  breaches: string[],
): Promise<void> {
  const inside = "inside" in crash ? { name: crash.inside, times: crash.times ?? 1 } : null;
  const first = run.start(inside);
  const ready = await first.ready;
  const killed = "outside" in crash ? crash.outside(run).then(() => first.kill()) : null;
  if (ready !== null) {
    void wish(run, replaced);
    crash.meanwhile?.(run).catch((thrown: unknown) => breaches.push(`what was to be done: ${thrown}`));
  }
  const death = { id: crash.id, inside: inside?.name ?? null, killed, patience };
  breaches.push(...(await judgeDeath(first, death)));
}

/** The second life goes on until nothing is left to do. A person whose order did not arrive orders again. */
async function finish(run: CrashRun, crash: CrashCase, replaced: string | null): Promise<string[]> {
  const end = performance.now() + patience;
  let requests: RequestReport[] = [];
  while (performance.now() < end) {
    requests = (await run.requests()).filter(({ reference }) => reference !== replaced);
    const last = requests.find(({ state }) => state !== "failed") ?? null;
    if (last === null && requests.every(({ reason }) => reason?.code === "order-not-placed"))
      await wish(run, replaced);
    else if (last === null) break;
    else if (crash.breaks === true ? isRolledBack(last) : last.state === "installed") return [];
    await pause(50);
  }
  const states = requests.map(({ state, reason, timeline }) => ({ state, reason: reason?.code, timeline }));
  return [`it does not come to its end: ${JSON.stringify(states)}`];
}

function isRolledBack({ installations }: RequestReport): boolean {
  return installations.some(({ state }) => state === "rolled-back");
}
