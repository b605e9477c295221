import {
  addAccount,
  addDomain,
  removeAccount,
  removeSite,
  rewrite,
  suspendAccount,
} from "../account-desk.ts";
import type { LabState } from "../lab-state.ts";
import type { ClientRow, Hosting, RecordRow, SiteRow } from "../records.ts";
import { ok, type RestCall, RestRefusal, type RestRoute } from "./rest-route.ts";

const success = { status: "success" };

/** Domains, clients, the server, extensions and DNS records. There is no certificate endpoint (spec plesk §3.9). */
export const hostingRoutes: readonly RestRoute[] = [
  {
    method: "GET",
    path: /^\/server$/,
    run: ({ state }) =>
      ok({
        platform: "Unix",
        hostname: state.hostName,
        guid: state.database.admin.guid,
        panel_version: state.switches.version,
        panel_revision: "",
        panel_build_date: "2026-05-05",
        panel_update_version: "0",
        extension_version: "2.2.0",
      }),
  },
  {
    method: "GET",
    path: /^\/server\/ips$/,
    run: ({ state }) =>
      ok(
        Object.keys(state.database.tables.ips).map((ip) => ({
          ipv4: ip,
          netmask: "255.0.0.0",
          interface: "lo",
          type: "shared",
        })),
      ),
  },
  {
    method: "GET",
    path: /^\/domains$/,
    run({ state, query }) {
      const name = query.get("name");
      const sites = state.database.tables.sites.filter(
        (site) => name === null || site.name === name || site.displayName === name,
      );
      return ok(sites.map((site) => domain(state, site)));
    },
  },
  {
    method: "POST",
    path: /^\/domains$/,
    async run({ state, body }) {
      const owner = (body["owner_client"] ?? {}) as { id?: number; login?: string };
      const client =
        state.database.tables.clients.find((one) => one.id === owner.id || one.login === owner.login) ??
        state.database.admin;
      const site = await addDomain(state, client, String(body["name"] ?? ""), {
        hosting: (body["hosting_type"] ?? "virtual") as Hosting,
      });
      return { status: 201, body: { id: site.id, guid: site.guid } };
    },
  },
  { method: "GET", path: /^\/domains\/(\d+)$/, run: (call) => ok(domain(call.state, site(call))) },
  {
    method: "DELETE",
    path: /^\/domains\/(\d+)$/,
    async run(call) {
      await removeSite(call.state, site(call));
      return ok(success);
    },
  },
  {
    method: "GET",
    path: /^\/domains\/(\d+)\/client$/,
    run(call) {
      const owner = call.state.database.clientById(site(call).clientId);
      if (owner === undefined) throw new RestRefusal(404, "Client not found");
      return ok(client(owner));
    },
  },
  {
    method: "GET",
    path: /^\/domains\/(\d+)\/status$/,
    run: (call) => ok({ status: call.state.database.isSuspended(site(call)) ? "suspended" : "active" }),
  },
  {
    method: "PUT",
    path: /^\/domains\/(\d+)\/status$/,
    async run(call) {
      const one = site(call);
      one.status = call.body["status"] === "active" ? 0 : 16;
      call.state.database.save();
      await rewrite(call.state, [one]);
      return ok(success);
    },
  },
  { method: "GET", path: /^\/clients$/, run: ({ state }) => ok(state.database.tables.clients.map(client)) },
  {
    method: "POST",
    path: /^\/clients$/,
    run({ state, body }) {
      const row = addAccount(state, {
        login: String(body["login"] ?? ""),
        role: body["type"] === "reseller" ? "reseller" : "client",
        name: String(body["name"] ?? ""),
        password: String(body["password"] ?? ""),
        email: String(body["email"] ?? ""),
      });
      return { status: 201, body: { id: row.id, guid: row.guid } };
    },
  },
  { method: "GET", path: /^\/clients\/(\d+)$/, run: (call) => ok(client(account(call))) },
  {
    method: "DELETE",
    path: /^\/clients\/(\d+)$/,
    async run(call) {
      await removeAccount(call.state, account(call));
      return ok(success);
    },
  },
  {
    method: "GET",
    path: /^\/clients\/(\d+)\/domains$/,
    run(call) {
      const owner = account(call);
      const sites = call.state.database.tables.sites.filter((one) => one.clientId === owner.id);
      return ok(sites.map((one) => domain(call.state, one)));
    },
  },
  ...(["suspend", "activate"] as const).map(
    (action): RestRoute => ({
      method: "PUT",
      path: new RegExp(`^/clients/(\\d+)/${action}$`),
      async run(call) {
        await suspendAccount(call.state, account(call), action === "suspend");
        return ok(success);
      },
    }),
  ),
  {
    method: "GET",
    path: /^\/extensions$/,
    run: ({ state }) =>
      ok(state.database.tables.extensions.map(({ settings: _s, permissions: _p, ...row }) => row)),
  },
  {
    method: "GET",
    path: /^\/extensions\/([a-z0-9-]+)$/,
    run(call) {
      const { settings: _s, permissions: _p, ...row } = extension(call);
      return ok(row);
    },
  },
  {
    method: "DELETE",
    path: /^\/extensions\/([a-z0-9-]+)$/,
    async run(call) {
      await call.state.extensions.uninstall(extension(call).id);
      return ok(success);
    },
  },
  ...(["enable", "disable"] as const).map(
    (action): RestRoute => ({
      method: "PUT",
      path: new RegExp(`^/extensions/([a-z0-9-]+)/${action}$`),
      run(call) {
        extension(call).active = action === "enable";
        call.state.database.save();
        return ok(success);
      },
    }),
  ),
  {
    method: "GET",
    path: /^\/dns\/records$/,
    run: (call) => ok(call.state.zones.records(zone(call)).map(record)),
  },
  {
    method: "POST",
    path: /^\/dns\/records$/,
    run: (call) => ok(record(call.state.zones.add(zone(call), newRecord(call.body)))),
  },
  { method: "GET", path: /^\/dns\/records\/(\d+)$/, run: (call) => ok(record(row(call))) },
  {
    method: "PUT",
    path: /^\/dns\/records\/(\d+)$/,
    run(call) {
      const old = row(call);
      const owner = call.state.zones.ownerOf(old);
      if (owner === undefined) throw new RestRefusal(404, "Domain not found");
      call.state.zones.delete(old);
      return ok(record(call.state.zones.add(owner, newRecord({ ...record(old), ...call.body }))));
    },
  },
  {
    method: "DELETE",
    path: /^\/dns\/records\/(\d+)$/,
    run(call) {
      call.state.zones.delete(row(call));
      return ok(success);
    },
  },
];

function site({ state, params }: RestCall): SiteRow {
  const found = state.database.siteById(Number(params[0]));
  if (found === undefined) throw new RestRefusal(404, "Domain not found");
  return found;
}

function account({ state, params }: RestCall): ClientRow {
  const found = state.database.clientById(Number(params[0]));
  if (found === undefined) throw new RestRefusal(404, "Client not found");
  return found;
}

function extension({ state, params }: RestCall) {
  const found = state.database.tables.extensions.find((one) => one.id === params[0]);
  if (found === undefined) throw new RestRefusal(404, "Extension not found");
  return found;
}

function zone({ state, query }: RestCall) {
  const owner = state.zones.owner(query.get("domain") ?? "");
  if (owner === undefined) throw new RestRefusal(404, "Domain not found");
  return owner;
}

function row({ state, params }: RestCall): RecordRow {
  const found = state.database.tables.records.find((one) => one.id === Number(params[0]));
  if (found === undefined) throw new RestRefusal(404, "DNS record not found");
  return found;
}

function newRecord(body: Readonly<Record<string, unknown>>) {
  return {
    type: String(body["type"] ?? ""),
    host: String(body["host"] ?? ""),
    value: String(body["value"] ?? ""),
    opt: String(body["opt"] ?? ""),
    ttl: typeof body["ttl"] === "number" ? body["ttl"] : undefined,
  };
}

function record({ id, type, host, value, opt, ttl }: RecordRow) {
  return { id, type, host, value, opt, ...(ttl === undefined ? {} : { ttl }) };
}

function domain(state: LabState, one: SiteRow): object {
  const { database } = state;
  return {
    id: one.id,
    created: one.created,
    name: one.displayName,
    ascii_name: one.name,
    base_domain_id: one.kind === "main" ? 0 : one.webspaceId,
    guid: one.guid,
    hosting_type: one.hosting,
    www_root:
      one.hosting === "virtual" ? `/var/www/vhosts/${database.webspaceOf(one).name}/${one.wwwRoot}` : "",
    aliases: database.aliasesOf(one.id).map(({ name }) => name),
  };
}

function client(one: ClientRow): object {
  return {
    id: one.id,
    created: one.created,
    name: one.pname,
    company: one.cname,
    login: one.login,
    status: one.suspended ? 16 : 0,
    email: one.email,
    locale: one.locale,
    owner_login: "",
    external_id: one.externalId,
    description: one.description,
    guid: one.guid,
    type: one.role === "client" ? "customer" : one.role,
  };
}
