import { getServers } from "node:dns";
import { Resolver } from "node:dns/promises";
import type { ZonePlace } from "../model/choose-dcv-method.ts";
import { type HostName, parents, withoutWildcard } from "../model/host-name.ts";
import type { CaaRecord, NameLooks } from "../model/preflight.ts";
import { dnssecOf } from "./dns-question.ts";

const timeout = 3_000;

export interface DnsRecord {
  readonly owner: string;
  readonly type: "CNAME" | "TXT";
  readonly value: string;
}

/**
 * Looks for records as the CA would: past caches, at the name servers of the zone, unless the settings name resolvers
 * (`dns.servers`). A failed look-up counts as not visible; the caller looks again.
 */
export class DnsProbe {
  private readonly servers: readonly string[];

  constructor(servers: readonly string[]) {
    this.servers = servers;
  }

  async recordVisible(record: DnsRecord): Promise<boolean> {
    const resolvers =
      this.servers.length > 0 ? [resolver(this.servers)] : await this.authoritative(record.owner);
    if (resolvers.length === 0) return false;
    const answers = await Promise.all(resolvers.map((one) => has(one, record)));
    return answers.every(Boolean);
  }

  /** IPv4 and IPv6 addresses of a name; empty when it has none. */
  async addressesOf(name: HostName): Promise<string[]> {
    const one = resolver(this.servers);
    const [v4, v6] = await Promise.all([
      one.resolve4(name).catch(() => []),
      one.resolve6(name).catch(() => []),
    ]);
    return [...v4, ...v6];
  }

  /** The same, told apart from "nobody could be asked" (null). */
  async addressesOrNull(name: HostName): Promise<string[] | null> {
    const one = resolver(this.servers);
    const found = await Promise.all([orNothing(one.resolve4(name)), orNothing(one.resolve6(name))]);
    const [v4, v6] = found;
    if (v4 === null || v6 === null || v4 === undefined || v6 === undefined) return null;
    return [...v4, ...v6];
  }

  /** The CAA records that count for a name: those of the nearest parent that has any (RFC 8659 §3). */
  async caaOf(name: HostName): Promise<CaaRecord[] | null> {
    const one = resolver(this.servers);
    for (let owner: string = withoutWildcard(name); owner !== ""; owner = parentOf(owner)) {
      const records = await orNothing(one.resolveCaa(owner));
      if (records === null) return null;
      if (records.length > 0) return records.map(toCaa);
    }
    return [];
  }

  /** Whether signatures in the DNS of a name are in order, as a resolver that checks them says. */
  async dnssecOf(name: HostName): Promise<NameLooks["dnssec"]> {
    const [server] = this.servers.length > 0 ? this.servers : getServers();
    return server === undefined ? "unknown" : dnssecOf(server, withoutWildcard(name));
  }

  /** Whether the name servers of a name's zone are among these: by their own name, or by an address of this server. */
  async zonePlace(
    name: HostName,
    own: { readonly addresses: readonly string[]; readonly nameServers: readonly string[] },
  ): Promise<ZonePlace> {
    const one = resolver(this.servers);
    for (const zone of parents(name)) {
      const servers = await orNothing(one.resolveNs(zone));
      if (servers === null) return "unknown";
      if (servers.length === 0) continue;
      const names = servers.map((server) => server.toLowerCase().replace(/\.$/, ""));
      if (names.some((server) => own.nameServers.includes(server))) return "here";
      const addresses = await Promise.all(names.map((server) => this.addressesOf(server as HostName)));
      if (addresses.every((found) => found.length === 0)) return "unknown";
      return addresses.flat().some((address) => own.addresses.includes(address)) ? "here" : "elsewhere";
    }
    return "unknown";
  }

  /** One resolver per name server of the zone that holds the owner name, found by walking up. */
  private async authoritative(owner: string): Promise<Resolver[]> {
    const system = resolver([]);
    for (let zone = owner; zone.includes("."); zone = zone.slice(zone.indexOf(".") + 1)) {
      const names = await system.resolveNs(zone).catch(() => []);
      if (names.length === 0) continue;
      const addresses = await Promise.all(names.map((name) => this.addressesOf(name as HostName)));
      return addresses.filter((found) => found.length > 0).map((found) => resolver(found.slice(0, 1)));
    }
    return [];
  }
}

async function has(one: Resolver, { owner, type, value }: DnsRecord): Promise<boolean> {
  try {
    if (type === "TXT") return (await one.resolveTxt(owner)).some((chunks) => chunks.join("") === value);
    const targets = await one.resolveCname(owner);
    return targets.some((target) => target.toLowerCase().replace(/\.$/, "") === value);
  } catch {
    return false;
  }
}

/** Empty where the DNS says that there is nothing; null where nobody could be asked. */
async function orNothing<T>(asking: Promise<T[]>): Promise<T[] | null> {
  try {
    return await asking;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return code === "ENOTFOUND" || code === "ENODATA" ? [] : null;
  }
}

function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}

/** `{ critical: 0, type: "CAA", issue: "sectigo.com" }`: the tag is the name of the property that is left. */
function toCaa({ critical, ...rest }: { critical: number }): CaaRecord {
  const [tag = "", value = ""] = Object.entries(rest).find(([key]) => key !== "type") ?? [];
  return { tag, value: String(value), critical: critical >= 128 };
}

function resolver(servers: readonly string[]): Resolver {
  const made = new Resolver({ timeout, tries: 2 });
  if (servers.length > 0) made.setServers(servers);
  return made;
}
