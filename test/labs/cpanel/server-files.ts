import { existsSync, lchownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readLines, readPairs, readText, writeLines, writePairs, writeText } from "../common/text-files.ts";
import { readYaml, writeYaml } from "./yaml.ts";

/** `/var/cpanel/userdata/<user>/main`: which names an account has, and which of them stand on whose website. */
export interface DomainMap {
  main_domain: string;
  /** Addon domain → the subdomain its website is. */
  addon_domains: Record<string, string>;
  /** Aliases of the main domain. */
  parked_domains: string[];
  /** With the subdomains below addon domains. */
  sub_domains: string[];
}

/** `/var/cpanel/userdata/<user>/<servername>`: one website. */
export type Website = Record<string, string>;

/** The files of the emulated server (spec §9.1), all below one folder; they are the truth, nothing is remembered. */
export class ServerFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Where a path of the server really lies. */
  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  cpanel(...parts: string[]): string {
    return this.path("usr/local/cpanel", ...parts);
  }

  var(...parts: string[]): string {
    return this.path("var/cpanel", ...parts);
  }

  /** Account names in order of creation, as `/etc/passwd` has them. */
  accounts(): string[] {
    return readLines(this.path("etc/passwd"))
      .map((line) => line.split(":")[0] ?? "")
      .filter((name) => existsSync(this.var("users", name)));
  }

  /** `KEY=value` of `/var/cpanel/users/<name>`; undefined when there is no such account. */
  account(name: string): Record<string, string> | undefined {
    if (!/^[a-z][a-z0-9_-]*$/.test(name) || !existsSync(this.var("users", name))) return undefined;
    return readPairs(this.var("users", name));
  }

  setAccount(name: string, changes: Readonly<Record<string, string | undefined>>): void {
    const kept = Object.entries({ ...this.account(name), ...changes }).filter(
      ([, value]) => value !== undefined,
    );
    writePairs(this.var("users", name), Object.fromEntries(kept) as Record<string, string>);
  }

  uid(name: string): number {
    const line = readLines(this.path("etc/passwd")).find((entry) => entry.startsWith(`${name}:`));
    return Number(line?.split(":")[2] ?? 0);
  }

  /** Gives a file below a home to the account; a lab that isn't root leaves it as it is. */
  giveTo(path: string, account: string): void {
    this.giveToUid(path, this.uid(account));
  }

  giveToUid(path: string, uid: number): void {
    if (process.getuid?.() === 0) lchownSync(path, uid, uid);
  }

  /** Where Apache finds key, certificate and bundle of a website (spec §5.2). */
  certificateFolder(servername: string): string {
    return this.var("ssl/apache_tls", fileNameOf(servername));
  }

  accountOfUid(uid: number): string | undefined {
    return this.accounts().find((name) => this.uid(name) === uid);
  }

  /** Is a feature on for an account: its own say, then its feature list's; on where neither knows it (spec §4.5). */
  hasFeature(name: string, feature: string): boolean {
    const account = this.account(name) ?? {};
    const list = readPairs(this.var("features", account["FEATURELIST"] ?? "default"));
    return (account[`FEATURE-${feature.toUpperCase()}`] ?? list[feature] ?? "1") !== "0";
  }

  /** Folder of the account as the server itself names it. */
  home(name: string): string {
    return `/home/${name}`;
  }

  domainMap(name: string): DomainMap {
    const read = readYaml(readText(this.var("userdata", name, "main")) ?? "");
    const list = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);
    const addons = read["addon_domains"];
    return {
      main_domain: String(read["main_domain"] ?? ""),
      addon_domains: typeof addons === "object" && !Array.isArray(addons) ? { ...addons } : {},
      parked_domains: list(read["parked_domains"]),
      sub_domains: list(read["sub_domains"]),
    };
  }

  setDomainMap(name: string, map: DomainMap): void {
    mkdirSync(this.var("userdata", name), { recursive: true });
    writeText(this.var("userdata", name, "main"), writeYaml({ ...map }));
    this.rewriteOwners();
  }

  website(name: string, servername: string): Website | undefined {
    const text = readText(this.var("userdata", name, fileNameOf(servername)));
    return text === undefined ? undefined : (readYaml(text) as Website);
  }

  setWebsite(name: string, servername: string, website: Website): void {
    writeText(this.var("userdata", name, fileNameOf(servername)), writeYaml(website));
  }

  /** PEM of key, certificate and bundle that the website shows; undefined while it has none. */
  installed(servername: string): string | undefined {
    return readText(join(this.certificateFolder(servername), "combined"));
  }

  /** Key and certificate of cpsrvd itself, which every name without an own certificate gets. */
  serviceCertificate(): string {
    return readText(this.var("ssl/cpanel/cpanel.pem")) ?? "";
  }

  /** One setting of `cpanel.config`. */
  tweak(key: string): string | undefined {
    return readPairs(this.var("cpanel.config"))[key];
  }

  setTweak(key: string, value: string): void {
    writePairs(this.var("cpanel.config"), { ...readPairs(this.var("cpanel.config")), [key]: value });
  }

  /** ACLs of a reseller; undefined for who is none. */
  resellerAcls(name: string): string[] | undefined {
    const line = readLines(this.var("resellers")).find((entry) => entry.startsWith(`${name}:`));
    return line
      ?.slice(name.length + 1)
      .split(",")
      .filter((acl) => acl !== "");
  }

  /** Whose website a name belongs to, from `/etc/userdomains`. */
  ownerOf(domain: string): string | undefined {
    const line = readLines(this.path("etc/userdomains")).find((entry) => entry.startsWith(`${domain}: `));
    return line?.slice(domain.length + 2);
  }

  websitesOf(name: string): string[] {
    const folder = this.var("userdata", name);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => file !== "main" && !file.endsWith("_SSL") && !file.endsWith(".new"))
      .map((file) => file.replace("_wildcard_", "*"));
  }

  /** Makes `/etc/userdomains` and `/etc/trueuserdomains` new from the accounts. */
  rewriteOwners(): void {
    const maps = this.accounts().map((name) => [name, this.domainMap(name)] as const);
    const mains = maps.filter(([, map]) => map.main_domain !== "");
    writeLines(
      this.path("etc/trueuserdomains"),
      mains.map(([name, map]) => `${map.main_domain}: ${name}`),
    );
    const lines = mains.flatMap(([name, map]) => domainsOf(map).map((domain) => `${domain}: ${name}`));
    writeLines(this.path("etc/userdomains"), [...lines, "*: nobody"]);
  }
}

/** Every domain of an account, without the names that come along by themselves. */
export function domainsOf(map: DomainMap): string[] {
  return [
    ...new Set([
      map.main_domain,
      ...Object.keys(map.addon_domains),
      ...map.parked_domains,
      ...map.sub_domains,
    ]),
  ];
}

/** A star cannot be in a file name (spec §5.1). */
export function fileNameOf(servername: string): string {
  return servername.replace("*", "_wildcard_");
}
