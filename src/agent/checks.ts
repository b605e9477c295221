import { CodedError } from "../errors.ts";
import type { FleetMember } from "../fleet/member.ts";
import type { JobContext } from "../jobs/context.ts";
import type { HostName } from "../model/host-name.ts";
import type { Settings } from "../settings.ts";
import type { WebhookListener } from "../webhook/webhook-listener.ts";
import { type Check, counted, diskCheck } from "./doctor.ts";
import { hardeningCheck, ownWebhookCheck, syncCheck, versionCheck } from "./server-checks.ts";
import type { CaAnswer } from "./try-ca.ts";

/** More than this between our clock and the CA's, and certificates look not yet valid. */
const clockTolerance = 5 * 60_000;
const servedSample = 50;
/** A file that root carries over is there by then. */
const longestMove = 86_400_000;

interface CheckParts {
  readonly context: JobContext;
  readonly settings: Settings;
  /** Logs in now, whatever came of it before: who has just repaired the account wants to see that it works. */
  readonly tryCa: () => Promise<CaAnswer>;
  /** Null in a command while no service runs. */
  readonly listener: WebhookListener | null;
  /** Null for a server of its own. */
  readonly fleet: FleetMember | null;
  readonly version: string;
  /** The version that the panel's side of the plugin has; null when the panel does not say. */
  readonly panelVersion: () => Promise<string | null>;
  readonly socketsHandedOver: boolean;
}

/** Every path that the product depends on (design §5.1 `doctor`). */
export function checksOf(parts: CheckParts): Check[] {
  const { context, settings, listener, fleet } = parts;
  const { store, panel, clock, probe } = context;
  return [
    ...(fleet === null ? accountChecks(parts) : fleetChecks(parts, fleet)),
    {
      name: "Proxies",
      async try() {
        const { trustedProxies } = settings.webhook;
        return trustedProxies.length === 0 ? "none is trusted" : trustedProxies.join(", ");
      },
    },
    {
      name: "Panel",
      async try() {
        const { version, hostName, notes } = await panel.readFacts();
        return [`${panel.id} ${version} on ${hostName}`, ...notes].join("; ");
      },
    },
    {
      name: "Accounts",
      async try() {
        const [accounts, vhosts] = await Promise.all([panel.listAccounts(), panel.listVhosts()]);
        return `${counted(accounts.length, "account")}, ${counted(vhosts.length, "vhost")}`;
      },
    },
    {
      name: "DNS",
      async try() {
        const [{ dns, hostName }, vhosts] = await Promise.all([panel.readFacts(), panel.listVhosts()]);
        const servers = settings.dns.servers.length === 0 ? "the system's" : settings.dns.servers.join(", ");
        const [first] = vhosts;
        const asked = [new URL(settings.ca.baseUrl).hostname, hostName, ...(first?.names.slice(0, 1) ?? [])];
        const answers = await Promise.all(asked.map((name) => probe.addressesOf(name as HostName)));
        if (answers.every((answer) => answer === null)) {
          throw new CodedError("name-server-silent", { detail: servers });
        }
        return `${dns ? "records can be published here" : "zones are elsewhere"}; ${servers} answer look-ups`;
      },
    },
    ...(listener === null
      ? []
      : [
          ownWebhookCheck({
            settings,
            port: listener.ports[0] ?? 0,
            hostName: async () => (await panel.readFacts()).hostName,
            arrived: () => listener.healthChecks,
          }),
          hardeningCheck(parts.socketsHandedOver),
        ]),
    versionCheck(parts.version, parts.panelVersion),
    diskCheck(settings.stateDir),
    syncCheck(settings.stateDir, clock),
    {
      name: "Served certificates",
      async try() {
        const installed = store.installations.inState("verified", servedSample);
        let looked = 0;
        for (const { names, addresses, fingerprint, vhost } of installed) {
          const [name] = names;
          const address = context.verifyAddress ?? addresses[0];
          if (name === undefined || address === undefined) continue;
          const [served] = await probe.lookAt([{ name, address }]);
          if (served?.fingerprint !== fingerprint) {
            throw new CodedError(served?.problem ?? "served-old", { detail: vhost });
          }
          looked += 1;
        }
        return `${looked} looked at, all as installed`;
      },
    },
  ];
}

/** A server of its own has the CA account and takes webhooks itself. */
function accountChecks({ context: { store, clock }, settings, tryCa, listener }: CheckParts): Check[] {
  const answer = tryCa();
  // One check says what went wrong; the other has nothing to compare then.
  const date = answer.then(
    (given) => given.date,
    () => null,
  );
  return [
    {
      name: "Xolphin",
      async try() {
        const { products } = await answer;
        return `login accepted, ${counted(products, "product")}`;
      },
    },
    {
      name: "Clock",
      async try() {
        const theirs = await date;
        if (theirs === null) return "not compared, Xolphin gave no time";
        const apart = Math.abs(clock.now().getTime() - theirs.getTime());
        if (apart > clockTolerance) {
          const minutes = Math.round(apart / 60_000);
          throw new CodedError("clock-implausible", { detail: `${minutes} minutes apart from Xolphin's` });
        }
        return "agrees with Xolphin's";
      },
    },
    {
      name: "Webhooks",
      async try() {
        if (listener === null) throw new CodedError("agent-unreachable");
        const last = store.hints.latest(1)[0];
        const seen = last === undefined ? "none came yet" : `last one ${last.receivedAt.toISOString()}`;
        return `listening on ${settings.webhook.listen.join(", ")}, ${seen}`;
      },
    },
  ];
}

/** A server of a fleet reaches the CA through the hub, and is woken by it. */
function fleetChecks({ context: { ca, store, clock } }: CheckParts, fleet: FleetMember): Check[] {
  return [
    {
      name: "Fleet",
      async try() {
        fleet.requireServer();
        if (!fleet.connected) throw new CodedError("bus-unreachable");
        return `the hub answers, ${counted((await ca.listProducts()).length, "product")}`;
      },
    },
    {
      name: "Accounts that move",
      async try() {
        const open = store.handovers.open().filter(({ direction }) => direction === "out");
        const late = open.find(({ createdAt }) => clock.now().getTime() - createdAt.getTime() > longestMove);
        // Nothing is renewed for it meanwhile.
        if (late !== undefined) throw new CodedError("handing-over", { detail: late.account });
        return open.length === 0
          ? "none"
          : open.map(({ account, peer }) => `${account} to ${peer}`).join(", ");
      },
    },
  ];
}
