import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readLines, readPairs, writePairs } from "../common/text-files.ts";
import type { LabLogin } from "./plugin-runtime-contract.ts";

export type PointerKind = "alias" | "pointer";

/** A domain as its files describe it. */
export interface DomainFiles {
  readonly domain: string;
  readonly account: string;
  /** `D.conf`. */
  readonly conf: Readonly<Record<string, string>>;
  /** Labels left of the domain. */
  readonly subdomains: readonly string[];
  readonly pointers: Readonly<Record<string, PointerKind>>;
  readonly addresses: readonly string[];
}

/**
 * The file system of the emulated server (spec §7.1.1). The files are the truth: each call reads them again, so what
 * root changes by hand is what the panel says next.
 */
export class PanelFiles {
  readonly rootDir: string;

  constructor(rootDir: string) {
    this.rootDir = rootDir;
  }

  /** A place of the emulated server, `path("etc/virtual/domainowners")`. */
  path(...parts: string[]): string {
    return join(this.rootDir, ...parts);
  }

  /** A place below `/usr/local/directadmin`. */
  panel(...parts: string[]): string {
    return join(this.rootDir, "usr/local/directadmin", ...parts);
  }

  userFile(account: string, ...parts: string[]): string {
    return this.panel("data/users", account, ...parts);
  }

  domainFile(account: string, name: string): string {
    return this.userFile(account, "domains", name);
  }

  home(account: string): string {
    return this.path("home", account);
  }

  site(account: string, domain: string, folder = "public_html"): string {
    return join(this.home(account), "domains", domain, folder);
  }

  config(key: string): string {
    return readPairs(this.panel("conf/directadmin.conf"))[key] ?? "";
  }

  setConfig(key: string, value: string): void {
    const path = this.panel("conf/directadmin.conf");
    writePairs(path, { ...readPairs(path), [key]: value });
  }

  accounts(): string[] {
    const users = this.panel("data/users");
    if (!existsSync(users)) return [];
    return readdirSync(users)
      .filter((name) => existsSync(this.userFile(name, "user.conf")))
      .sort();
  }

  /** `user.conf` of an account; undefined when there is no such account. */
  account(name: string): Record<string, string> | undefined {
    if (!/^[a-z][a-z0-9_-]{0,31}$/.test(name)) return undefined;
    const path = this.userFile(name, "user.conf");
    return existsSync(path) ? readPairs(path) : undefined;
  }

  setAccount(name: string, values: Readonly<Record<string, string>>): void {
    writePairs(this.userFile(name, "user.conf"), { ...this.account(name), ...values });
  }

  login(name: string): LabLogin | undefined {
    const conf = this.account(name);
    if (conf === undefined) return undefined;
    return {
      name,
      role: roleOf(conf["usertype"]),
      creator: conf["creator"] ?? "",
      suspended: conf["suspended"] === "yes",
      language: conf["language"] ?? "en",
      skin: conf["skin"] === "enhanced" ? "enhanced" : "evolution",
      pluginsWhitelist: listOf(conf["plugins_allow"]),
      pluginsBlacklist: listOf(conf["plugins_deny"]),
    };
  }

  domainsOf(account: string): string[] {
    return readLines(this.userFile(account, "domains.list"));
  }

  /** `/etc/virtual/domainowners`, domain by owner. */
  owners(): Map<string, string> {
    const owners = new Map<string, string>();
    for (const line of readLines(this.path("etc/virtual/domainowners"))) {
      const [domain, owner] = line.split(/:\s*/);
      if (domain !== undefined && owner !== undefined) owners.set(domain, owner);
    }
    return owners;
  }

  /** A main domain of the account; undefined for anything else, whatever it looks like. */
  domain(account: string, domain: string): DomainFiles | undefined {
    if (!this.domainsOf(account).includes(domain)) return undefined;
    const file = (kind: string): string => this.domainFile(account, `${domain}.${kind}`);
    return {
      domain,
      account,
      conf: readPairs(file("conf")),
      subdomains: readLines(file("subdomains")),
      pointers: readPairs(file("pointers")) as Record<string, PointerKind>,
      addresses: readLines(file("ip_list")),
    };
  }

  setDomain(account: string, domain: string, values: Readonly<Record<string, string | undefined>>): void {
    const path = this.domainFile(account, `${domain}.conf`);
    const merged: Record<string, string> = {};
    for (const [name, value] of Object.entries({ ...readPairs(path), ...values })) {
      if (value !== undefined) merged[name] = value;
    }
    writePairs(path, merged);
  }

  /** All domains of all accounts. */
  everyDomain(): DomainFiles[] {
    return this.accounts().flatMap((account) =>
      this.domainsOf(account).flatMap((domain) => this.domain(account, domain) ?? []),
    );
  }
}

function roleOf(text: string | undefined): LabLogin["role"] {
  return text === "admin" || text === "reseller" ? text : "user";
}

function listOf(text: string | undefined): string[] | null {
  return text === undefined || text === "" ? null : text.split(":");
}
