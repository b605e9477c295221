import { ApiFailure } from "./api-failure.ts";
import type { ServerFiles } from "./server-files.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";
import { type Vhost, vhostsOf } from "./websites.ts";

/** `DomainInfo` (spec §4.8). */
export const domainInfoFunctions: UapiModule = {
  list_domains: { run: listDomains, demo: true },
  domains_data: { run: domainsData, demo: true },
  single_domain_data: { run: singleDomainData, demo: true },
  main_domain_builtin_subdomain_aliases: {
    run: ({ state }) => (state.switches.mailAlias ? ["mail", "www"] : ["www"]),
    demo: true,
  },
};

/** `WebVhosts` (spec §4.8). */
export const webVhostFunctions: UapiModule = {
  list_domains: {
    run: ({ state, account }) =>
      vhostsOf(state.files, account).flatMap((vhost) =>
        vhost.names.map((domain) => ({
          domain,
          vhost_name: vhost.servername,
          vhost_is_ssl: state.files.installed(vhost.servername) === undefined ? 0 : 1,
          proxy_subdomains: proxiesOf(vhost, domain),
        })),
      ),
    demo: true,
  },
  list_ssl_capable_domains: {
    run: ({ state, account }) =>
      vhostsOf(state.files, account).flatMap((vhost) => [
        ...vhost.names.map((domain) => ({ domain, vhost_name: vhost.servername, is_proxy: 0 })),
        ...vhost.serviceNames.map((domain) => ({ domain, vhost_name: vhost.servername, is_proxy: 1 })),
      ]),
    demo: true,
  },
};

function proxiesOf(vhost: Vhost, domain: string): string[] | null {
  const own = vhost.serviceNames.filter((name) => name.slice(name.indexOf(".") + 1) === domain);
  return own.length === 0 ? null : own;
}

function listDomains({ state, account }: UapiCall): unknown {
  const map = state.files.domainMap(account);
  return {
    main_domain: map.main_domain,
    addon_domains: Object.keys(map.addon_domains),
    parked_domains: map.parked_domains,
    sub_domains: map.sub_domains,
  };
}

function domainsData(call: UapiCall): unknown {
  const { files } = call.state;
  const all = vhostsOf(files, call.account).map((vhost) => domainData(files, vhost));
  if (call.args.get("format") === "list") return all;
  const of = (type: string): unknown[] => all.filter((one) => one["type"] === type);
  return {
    main_domain: of("main_domain")[0] ?? {},
    addon_domains: of("addon_domain"),
    sub_domains: of("sub_domain"),
    parked_domains: files.domainMap(call.account).parked_domains,
  };
}

function singleDomainData(call: UapiCall): unknown {
  const domain = call.args.required("domain");
  const { files } = call.state;
  const vhost = vhostsOf(files, call.account).find(
    (one) => one.domain === domain || one.servername === domain,
  );
  if (vhost === undefined) throw new ApiFailure(`The domain “${domain}” does not exist.`);
  return domainData(files, vhost);
}

/** Members as a server of the current version gave them (spec §4.8). */
export function domainData(files: ServerFiles, vhost: Vhost): Record<string, unknown> {
  const website = files.website(vhost.account, vhost.servername) ?? {};
  return {
    ...website,
    type: `${vhost.kind}_domain`,
    domain: vhost.domain,
    // On the server that was captured only addon domains had the member.
    ...(vhost.kind === "addon" ? { ipv6: null } : {}),
    is_temporary: 0,
    status: "not redirected",
    phpopenbasedirprotect: "1",
    userdirprotect: "",
    customlog: [{ format: "combined", target: `/etc/apache2/logs/domlogs/${vhost.servername}` }],
    scriptalias: [{ path: `${vhost.documentRoot}/cgi-bin`, url: "/cgi-bin/" }],
  };
}
