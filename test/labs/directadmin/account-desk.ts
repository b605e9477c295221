import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { domainToASCII } from "node:url";
import { leafOf } from "../common/certificate-checks.ts";
import { removePassword, setPassword } from "../common/passwords.ts";
import { readLines, writeLines, writePairs } from "../common/text-files.ts";
import { giveTo, giveToOwnerOf } from "../common/unix-owner.ts";
import { setAcmeConfig, usualAcmeConfig } from "./acme-config.ts";
import { markCreatedByAcme, storeCertificate } from "./certificate-files.ts";
import { hostsOf } from "./hosts.ts";
import type { LabState } from "./lab-state.ts";
import type { PointerKind } from "./panel-files.ts";

export interface NewAccount {
  name: string;
  role?: "admin" | "reseller" | "user";
  /** Who made it: a reseller or admin; `admin` when absent. */
  creator?: string;
  /** `<name>-Passw0rd` when absent. */
  password?: string;
  ssl?: boolean;
  dnscontrol?: boolean;
  suspended?: boolean;
  language?: string;
  email?: string;
  skin?: "evolution" | "enhanced";
}

export interface NewDomain {
  subdomains?: readonly string[];
  pointers?: Readonly<Record<string, PointerKind>>;
  /** Address of its sites; the lab's own when absent. More than one: the first is the main one. */
  ip?: string | readonly string[];
  ssl?: boolean;
  /** PEM; the domain is on the shared server certificate without it. */
  tls?: { key: string; cert: string; cacert?: string };
  /** Has the panel's ACME client look after it, with a certificate of its own unless `tls` gives one. */
  acmeManaged?: boolean;
}

export async function addAccount(state: LabState, account: NewAccount): Promise<void> {
  const { files } = state;
  const { name, role = "user" } = account;
  if (files.account(name) !== undefined) throw new Error(`There is an account ${name} already.`);
  mkdirSync(files.userFile(name, "domains"), { recursive: true });
  writePairs(files.userFile(name, "user.conf"), {
    account: "ON",
    username: name,
    usertype: role,
    creator: account.creator ?? (name === "admin" ? "root" : "admin"),
    email: account.email ?? `${name}@example.net`,
    domain: "",
    ip: state.address,
    language: account.language ?? "en",
    skin: account.skin ?? "evolution",
    ssl: onOff(account.ssl ?? true),
    dnscontrol: onOff(account.dnscontrol ?? true),
    php: "ON",
    cgi: "ON",
    login_keys: "ON",
    bandwidth: "unlimited",
    quota: "unlimited",
    vdomains: "unlimited",
    nsubdomains: "unlimited",
    domainptr: "unlimited",
    package: "default",
    suspended: account.suspended === true ? "yes" : "no",
    date_created: state.now().toUTCString(),
  });
  writeLines(files.userFile(name, "domains.list"), []);
  writeLines(files.userFile(name, "users.list"), []);
  setPassword(files, name, account.password ?? `${name}-Passw0rd`);
  mkdirSync(files.home(name), { recursive: true, mode: 0o711 });
  giveTo(files.home(name), name);
  await state.runHook("user_create_post", { username: name, usertype: role });
}

export async function removeAccount(state: LabState, name: string): Promise<void> {
  const { files } = state;
  await state.runHook("user_destroy_pre", { username: name });
  for (const domain of files.domainsOf(name)) await removeDomain(state, name, domain);
  rmSync(files.userFile(name), { recursive: true, force: true });
  rmSync(files.home(name), { recursive: true, force: true });
  removePassword(files, name);
  state.tasks.append("action=nginx&value=reload");
  await state.runHook("user_destroy_post", { username: name });
}

export async function suspendAccount(state: LabState, name: string, on: boolean): Promise<void> {
  const event = on ? "user_suspend" : "user_activate";
  await state.runHook(`${event}_pre`, { username: name });
  state.files.setAccount(name, { suspended: on ? "yes" : "no" });
  queueRewrite(state, name);
  await state.runHook(`${event}_post`, { username: name });
}

/** A web site shows up after the next run of the task queue, as everywhere. */
export async function addDomain(
  state: LabState,
  account: string,
  given: string,
  options: NewDomain,
): Promise<void> {
  const { files } = state;
  const domain = domainToASCII(given);
  const owner = files.account(account);
  if (owner === undefined) throw new Error(`There is no account ${account}.`);
  if (files.owners().has(domain)) throw new Error(`There is a domain ${domain} already.`);
  const addresses = options.ip === undefined ? [state.address] : [options.ip].flat();
  writeDomainFiles(state, account, domain, addresses, options);
  if (files.domainsOf(account).length === 1) files.setAccount(account, { domain });
  makeSite(state, account, domain, options.subdomains ?? []);
  if (owner["dnscontrol"] === "ON") {
    state.zones.create(domain, addresses[0] ?? state.address, state.hostName);
    state.zones.publish([domain]);
  }
  installFirstCertificate(state, account, domain, options);
  queueRewrite(state, account);
  await state.runHook("domain_create_post", { username: account, domain });
}

export async function removeDomain(state: LabState, account: string, domain: string): Promise<void> {
  const { files } = state;
  const found = files.domain(account, domain);
  if (found === undefined) throw new Error(`${account} has no domain ${domain}.`);
  for (const { host } of hostsOf(found)) {
    for (const kind of ["key", "cert", "cacert", "cert.combined", "cert.creation_time"]) {
      rmSync(files.domainFile(account, `${host}.${kind}`), { force: true });
    }
  }
  for (const kind of ["conf", "subdomains", "pointers", "ip_list", "acme_config"]) {
    rmSync(files.domainFile(account, `${domain}.${kind}`), { force: true });
  }
  const left = files.domainsOf(account).filter((name) => name !== domain);
  writeLines(files.userFile(account, "domains.list"), left);
  if (files.account(account)?.["domain"] === domain) files.setAccount(account, { domain: left[0] ?? "" });
  const owners = files.path("etc/virtual/domainowners");
  writeLines(
    owners,
    readLines(owners).filter((line) => !line.startsWith(`${domain}:`)),
  );
  rmSync(files.site(account, domain, ""), { recursive: true, force: true });
  state.zones.remove(domain);
  queueRewrite(state, account);
  await state.runHook("domain_destroy_post", { username: account, domain });
}

export function queueRewrite(state: LabState, account: string): void {
  state.tasks.append(`action=rewrite&value=httpd&user=${account}`);
}

function writeDomainFiles(
  state: LabState,
  account: string,
  domain: string,
  addresses: readonly string[],
  options: NewDomain,
): void {
  const { files } = state;
  const file = (kind: string): string => files.domainFile(account, `${domain}.${kind}`);
  writePairs(file("conf"), {
    active: "yes",
    bandwidth: "unlimited",
    cgi: "ON",
    defaultdomain: files.domainsOf(account).length === 0 ? "yes" : "no",
    domain,
    ip: addresses[0] ?? state.address,
    open_basedir: "ON",
    php: "ON",
    quota: "unlimited",
    ssl: onOff(options.ssl ?? true),
    suspended: "no",
    username: account,
  });
  writeLines(file("subdomains"), options.subdomains ?? []);
  writePairs(file("pointers"), options.pointers ?? {});
  writeLines(file("ip_list"), addresses);
  writeLines(files.userFile(account, "domains.list"), [...files.domainsOf(account), domain]);
  const owners = files.path("etc/virtual/domainowners");
  writeLines(owners, [...readLines(owners), `${domain}: ${account}`]);
}

function makeSite(state: LabState, account: string, domain: string, subdomains: readonly string[]): void {
  const { files } = state;
  const folders = state.switches.profile === "old" ? ["public_html", "private_html"] : ["public_html"];
  for (const folder of folders) {
    for (const label of ["", ...subdomains]) {
      const site = files.site(account, domain, `${folder}/${label}`);
      mkdirSync(site, { recursive: true });
      const page = `${site}/index.html`;
      const host = label === "" ? domain : `${label}.${domain}`;
      if (!existsSync(page)) writeFileSync(page, `<!DOCTYPE html><title>${host}</title><h1>${host}</h1>\n`);
      for (const path of [site, page]) giveToOwnerOf(path, files.home(account));
    }
  }
  for (const path of [files.site(account, domain, ""), `${files.home(account)}/domains`]) {
    giveToOwnerOf(path, files.home(account));
  }
}

function installFirstCertificate(state: LabState, account: string, domain: string, options: NewDomain): void {
  const { files } = state;
  const found = files.domain(account, domain);
  if (found === undefined) return;
  if (options.tls !== undefined) storeCertificate(files, found, domain, options.tls);
  if (options.acmeManaged !== true) return;
  setAcmeConfig(files, account, domain, { ...usualAcmeConfig, enabled: true });
  if (options.tls === undefined) {
    storeCertificate(files, found, domain, state.acme.issue([domain, `www.${domain}`], state.now()));
  }
  const created = options.tls === undefined ? state.now() : leafOf(options.tls.cert).validFromDate;
  markCreatedByAcme(files, account, domain, created);
}

function onOff(on: boolean): "ON" | "OFF" {
  return on ? "ON" : "OFF";
}
