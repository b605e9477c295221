import { randomUUID } from "node:crypto";
import { isPassword, rewrite } from "../account-desk.ts";
import type { ScriptResult } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { ClientRow, ExtensionRow, SiteRow } from "../records.ts";
import { runAs } from "../run-as.ts";
import { absolute, type ZoneOwner } from "../zones.ts";

/** A call of the PHP runtime: for which extension it runs, and what it asks. */
export interface SdkCall {
  method: string;
  module: string | null;
  params: Record<string, unknown>;
}

type Answerer = (
  state: LabState,
  params: Record<string, unknown>,
  extension: ExtensionRow | undefined,
) => unknown;

/** What the classes of `php/pm` ask of the panel. Long tasks are answered by the host itself. */
export const sdkCalls: Readonly<Record<string, Answerer>> = {
  "server.version": ({ switches }) => switches.version,
  "server.key": ({ database }) => database.tables.panelKey,
  auth: ({ database }, { login, password }) => {
    const client = database.client(String(login));
    return client !== undefined && !client.suspended && isPassword(client, String(password));
  },

  rpc: (state, { packet, login, version }) =>
    state.callXml(
      String(packet),
      typeof version === "string" ? version : undefined,
      typeof login === "string" ? login : undefined,
    ),

  "client.byId": ({ database }, { id }) => publicClient(database.clientById(Number(id))),
  "client.byLogin": ({ database }, { login }) => publicClient(database.client(String(login))),
  "client.all": ({ database }) => database.tables.clients.map(publicClient),
  "client.accessToDomain": (state, { id, domain }) => {
    const site = state.database.siteById(Number(domain));
    return site !== undefined && state.database.mayAccess(client(state, id), site);
  },
  "client.accessToClient": (state, params) =>
    state.database.mayAccessClient(client(state, params["id"]), Number(params["client"])),
  "client.accessToPlan": (state, { id }) => client(state, id).role !== "client",
  "client.permission": (state, { id, name, domain }) =>
    hasPermission(state, client(state, id), String(name), domain),
  "client.setting": (state, { id, name }, extension) =>
    client(state, id).settings[key(extension, name)] ?? null,
  "client.setSetting": (state, { id, name, value }, extension) =>
    setIn(state, client(state, id).settings, key(extension, name), value),
  "client.cleanSettings": (state, { id, prefix }, extension) =>
    cleanIn(state, client(state, id).settings, key(extension, prefix)),

  "domain.byId": (state, { id }) => publicSite(state, state.database.siteById(Number(id))),
  "domain.byGuid": (state, { guid }) =>
    publicSite(
      state,
      state.database.tables.sites.find((one) => one.guid === guid),
    ),
  "domain.byName": (state, { name }) => publicSite(state, state.database.site(String(name))),
  "domain.all": ({ database }, { mainOnly }) => idsOf(database.tables.sites, mainOnly),
  "domain.byClient": (state, params) =>
    idsOf(
      state.database.tables.sites.filter((site) =>
        state.database.mayAccess(client(state, params["client"]), site),
      ),
      params["mainOnly"],
    ),
  "domain.setting": (state, { id, name }, extension) =>
    site(state, id).settings[key(extension, name)] ?? null,
  "domain.setSetting": (state, { id, name, value }, extension) =>
    setIn(state, site(state, id).settings, key(extension, name), value),
  "domain.cleanSettings": (state, { id, prefix }, extension) =>
    cleanIn(state, site(state, id).settings, key(extension, prefix)),
  "domain.run": (state, { id, command, env, stdin, folder }) =>
    runFor(state, site(state, id).sysUser, words(command), {
      env: env as Record<string, string>,
      stdin: String(stdin),
      cwd: String(folder),
    }),
  "files.run": (state, { id, command, stdin }) => {
    const user = id === null ? "psaadm" : id === 0 ? "root" : site(state, id).sysUser;
    return runFor(state, user, words(command), { env: {}, stdin: String(stdin), cwd: "/" });
  },

  "alias.byId": ({ database }, { id }) => database.tables.aliases.find((one) => one.id === id) ?? null,
  "alias.byName": ({ database }, { name }) => database.alias(String(name)) ?? null,
  "alias.byDomain": ({ database }, { domain }) => database.aliasesOf(Number(domain)).map((one) => one.id),

  "certificate.byId": (state, { id }) => {
    const row = state.database.certificateById(Number(id));
    if (row === undefined) return null;
    return {
      ...state.pool.read(row),
      id: row.id,
      name: row.name,
      certFile: state.files.certificateFile(row.keyFile),
      caFile: row.caFile === "" ? "" : state.files.certificateFile(row.caFile),
    };
  },

  "zone.byId": (state, { id }) => {
    const owner = zoneOwner(state, id);
    if (owner === undefined) return null;
    const zone = state.zones.zone(owner);
    return {
      id,
      name: owner.name,
      displayName: owner.alias?.displayName ?? owner.site.displayName,
      enabled: zone.enabled,
      type: zone.type,
      domainId: owner.alias === undefined ? owner.site.id : null,
      aliasId: owner.alias?.id ?? null,
    };
  },
  "zone.records": (state, { id }) => {
    const owner = zoneOwner(state, id);
    return owner === undefined ? [] : state.zones.records(owner).map((one) => one.id);
  },
  "zone.change": (state, { id, enabled }) => {
    const owner = zoneOwner(state, id);
    if (owner !== undefined) state.zones.change(owner, { enabled: enabled === true });
  },
  "record.byId": ({ database }, { id }) => {
    const row = database.tables.records.find((one) => one.id === id);
    return row === undefined ? null : { ...row, zoneId: row.aliasId ?? row.siteId };
  },
  "record.save": (state, { id, zone, type, host, value, opt, ttl }) => {
    const owner = zoneOwner(state, zone);
    if (owner === undefined) throw new PanelRefusal(1013, "DNS zone does not exist");
    const old = state.database.tables.records.find((one) => one.id === id);
    if (old !== undefined) state.zones.delete(old);
    return state.zones.add(owner, {
      type: String(type),
      host: absolute(String(host), owner.name),
      value: String(value),
      opt: String(opt),
      ttl: typeof ttl === "number" ? ttl : undefined,
    }).id;
  },
  "record.remove": (state, { id }) => {
    const row = state.database.tables.records.find((one) => one.id === id);
    if (row === undefined) throw new PanelRefusal(1013, "DNS record does not exist");
    state.zones.delete(row);
  },

  "settings.get": (_, { name }, extension) => needed(extension).settings[String(name)] ?? null,
  "settings.set": (state, { name, value }, extension) =>
    setIn(state, needed(extension).settings, String(name), value),
  "settings.clean": (state, { prefix }, extension) =>
    cleanIn(state, needed(extension).settings, String(prefix)),

  "extension.all": ({ database }) => database.tables.extensions.map(({ settings: _, ...row }) => row),
  "notification.send": ({ database, now }, { id, params, client: login }, extension) => {
    database.tables.notifications.push({
      at: now().toISOString(),
      extension: needed(extension).id,
      id: String(id),
      client: String(login),
      params,
    });
    database.save();
  },
  "actionLog.submit": ({ database, now }, params, extension) => {
    database.tables.actionLog.push({
      at: now().toISOString(),
      event: `ext_${needed(extension).id}_${params["event"]}`,
      client: "",
      values: params,
    });
    database.save();
  },
  "webserver.update": async (state, { domain }) => {
    const one = site(state, domain);
    await state.refreshExtensionLines(one.name);
    await rewrite(state, [one]);
  },

  "task.all": ({ database }, _, extension) =>
    database.tables.tasks.filter((one) => one.extension === needed(extension).id),
  "task.put": ({ database, files }, { id, cmd, arguments: given, schedule }, extension) => {
    if (!/^[A-Za-z0-9._-]+$/.test(String(cmd))) throw new PanelRefusal(1019, "Invalid command of a task.");
    const { tables } = database;
    const old = tables.tasks.find((one) => one.id === id);
    const row = {
      id: old?.id ?? randomUUID(),
      extension: needed(extension).id,
      cmd: String(cmd),
      arguments: words(given),
      schedule: words(schedule),
      active: old?.active ?? true,
    };
    tables.tasks = [...tables.tasks.filter((one) => one !== old), row];
    database.save();
    files.writeCrontab(tables.tasks);
    return row;
  },
  "task.remove": ({ database, files }, { id }) => {
    database.tables.tasks = database.tables.tasks.filter((one) => one.id !== id);
    database.save();
    files.writeCrontab(database.tables.tasks);
  },
  "task.switch": ({ database, files }, { id, active }) => {
    const row = database.tables.tasks.find((one) => one.id === id);
    if (row !== undefined) row.active = active === true;
    database.save();
    files.writeCrontab(database.tables.tasks);
  },
};

/** An administrator may all; others what the plan of a subscription says, or else the default of the extension. */
function hasPermission(state: LabState, who: ClientRow, name: string, domain: unknown): boolean {
  if (who.role === "admin") return true;
  const { database } = state;
  const sites =
    domain === null || domain === undefined
      ? database.tables.sites.filter((one) => database.mayAccess(who, one))
      : [site(state, domain)];
  return sites.some((one) => database.mayAccess(who, one) && allows(state, one, name));
}

function allows(state: LabState, one: SiteRow, name: string): boolean {
  const plan = state.database.tables.plans.find((row) => row.id === one.planId);
  const said = plan?.permissions[name];
  if (said !== undefined) return said;
  for (const extension of state.database.tables.extensions) {
    const own = extension.permissions[name.slice(`ext-${extension.id}-`.length)];
    if (name.startsWith(`ext-${extension.id}-`) && own !== undefined) return own;
  }
  // Core permissions of a subscription without a plan of its own settings: hosting and DNS are the customer's.
  return !name.startsWith("ext-");
}

function publicClient(row: ClientRow | undefined): object | null {
  if (row === undefined) return null;
  const { password: _password, settings: _settings, ...open } = row;
  return open;
}

function publicSite(state: LabState, row: SiteRow | undefined): object | null {
  if (row === undefined) return null;
  const { settings: _settings, ...open } = row;
  const { database, files } = state;
  const webspace = database.webspaceOf(row);
  const plan = database.tables.plans.find((one) => one.id === row.planId);
  const physical = row.hosting === "virtual";
  return {
    ...open,
    parentId: row.parentId ?? 0,
    webspace: row.kind === "main" ? 0 : row.webspaceId,
    htype: { virtual: "vrt_hst", standard_forwarding: "std_fwd", frame_forwarding: "frm_fwd", none: "none" }[
      row.hosting
    ],
    home: files.home(webspace.name),
    systemPath: files.systemFolder(row.name),
    suspended: database.isSuspended(row),
    planItems: plan?.items ?? [],
    hostingCertificateId: physical ? (row.certificateId ?? database.tables.ips[row.ip] ?? null) : null,
  };
}

function zoneOwner(state: LabState, id: unknown): ZoneOwner | undefined {
  const alias = state.database.tables.aliases.find((one) => one.id === id);
  const one = state.database.siteById(Number(id));
  // A subdomain lies in the zone of its domain.
  const top = one?.kind === "subdomain" ? state.database.siteById(one.parentId ?? 0) : one;
  const name = alias?.name ?? top?.name;
  return name === undefined ? undefined : state.zones.owner(name);
}

function client(state: LabState, id: unknown): ClientRow {
  const row = state.database.clientById(Number(id));
  if (row === undefined) throw new PanelRefusal(1013, "Client does not exist");
  return row;
}

function site(state: LabState, id: unknown): SiteRow {
  const row = state.database.siteById(Number(id));
  if (row === undefined) throw new PanelRefusal(1013, "Domain does not exist");
  return row;
}

function needed(extension: ExtensionRow | undefined): ExtensionRow {
  if (extension === undefined) throw new PanelRefusal(1013, "The context is not initialized.");
  return extension;
}

function idsOf(sites: readonly SiteRow[], mainOnly: unknown): number[] {
  return sites.filter((one) => mainOnly !== true || one.kind === "main").map((one) => one.id);
}

function key(extension: ExtensionRow | undefined, name: unknown): string {
  return `${needed(extension).id}/${name}`;
}

function setIn(state: LabState, settings: Record<string, string>, name: string, value: unknown): void {
  if (value === null || value === undefined) delete settings[name];
  else settings[name] = String(value);
  state.database.save();
}

function cleanIn(state: LabState, settings: Record<string, string>, prefix: string): void {
  for (const name of Object.keys(settings)) if (name.startsWith(prefix)) delete settings[name];
  state.database.save();
}

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function runFor(
  state: LabState,
  user: string,
  command: readonly string[],
  options: { env: Record<string, string>; stdin: string; cwd: string },
): Promise<ScriptResult> {
  const [program = "", ...args] = command;
  return runAs(state.files.user(user), program, args, options).then(({ code, stdout, stderr }) => ({
    code,
    stdout,
    stderr,
  }));
}
