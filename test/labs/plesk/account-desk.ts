import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { domainToASCII } from "node:url";
import type { LabState } from "./lab-state.ts";
import { PanelRefusal } from "./panel-refusal.ts";
import type { AliasRow, ClientRow, Hosting, SiteRow } from "./records.ts";
import { assignCertificate } from "./site-desk.ts";

export interface NewAccount {
  login: string;
  role?: "reseller" | "client";
  /** Login of the reseller it belongs to; the administrator when absent. */
  owner?: string;
  /** `<login>-Passw0rd` when absent. */
  password?: string;
  name?: string;
  company?: string;
  email?: string;
  /** Plesk's form: `nl-NL`. */
  locale?: string;
  suspended?: boolean;
  description?: string;
  externalId?: string;
}

export interface NewSite {
  hosting?: Hosting;
  ip?: string;
  ssl?: boolean;
  sslRedirect?: boolean;
  mail?: boolean;
  front?: SiteRow["front"];
  wwwRoot?: string;
  forwardTo?: string;
}

export interface NewDomain extends NewSite {
  /** Labels left of the domain; `*` is the wildcard subdomain. */
  subdomains?: readonly string[];
  /** Add-on domains of the same subscription. */
  addons?: readonly string[];
  /** By alias name: does it answer on the web, or only for mail? */
  aliases?: Readonly<Record<string, "web" | "mail">>;
  /** PEM; a certificate `own` of the repository, assigned. */
  tls?: { key: string; cert: string; ca?: string };
  dns?: "master" | "slave" | "off";
  plan?: string;
  sysUser?: string;
  keepSecured?: boolean;
}

export function addAccount(state: LabState, account: NewAccount): ClientRow {
  const { database } = state;
  const { login, role = "client" } = account;
  if (database.client(login) !== undefined) {
    throw new PanelRefusal(1007, `User account  with login name "${login}" already exists.`);
  }
  const owner = account.owner === undefined ? database.admin : database.client(account.owner);
  if (owner === undefined) throw new PanelRefusal(1013, "Owner does not exist");
  return insertAccount(state, { ...account, role }, owner.id);
}

export function addAdministrator(state: LabState, password: string): void {
  const row = insertAccount(state, { login: "admin", role: "admin", password, name: "Administrator" }, 0);
  row.ownerId = row.id;
}

function insertAccount(
  state: LabState,
  account: Omit<NewAccount, "role"> & { role: ClientRow["role"] },
  ownerId: number,
): ClientRow {
  const { database } = state;
  const { login } = account;
  const row: ClientRow = {
    id: database.nextId(),
    guid: randomUUID(),
    login,
    role: account.role,
    pname: account.name ?? login,
    cname: account.company ?? "",
    email: account.email ?? `${login}@example.net`,
    locale: account.locale ?? "en-US",
    password: digestPassword(account.password ?? `${login}-Passw0rd`),
    ownerId,
    suspended: account.suspended ?? false,
    created: state.now().toISOString().slice(0, 10),
    description: account.description ?? "",
    externalId: account.externalId ?? "",
    settings: {},
  };
  database.tables.clients.push(row);
  database.save();
  state.events.fire({ name: "client_create", objectId: row.id, before: {}, after: { LOGIN_NAME: login } });
  return row;
}

export async function removeAccount(state: LabState, client: ClientRow): Promise<void> {
  const { database } = state;
  for (const other of database.tables.clients.filter((one) => one.ownerId === client.id && one !== client)) {
    await removeAccount(state, other);
  }
  for (const site of database.tables.sites.filter(
    (one) => one.clientId === client.id && one.kind === "main",
  )) {
    await removeSite(state, site);
  }
  database.tables.clients.splice(database.tables.clients.indexOf(client), 1);
  database.save();
  state.events.fire({
    name: "client_delete",
    objectId: client.id,
    before: { LOGIN_NAME: client.login },
    after: {},
  });
}

/** An account is suspended together with everything it has. */
export async function suspendAccount(state: LabState, client: ClientRow, on: boolean): Promise<void> {
  client.suspended = on;
  state.database.save();
  await rewrite(
    state,
    state.database.tables.sites.filter((site) => state.database.mayAccessClient(client, site.clientId)),
  );
}

/** A subscription with its main domain, and what belongs to it. */
export async function addDomain(
  state: LabState,
  client: ClientRow,
  domain: string,
  options: NewDomain = {},
): Promise<SiteRow> {
  const { database } = state;
  const site = newSite(state, domain, client.id, options);
  site.webspaceId = site.id;
  site.wwwRoot = options.wwwRoot ?? "httpdocs";
  site.sysUser = options.sysUser ?? `${site.name.replaceAll(/[^a-z0-9]/g, "_").slice(0, 12)}_x${site.id}`;
  site.planId = database.tables.plans.find((plan) => plan.name === options.plan)?.id;
  site.keepSecured = options.keepSecured ?? false;
  if (options.plan !== undefined && site.planId === undefined)
    throw new PanelRefusal(1013, "Plan does not exist");
  insertSite(state, site);
  state.files.addUser(site.sysUser, `/var/www/vhosts/${site.name}`);
  makeFolders(state, site);
  const owner = { name: site.name, site, alias: undefined };
  state.zones.create(owner, site.ip, state.hostName);
  if (options.dns === "slave") state.zones.change(owner, { type: "slave" });
  if (options.dns === "off") state.zones.change(owner, { enabled: false });
  fireSite(state, "domain_create", site);
  for (const label of options.subdomains ?? []) addSite(state, site, `${label}.${domain}`, "subdomain", {});
  for (const name of options.addons ?? []) addSite(state, site, name, "addon", {});
  for (const [name, kind] of Object.entries(options.aliases ?? {}))
    addAlias(state, site, name, kind === "web");
  if (options.tls !== undefined) {
    const { key, cert, ca } = options.tls;
    state.pool.create(site.id, "own", { pvt: key, cert, ca });
    await assignCertificate(state, site, "own");
  }
  await rewrite(state, database.sitesOf(site.id));
  return site;
}

/** An add-on domain or a subdomain; its vhost is written, the restart is the caller's business. */
export function addSite(
  state: LabState,
  parent: SiteRow,
  name: string,
  kind: "addon" | "subdomain",
  options: NewSite,
): SiteRow {
  const webspace = state.database.webspaceOf(parent);
  const site = newSite(state, name, webspace.clientId, { ip: webspace.ip, ...options });
  site.kind = kind;
  site.webspaceId = webspace.id;
  site.parentId = kind === "subdomain" ? parent.id : undefined;
  site.wwwRoot = options.wwwRoot ?? site.name.replace(/^\*\./, "_wildcard_.");
  site.sysUser = webspace.sysUser;
  site.planId = webspace.planId;
  site.mail = kind === "addon";
  insertSite(state, site);
  makeFolders(state, site);
  if (kind === "addon") {
    state.zones.create({ name: site.name, site, alias: undefined }, site.ip, state.hostName);
  } else {
    const owner = state.zones.owner(parent.name);
    const family = site.ip.includes(":") ? "AAAA" : "A";
    if (owner !== undefined && state.zones.zone(owner).type === "master") {
      state.zones.add(owner, { type: family, host: site.name, value: site.ip });
    }
  }
  fireSite(state, kind === "addon" ? "site_create" : "subdomain_create", site);
  return site;
}

export function addAlias(state: LabState, site: SiteRow, name: string, web: boolean): AliasRow {
  const ascii = asciiName(name);
  checkFree(state, ascii);
  const row: AliasRow = {
    id: state.database.nextId(),
    name: ascii,
    displayName: name.toLowerCase(),
    siteId: site.id,
    web,
    dns: true,
    mail: true,
    seoRedirect: false,
  };
  state.database.tables.aliases.push(row);
  state.zones.create({ name: ascii, site, alias: row }, site.ip, state.hostName);
  state.database.save();
  state.events.fire({
    name: "domain_alias_create",
    objectId: row.id,
    before: {},
    after: { DOMAIN_ALIAS_NAME: ascii },
  });
  return row;
}

export async function removeAlias(state: LabState, row: AliasRow): Promise<void> {
  const { database, zones } = state;
  const owner = zones.owner(row.name);
  if (owner !== undefined) zones.remove(owner);
  database.tables.aliases.splice(database.tables.aliases.indexOf(row), 1);
  database.save();
  state.events.fire({
    name: "domain_alias_delete",
    objectId: row.id,
    before: { DOMAIN_ALIAS_NAME: row.name },
    after: {},
  });
  const site = database.siteById(row.siteId);
  if (site !== undefined) await rewrite(state, [site]);
}

/** A main domain goes with its whole subscription: sites, aliases, repository, zones, files. */
export async function removeSite(state: LabState, site: SiteRow): Promise<void> {
  const { database, zones, files } = state;
  const gone =
    site.kind === "main"
      ? database.sitesOf(site.id)
      : database.tables.sites.filter((one) => one === site || one.parentId === site.id);
  for (const one of gone) {
    for (const alias of database.aliasesOf(one.id)) await removeAlias(state, alias);
    const owner = zones.owner(one.name);
    if (owner !== undefined) zones.remove(owner);
    else removeFromParentZone(state, one);
    state.vhosts.remove(one);
    if (one.kind !== "main")
      rmSync(`${files.home(database.webspaceOf(one).name)}/${one.wwwRoot}`, { recursive: true, force: true });
  }
  database.tables.sites = database.tables.sites.filter((one) => !gone.includes(one));
  if (site.kind === "main") {
    for (const certificate of state.pool.list(site.id)) state.pool.remove(certificate);
    rmSync(files.home(site.name), { recursive: true, force: true });
  }
  database.save();
  for (const one of gone) {
    const name = { main: "domain_delete", addon: "site_delete", subdomain: "subdomain_delete" } as const;
    state.events.fire({
      name: name[one.kind],
      objectId: one.id,
      before: { DOMAIN_NAME: one.name },
      after: {},
    });
  }
  await state.restarts.queue();
}

/** A subdomain's records go with it. */
function removeFromParentZone(state: LabState, site: SiteRow): void {
  const parent = state.zones.owner(state.database.siteById(site.parentId ?? 0)?.name ?? "");
  if (parent === undefined || state.zones.zone(parent).type === "slave") return;
  for (const row of state.zones.records(parent)) if (row.host === `${site.name}.`) state.zones.delete(row);
}

/** Writes the vhosts of these sites and tells the web server. */
export async function rewrite(state: LabState, sites: readonly SiteRow[]): Promise<void> {
  for (const site of sites) state.vhosts.write(site);
  if (sites.length > 0) await state.restarts.queue();
}

export function isPassword(client: ClientRow, password: string): boolean {
  const [salt = "", expected = ""] = client.password.split("$");
  const given = Buffer.from(digestPassword(password, salt).split("$")[1] ?? "");
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}

export function digestPassword(password: string, salt = randomBytes(8).toString("hex")): string {
  return `${salt}$${createHash("sha256").update(`${salt}:${password}`).digest("hex")}`;
}

function newSite(state: LabState, name: string, clientId: number, options: NewSite): SiteRow {
  const ascii = asciiName(name);
  checkFree(state, ascii);
  return {
    id: state.database.nextId(),
    guid: randomUUID(),
    name: ascii,
    displayName: name.toLowerCase(),
    kind: "main",
    webspaceId: 0,
    parentId: undefined,
    clientId,
    planId: undefined,
    hosting: options.hosting ?? "virtual",
    forwardTo: options.forwardTo ?? "https://elsewhere.example",
    wwwRoot: "",
    ip: options.ip ?? state.address,
    sysUser: "",
    ssl: options.ssl ?? true,
    sslRedirect: options.sslRedirect ?? false,
    certificateId: undefined,
    webmailCertificateId: undefined,
    mailCertificateId: undefined,
    mail: options.mail ?? true,
    status: 0,
    front: options.front ?? "files",
    keepSecured: false,
    created: state.now().toISOString().slice(0, 10),
    settings: {},
  };
}

function insertSite(state: LabState, site: SiteRow): void {
  state.database.tables.sites.push(site);
  if (state.database.tables.ips[site.ip] === undefined) {
    state.database.tables.ips[site.ip] = state.database.tables.ips[state.address] ?? 0;
  }
  state.database.save();
}

/** Folders as Plesk makes them: owned by the system user, readable by the web server's group. */
function makeFolders(state: LabState, site: SiteRow): void {
  const { files } = state;
  const home = files.home(state.database.webspaceOf(site).name);
  for (const folder of [home, `${home}/logs`]) {
    mkdirSync(folder, { recursive: true });
    files.give(folder, folder === home ? site.sysUser : "root", folder === home ? "psaserv" : undefined);
  }
  chmodSync(home, 0o710);
  if (site.hosting !== "virtual") return;
  const root = `${home}/${site.wwwRoot}`;
  mkdirSync(root, { recursive: true, mode: 0o750 });
  files.give(root, site.sysUser, "psaserv");
  const page = `${root}/index.html`;
  writeFileSync(page, `<!DOCTYPE html><title>${site.name}</title><h1>${site.displayName}</h1>\n`);
  files.give(page, site.sysUser, "psacln");
}

function asciiName(name: string): string {
  const star = name.startsWith("*.") ? "*." : "";
  const ascii = domainToASCII(name.slice(star.length));
  if (ascii === "" || !ascii.includes("."))
    throw new PanelRefusal(1019, `The domain name '${name}' is invalid.`);
  return star + ascii;
}

function checkFree(state: LabState, name: string): void {
  if (state.database.site(name) !== undefined || state.database.alias(name) !== undefined) {
    throw new PanelRefusal(1007, `The domain with the name "${name}" already exists.`);
  }
}

function fireSite(
  state: LabState,
  name: "domain_create" | "site_create" | "subdomain_create",
  site: SiteRow,
): void {
  state.events.fire({
    name,
    objectId: site.id,
    before: {},
    after: { DOMAIN_NAME: site.name, DOMAIN_GUID: site.guid },
  });
  if (site.hosting === "virtual") {
    state.events.fire({
      name: "phys_hosting_create",
      objectId: site.id,
      before: {},
      after: { DOMAIN_NAME: site.name },
    });
  }
}
