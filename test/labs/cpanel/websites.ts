import type { ServerFiles } from "./server-files.ts";

/** One Apache virtual host of an account: what a certificate is installed on (spec §5.1). */
export interface Vhost {
  readonly account: string;
  readonly servername: string;
  readonly kind: "main" | "addon" | "sub";
  /** The addon domain whose website it is, the servername otherwise. */
  readonly domain: string;
  /** Every name Apache answers to here, the servername first. */
  readonly names: readonly string[];
  /** `cpanel.…`, `webmail.…`: not served from the account's files. */
  readonly serviceNames: readonly string[];
  /** As the server names it. */
  readonly documentRoot: string;
  readonly sslRedirect: boolean;
  readonly suspended: boolean;
}

const services = ["cpanel", "webmail", "webdisk", "cpcontacts", "cpcalendars", "autodiscover", "autoconfig"];

export function vhostsOf(files: ServerFiles, account: string): Vhost[] {
  const map = files.domainMap(account);
  const suspended = files.account(account)?.["SUSPENDED"] === "1";
  if (map.main_domain === "") return [];
  return [map.main_domain, ...map.sub_domains].flatMap((servername): Vhost[] => {
    const website = files.website(account, servername);
    if (website === undefined) return [];
    const aliases = (website["serveralias"] ?? "").split(" ").filter((name) => name !== "");
    const addons = Object.keys(map.addon_domains).filter((name) => map.addon_domains[name] === servername);
    const isMain = servername === map.main_domain;
    const bases = [...(isMain ? [servername, ...map.parked_domains] : []), ...addons];
    return [
      {
        account,
        servername,
        kind: isMain ? "main" : addons.length > 0 ? "addon" : "sub",
        domain: addons[0] ?? servername,
        names: [servername, ...aliases],
        serviceNames: bases.flatMap((base) => services.map((service) => `${service}.${base}`)),
        documentRoot: website["documentroot"] ?? "",
        sslRedirect: website["ssl_redirect"] === "1",
        suspended,
      },
    ];
  });
}

export function everyVhost(files: ServerFiles): Vhost[] {
  return files.accounts().flatMap((account) => vhostsOf(files, account));
}

/** The website a name stands on; service names count to the website of their domain. */
export function vhostOfName(vhosts: readonly Vhost[], name: string): Vhost | undefined {
  const wanted = name.toLowerCase();
  return (
    vhosts.find((vhost) => vhost.servername === wanted) ??
    vhosts.find((vhost) => vhost.names.includes(wanted)) ??
    vhosts.find((vhost) => vhost.serviceNames.includes(wanted))
  );
}
