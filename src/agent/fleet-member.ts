import { readFileSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { proveKey } from "../fleet/key-proof.ts";
import { FleetMember } from "../fleet/member.ts";
import type { ServerReport } from "../fleet/operations.ts";
import type { JobContext } from "../jobs/context.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { workPriority } from "../store/work.ts";
import { openBus } from "./fleet-bus.ts";
import { createReissueDesk } from "./fleet-reissues.ts";

const machineIdFile = "/etc/machine-id";
const endingSoon = 30 * 86_400_000;

/** Requests about which the CA may still be asked something. */
const claimed = ["validating", "issuing", "issued", "installing", "installed", "needs-you"] as const;

/** This server's place in its fleet, fitted to its store; null for a server of its own. */
export function openFleetMember(parts: {
  readonly settings: Settings;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly machineId: string | null;
  /** Known once everything is built. */
  readonly context: () => JobContext;
  readonly settleHandOvers: () => Promise<void>;
}): FleetMember | null {
  const { settings, store, clock, log, version, context } = parts;
  const { role, node } = settings.fleet;
  if (role !== "server" || node === null) return null;
  return new FleetMember({
    bus: openBus(settings, node, clock, log),
    node,
    clock,
    log,
    store,
    machineId: parts.machineId ?? readFileSync(machineIdFile, "utf8").trim(),
    accept(hint) {
      // By this server's own clock: the hub's may be another, and work that is due follows from it.
      store.acceptHints([{ ...hint, receivedAt: clock.now() }]);
      context().wake();
    },
    ordersToClaim: () => store.requests.referencesInState(...claimed),
    orderToClaim(reference) {
      const request = store.requests.get(reference);
      const id = request?.caRequestId ?? null;
      return id === null
        ? null
        : { reference, requestId: id, certificateId: request?.caCertificateId ?? null };
    },
    async proveKey(reference, certificateId) {
      const { keys } = context();
      const keyId = store.requests.get(reference)?.keyId ?? null;
      if (keyId === null || !(await keys.has(keyId))) return null;
      return proveKey(await keys.read(keyId), node, certificateId);
    },
    reissues: createReissueDesk(context),
    settleHandOvers: parts.settleHandOvers,
    report: () => readReport(context(), version),
    arrived() {
      // What happened meanwhile is found at once and not at the next turn.
      for (const part of ["pending", "full"] as const) {
        if (part === "full" && store.readMeta("sweep.full.problem") === null) continue;
        store.work.plan("sweep", part, workPriority.background, clock.now(), clock.now());
      }
      context().wake();
    },
  });
}

async function readReport({ store, panel, clock }: JobContext, version: string): Promise<ServerReport> {
  const { version: panelVersion, hostName } = await panel.readFacts();
  const requests = store.requests.counts();
  const queue = store.work.counts(clock.now());
  return {
    version,
    panel: `${panel.id} ${panelVersion}`.slice(0, 32),
    hostName,
    requests,
    queue: { due: queue.due, waiting: queue.waiting },
    failed: (requests["failed"] ?? 0) + (requests["needs-you"] ?? 0),
    ending: store.requests.ending(new Date(clock.now().getTime() + endingSoon), clock.now()).length,
    lastSweep: store.readMeta("sweep.pending"),
  };
}
