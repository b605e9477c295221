import { Resolver } from "node:dns/promises";
import type { HostName } from "../model/host-name.ts";

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

function resolver(servers: readonly string[]): Resolver {
  const made = new Resolver({ timeout, tries: 2 });
  if (servers.length > 0) made.setServers(servers);
  return made;
}
