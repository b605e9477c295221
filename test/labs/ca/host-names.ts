import { getDomain } from "tldts";

/** Whether a CA would certify the name: letters, digits and hyphens, at least two labels, a wildcard only in front. */
export function isCertifiableName(name: string): boolean {
  const bare = withoutWildcard(name);
  return (
    bare.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/.test(bare) &&
    registrableDomain(bare) !== undefined
  );
}

export function isWildcard(name: string): boolean {
  return name.startsWith("*.");
}

export function withoutWildcard(name: string): string {
  return isWildcard(name) ? name.slice(2) : name;
}

/** The name bought at the registry, by the public suffix list; undefined for a suffix itself. */
export function registrableDomain(name: string): string | undefined {
  return getDomain(withoutWildcard(name)) ?? undefined;
}

/** The name and its parents up to the registrable domain, nearest first (spec §9.2). */
export function authorisationDomains(name: string): string[] {
  const bare = withoutWildcard(name);
  const top = registrableDomain(bare) ?? bare;
  const domains: string[] = [];
  for (let domain = bare; domain.length >= top.length; domain = domain.slice(domain.indexOf(".") + 1)) {
    domains.push(domain);
    if (domain === top) break;
  }
  return domains;
}

/** The name a CA adds for free: `www.x` for `x`, `x` for `www.x` and for `*.x` (spec §9.4). */
export function freeExtraName(commonName: string): string {
  if (isWildcard(commonName)) return withoutWildcard(commonName);
  return commonName.startsWith("www.") ? commonName.slice(4) : `www.${commonName}`;
}

/** The addresses e-mail validation may use (spec §6.4, §9.7), those at the name itself first. */
export function approverAddresses(name: string, withParents: boolean): string[] {
  const domains = withParents ? authorisationDomains(name) : [withoutWildcard(name)];
  return domains.flatMap((domain) =>
    ["admin", "administrator", "hostmaster", "postmaster", "webmaster"].map((local) => `${local}@${domain}`),
  );
}
