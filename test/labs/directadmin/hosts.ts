import { createHash } from "node:crypto";
import type { DomainFiles } from "./panel-files.ts";

/** A host name with a web site of its own, below a domain. */
export interface SiteHost {
  readonly host: string;
  readonly kind: "domain" | "subdomain" | "alias" | "pointer";
  /** Every name the site answers to. */
  readonly names: readonly string[];
  /** Folder below `public_html`; empty but for subdomains. */
  readonly folder: string;
}

/** The domain itself, its subdomains and its pointers (spec §3.7). */
export function hostsOf(domain: DomainFiles): SiteHost[] {
  return [
    { host: domain.domain, kind: "domain", names: withWww(domain.domain), folder: "" },
    ...domain.subdomains.map((label): SiteHost => {
      const host = `${label}.${domain.domain}`;
      return { host, kind: "subdomain", names: withWww(host), folder: label };
    }),
    ...Object.entries(domain.pointers).map(
      ([host, kind]): SiteHost => ({ host, kind, names: withWww(host), folder: "" }),
    ),
  ];
}

function withWww(host: string): string[] {
  return [host, `www.${host}`];
}

/** What `{id}` of domain-tls looks like is not documented: the host name itself, or something to be looked up. */
export function certificateId(host: string, ids: "host-names" | "opaque"): string {
  return ids === "host-names" ? host : createHash("sha256").update(host).digest("hex").slice(0, 12);
}
