import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Clock, sleep, systemClock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import { Bus, type BusSession, readBusFile } from "../fleet/bus.ts";
import { identityOf } from "../fleet/credential.ts";
import { memberRecord } from "../fleet/members.ts";
import { type FleetOverview, readOverview } from "../fleet/overview.ts";
import { Ownership } from "../fleet/ownership.ts";
import { type BusNode, planBus } from "../fleet/plan-bus.ts";
import { Records } from "../fleet/records.ts";
import { FleetReissues, type ReissueChoice, type ReissueOffer } from "../fleet/reissues.ts";
import { shutOut } from "../fleet/shut-out.ts";
import { fleetBucket, ownerBucket, wakeStream } from "../fleet/subjects.ts";
import { dropTokens, makeToken, readToken, redeemToken } from "../fleet/token.ts";
import { silentLog } from "../logging.ts";
import type { Secret } from "../secret.ts";
import type { Settings } from "../settings.ts";
import { changeConfig, readConfig } from "../setup/config-text.ts";
import { fleetUnits } from "../setup/fleet-units.ts";
import { writeRootFile } from "../setup/root-files.ts";
import { openBus } from "./fleet-bus.ts";
import { readSecretFile } from "./secret-file.ts";

const patience = 15_000;
/** A young bus of three takes a while over each record that all of them have to keep. */
const patienceForRecords = 60_000;

/** What the fleet's administrator does on the command line; root's business on a hub, and `join` on a server. */
export interface FleetTools {
  /** Writes everything for a new bus below a folder that must be new. Returns the files' paths. */
  init(
    folder: string,
    hosts: readonly string[],
    options: { clusterPort: number; clientPort: number },
  ): Promise<string[]>;
  token(settings: Settings, node: string): Promise<Secret>;
  /**
   * The hub has the account at the CA from then on, so its password is removed where setup put it, beside the configuration;
   * `passwordLeft` is where else it still lies.
   */
  join(
    configFile: string,
    token: string,
  ): Promise<{ node: string; credentialFile: string; passwordLeft: string | null }>;
  overview(settings: Settings): Promise<FleetOverview>;
  /** How many certificates a choice comes to, and how long they take. */
  offerReissue(settings: Settings, choice: ReissueChoice): Promise<ReissueOffer>;
  /** Wants them anew; `count` is the number that was agreed to. Returns the undertaking's id. */
  reissue(
    settings: Settings,
    choice: ReissueChoice,
    wish: { reason: string; urgent: boolean; count: number },
  ): Promise<string>;
  stopReissue(settings: Settings, id: string): Promise<void>;
  give(settings: Settings, id: number, node: string): Promise<void>;
  remove(settings: Settings, node: string): Promise<void>;
}

export function createFleetTools(clock: Clock = systemClock): FleetTools {
  return {
    async init(folder, hosts, ports) {
      if (existsSync(folder)) throw new CodedError("input-invalid", { detail: `${folder} is there already` });
      if (hosts.length !== 3 || new Set(hosts).size !== 3) {
        throw new CodedError("input-invalid", {
          detail: "a bus has three servers, each on a machine of its own",
        });
      }
      const nodes = hosts.map(
        (host, index): BusNode => ({
          name: `bus${index + 1}`,
          host,
          ...ports,
          storeDir: "/var/lib/nats",
          folder: "/etc/nats",
        }),
      );
      const servers = nodes.map(
        ({ host, clientPort }) => `${host.includes(":") ? `[${host}]` : host}:${clientPort}`,
      );
      const files = [...(await planBus(nodes, clock.now())), ...fleetUnits(servers)];
      mkdirSync(folder, { mode: 0o700 });
      for (const { path, content, mode } of files) {
        const place = join(folder, path);
        mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
        const text = typeof content === "string" ? content : content.reveal();
        writeRootFile(place, text, { mode, gid: 0 });
      }
      return files.map(({ path }) => join(folder, path));
    },

    token: (settings, node) =>
      onHub(settings, clock, async ({ records }) => {
        const { signingKeyFile, servers, trustFile } = settings.fleet;
        if (signingKeyFile === null) {
          throw new CodedError("settings-invalid", { detail: "fleet.signingKeyFile is missing" });
        }
        const account = await identityOf(readSecretFile(signingKeyFile));
        return makeToken({ records, account, servers, authority: readBusFile(trustFile), clock }, node);
      }),

    async join(configFile, text) {
      const token = readToken(text);
      const bus = new Bus(
        {
          servers: token.servers,
          credentials: () => token.credential,
          authority: token.authority,
          participant: `join-${token.id}`,
          probe: null,
        },
        clock,
        silentLog,
      );
      bus.start();
      try {
        const session = await arrival(bus, clock);
        const { node, credential } = await redeemToken(session, token);
        const folder = dirname(configFile);
        const credentialFile = join(folder, "fleet.creds");
        const trustFile = join(folder, "bus-ca.pem");
        // As the configuration itself: root's, and readable for the service alone.
        const { gid, uid } = statSync(configFile);
        const place = (path: string, content: string): void => {
          writeRootFile(path, content, { mode: 0o640, gid });
          if (process.getuid?.() === 0) chownSync(path, uid, gid);
        };
        place(credentialFile, credential.reveal());
        place(trustFile, token.authority);
        const fleet = { role: "server", servers: token.servers, credentialFile, trustFile, node };
        const before = readFileSync(configFile, "utf8");
        const changed = changeConfig(before, [
          { keys: ["fleet"], value: fleet },
          { keys: ["ca", "username"], value: null },
        ]);
        const { mode } = statSync(configFile);
        place(configFile, changed);
        chmodSync(configFile, mode & 0o777);
        return { node, credentialFile, passwordLeft: removePassword(before, folder) };
      } finally {
        await bus.close();
      }
    },

    overview: (settings) =>
      onHub(settings, clock, ({ records, owners }) =>
        readOverview(records, new FleetReissues(records, clock), new Ownership(owners), clock.now()),
      ),

    offerReissue: (settings, choice) =>
      onHub(settings, clock, ({ records }) => new FleetReissues(records, clock).offer(choice)),

    reissue: (settings, choice, wish) =>
      onHub(settings, clock, ({ records }) =>
        new FleetReissues(records, clock).begin(choice, { ...wish, by: "root, on a hub" }),
      ),

    stopReissue: (settings, id) =>
      onHub(settings, clock, ({ records }) => new FleetReissues(records, clock).stop(id)),

    give: (settings, id, node) =>
      onHub(settings, clock, async ({ records, owners }) => {
        await requireMember(records, node);
        await new Ownership(owners).reassign(id, node);
      }),

    remove: (settings, node) =>
      onHub(settings, clock, async ({ records, session }) => {
        await requireMember(records, node);
        // Nobody comes in from here on, and then the hub, which needs nobody's consent, answers nothing any more.
        await dropTokens(records, node);
        let keys: readonly string[] = [];
        await records.update(`member.${node}`, memberRecord, (before) => {
          keys = before?.keys ?? [];
          return { removed: true, keys: [...keys] };
        });
        await session.manager.consumers.delete(wakeStream, node).catch(() => false);
        const { signingKeyFile, revocationKeyFile } = settings.fleet;
        if (signingKeyFile === null || revocationKeyFile === null) {
          const detail = `the hub answers ${node} no more, but the bus can't be told without fleet.revocationKeyFile`;
          throw new CodedError("settings-invalid", { detail });
        }
        const account = await identityOf(readSecretFile(signingKeyFile));
        const signer = await identityOf(readSecretFile(revocationKeyFile));
        await shutOut(session, { account: account.publicKey, signer, keys, now: clock.now() });
      }),
  };
}

/** Removes the CA account's password that a server's configuration names, and returns where it can't tell whose else it is. */
function removePassword(config: string, folder: string): string | null {
  const path = readConfig(config, ["ca", "passwordFile"]);
  if (typeof path !== "string" || !existsSync(path)) return null;
  if (dirname(path) !== folder) return path;
  rmSync(path);
  return null;
}

interface Hub {
  readonly session: BusSession;
  readonly records: Records;
  readonly owners: Records;
}

async function onHub<T>(settings: Settings, clock: Clock, work: (hub: Hub) => Promise<T>): Promise<T> {
  if (settings.fleet.role !== "hub") {
    throw new CodedError("settings-invalid", { detail: "this is done on a hub: fleet.role must be hub" });
  }
  const bus = openBus(settings, "gateway", clock, silentLog);
  bus.start();
  try {
    const session = await arrival(bus, clock);
    const [records, owners] = [new Records(bus, fleetBucket), new Records(bus, ownerBucket)];
    await untilKept(records, clock);
    return await work({ session, records, owners });
  } finally {
    await bus.close();
  }
}

/** A hub that was started a moment ago still makes its records. Throws `bus-unreachable` when they do not come. */
async function untilKept(records: Records, clock: Clock): Promise<void> {
  const end = clock.monotonic() + patienceForRecords;
  for (;;) {
    try {
      await records.keys("member");
      return;
    } catch (thrown) {
      if (asCodedError(thrown).code !== "bus-unreachable" || clock.monotonic() > end) throw thrown;
      await sleep(clock, 500);
    }
  }
}

async function requireMember(records: Records, node: string): Promise<void> {
  if ((await records.keys("member")).includes(node)) return;
  throw new CodedError("input-invalid", { detail: `there is no server ${node} in this fleet` });
}

/** Throws `bus-unreachable` when the bus does not come within a person's patience. */
async function arrival(bus: Bus, clock: Clock): Promise<BusSession> {
  const given = new AbortController();
  const arrived = new Promise<BusSession>((resolve) => bus.onArrival(resolve));
  const late = sleep(clock, patience, given.signal).then(() => {
    throw new CodedError("bus-unreachable");
  });
  try {
    return await Promise.race([arrived, late]);
  } finally {
    given.abort(new Error("not waited for any more"));
    late.catch(() => undefined);
  }
}
