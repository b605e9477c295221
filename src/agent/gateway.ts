import { createCaTransport } from "../ca/ca-transport.ts";
import { getRequest } from "../ca/get-request.ts";
import { type Clock, systemClock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import { busError } from "../fleet/bus.ts";
import { identityOf } from "../fleet/credential.ts";
import { FairQueue } from "../fleet/fair-queue.ts";
import { FleetSpending } from "../fleet/fleet-spending.ts";
import { Gateway as OperationDesk } from "../fleet/gateway.ts";
import { HandOvers } from "../fleet/hand-overs.ts";
import { createHintRouter, publishWakeUp } from "../fleet/hint-router.ts";
import { JoinDesk } from "../fleet/join-desk.ts";
import { ListWalk } from "../fleet/list-walk.ts";
import { requireMember } from "../fleet/members.ts";
import { Ownership } from "../fleet/ownership.ts";
import { Records } from "../fleet/records.ts";
import { FleetReissues } from "../fleet/reissues.ts";
import { fleetBucket, ownerBucket } from "../fleet/subjects.ts";
import { ensureStreams } from "../fleet/topology.ts";
import { readCertificateRequest } from "../keys/certificate-request.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";
import { createCaPort } from "./ca-port.ts";
import { openBus } from "./fleet-bus.ts";
import { openFleetPage } from "./fleet-page.ts";
import { readSecretFile, readTrustFile } from "./secret-file.ts";

/** Operations under way at the same time, of one priority and those above it; the CA's client has as many connections. */
const placesAtCa = 4;
/** Streams and buckets are looked after as often: whatever was lost is made anew. */
const upkeepInterval = 15_000;
const upkeepRetry = 2_000;
/** An order that was sent is heard of within two minutes (spec xolphin-api §1.6); the unit's `TimeoutStopSec` is longer. */
const stopPatience = 130_000;

export interface Gateway {
  /** Whether servers are answered. */
  readonly ready: boolean;
  readonly queueLength: number;
  readonly walk: ListWalk;
  stop(): Promise<void>;
}

/**
 * The hub's side towards the CA (design §8): the only holder of the account's password. It answers the servers' operations
 * on their own orders, sends webhooks on to the owners, and walks the CA's lists for all. Any number of them may run.
 */
export async function startGateway(options: {
  readonly settings: Settings;
  readonly version: string;
  readonly log: Log;
  readonly clock?: Clock;
}): Promise<Gateway> {
  const { settings, log, version } = options;
  const clock = options.clock ?? systemClock;
  if (settings.fleet.role !== "hub") {
    throw new CodedError("settings-invalid", { detail: "fleet.role must be hub for the gateway" });
  }
  if (settings.ca.username === null) throw new CodedError("ca-account-missing");
  const stack = new AsyncDisposableStack();
  try {
    const transport = createCaTransport({
      baseUrl: settings.ca.baseUrl,
      username: settings.ca.username,
      password: () => readSecretFile(settings.ca.passwordFile),
      trust: readTrustFile(settings.ca.trustFile),
      userAgent: `xolphin-ssl/${version}`,
      clock,
      log,
    });
    stack.defer(() => transport.close());
    const bus = openBus(settings, "gateway", clock, log);
    stack.defer(() => bus.close());
    const [owners, records] = [new Records(bus, ownerBucket), new Records(bus, fleetBucket)];
    const ownership = new Ownership(owners);
    const ca = createCaPort(transport, clock);
    /** Streams were made anew, and nobody has been told to walk for what lay there. */
    let missed = false;
    const walk = new ListWalk({
      ca,
      records,
      ownership,
      clock,
      log,
      intervals: {
        pending: settings.sweep.pendingMinutes * 60_000,
        full: settings.sweep.fullHours * 3_600_000,
      },
      async announce(node, requestId) {
        const receivedAt = clock.now();
        const hint = {
          receivedAt,
          source: "list walk",
          requestId,
          status: "Updated",
          state: null,
          domain: null,
        };
        const id = `walk-${node}-${requestId}-${receivedAt.getTime()}`;
        try {
          await publishWakeUp(bus.now(), node, hint, id);
        } catch {
          // The stream may be lost; what the walk has seen must not be lost with it.
          if (await ensureStreams(bus.now().manager)) missed = true;
          await publishWakeUp(bus.now(), node, hint, id);
        }
      },
    });
    const queue = new FairQueue(placesAtCa, clock);
    const reissues = new FleetReissues(records, clock);
    const desk = new OperationDesk({
      bus,
      records,
      queue,
      reissues,
      clock,
      log,
      desk: {
        ca,
        walk,
        ownership,
        handOvers: new HandOvers(owners),
        requireMember: (node) => requireMember(records, node),
        clock,
        spending: new FleetSpending(records, settings.policy),
        dryRun: settings.policy.dryRun,
        keyIdOfCsr: async (csr) => (await readCertificateRequest(csr)).keyId,
        async readOrigin(id) {
          try {
            const { reference, domainName } = await getRequest(transport, id, "background");
            return { reference, name: domainName };
          } catch (thrown) {
            if (asCodedError(thrown).code === "ca-not-found") return null;
            throw thrown;
          }
        },
      },
    });
    const { signingKeyFile } = settings.fleet;
    const joinDesk =
      signingKeyFile === null
        ? null
        : new JoinDesk({
            bus,
            records,
            account: await identityOf(readSecretFile(signingKeyFile)),
            clock,
            log,
          });
    const router = createHintRouter({ bus, ownership, clock, log, lost: () => void upkeep() });
    let ready = false;
    let stopped = false;
    let cancel: () => void = () => undefined;

    /** Everything that the fleet needs on the bus is there before anybody is answered, and is brought back when it is lost. */
    let busy = false;
    async function upkeep(): Promise<void> {
      if (busy) return;
      busy = true;
      cancel();
      try {
        missed = (await ensureStreams(bus.now().manager)) || missed;
        await owners.ensure();
        await ownership.beginGeneration();
        await records.ensure();
        if (missed) {
          // Webhooks that lay there are known to the CA's lists alone now.
          await walk.again();
          missed = false;
        }
        await reissues.keepBudget(transport.budget.limit);
        if (!ready && !stopped) {
          ready = true;
          desk.start();
          joinDesk?.start();
          router.start();
          walk.start();
          log.info("the hub answers");
        }
        if (!stopped) cancel = clock.after(upkeepInterval, () => void upkeep());
      } catch (thrown) {
        log.warn("the bus is not as it must be yet", { error: busError(thrown) });
        if (!stopped) cancel = clock.after(upkeepRetry, () => void upkeep());
      } finally {
        busy = false;
      }
    }
    stack.defer(async () => {
      stopped = true;
      cancel();
      await router.close();
      const answered = desk.stop(stopPatience);
      transport.leaveOff();
      await Promise.all([answered, ready ? walk.stop() : null]);
    });
    bus.onArrival(() => void upkeep());
    bus.start();
    const page = await openFleetPage({
      runDir: settings.runDir,
      records,
      reissues,
      ownership,
      clock,
      log,
    });
    stack.adopt(page, (opened) => opened.close());
    const parts = stack.move();
    return {
      get ready() {
        return ready && bus.connected;
      },
      get queueLength() {
        return queue.length;
      },
      walk,
      stop: () => parts.disposeAsync(),
    };
  } catch (thrown) {
    await stack.disposeAsync();
    throw thrown;
  }
}
