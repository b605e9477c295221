import { Resolver } from "node:dns/promises";
import { type DnsServer, startDnsServer } from "../../labs/dns/dns-server.ts";
import type { ZoneRecord } from "../../labs/dns/zone-record.ts";
import { openCpanelServer } from "../servers/cpanel.ts";
import { account, type DemoServer } from "../servers/demo-server.ts";
import { openDirectAdminServer } from "../servers/directadmin.ts";
import { openPleskServer } from "../servers/plesk.ts";

/** A server for the fleet's demo: its name in the fleet, and the domain that is ordered for. */
export interface FleetDemoServer {
  readonly node: string;
  readonly domain: string;
  readonly server: DemoServer;
}

/** One server with each panel, each with a domain that no other has. */
export const fleetServers: readonly {
  readonly node: string;
  open(folder: string): Promise<FleetDemoServer>;
}[] = [
  {
    node: "web01",
    async open(folder) {
      const server = await openDirectAdminServer(folder);
      const domain = "first.test";
      await server.lab.addDomain(account, domain);
      await server.lab.runTaskQueue();
      return { node: "web01", domain, server };
    },
  },
  {
    node: "web02",
    async open(folder) {
      const server = await openCpanelServer(folder);
      const domain = "second.test";
      await server.lab.addDomain(account, domain, { kind: "addon" });
      await server.lab.settled();
      return { node: "web02", domain, server };
    },
  },
  {
    node: "web03",
    async open(folder) {
      const server = await openPleskServer(folder);
      const domain = "third.test";
      await server.lab.addDomain(account, domain);
      await server.lab.settle();
      return { node: "web03", domain, server };
    },
  },
];

/** The world's DNS as the CA sees it: each domain is asked of the server that has its zone. */
export function openWorldDns(servers: readonly FleetDemoServer[]): Promise<DnsServer> {
  const resolvers = servers.map(({ domain, server }) => {
    const resolver = new Resolver();
    resolver.setServers([server.dnsAddress]);
    return { domain, resolver };
  });
  return startDnsServer({
    async lookup(name, type) {
      const found = resolvers.find(({ domain }) => name === domain || name.endsWith(`.${domain}`));
      if (found === undefined) return { rcode: "NXDOMAIN" };
      return { answers: await ask(found.resolver, name, type) };
    },
  });
}

async function ask(resolver: Resolver, name: string, type: string): Promise<ZoneRecord[]> {
  try {
    if (type === "CNAME") return (await resolver.resolveCname(name)).map((data) => ({ name, type, data }));
    if (type === "TXT") {
      return (await resolver.resolveTxt(name)).map((parts) => ({ name, type, data: parts.join("") }));
    }
    if (type === "A") return (await resolver.resolve4(name)).map((data) => ({ name, type, data }));
    return [];
  } catch {
    return [];
  }
}
