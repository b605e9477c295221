import { randomUUID } from "node:crypto";
import { PanelRefusal } from "../panel-refusal.ts";
import { assignWebmail, findForServer, usePanelCertificate } from "../site-desk.ts";
import { child, textOf, type XmlTree } from "../xml.ts";
import { protocols } from "./agent.ts";
import {
  accessible,
  adminOnly,
  needed,
  type Operation,
  type Operator,
  type Outcome,
  outcome,
} from "./operation.ts";

/** Operator `server`. */
export const serverOperator: Operator = {
  get_protos: () => [{ protos: { proto: protocols } }],
  get(operation) {
    const asked = operation.request.children.map(({ name }) => name);
    const parts = Object.fromEntries(asked.map((name) => [name, serverPart(operation, name)]));
    return [parts];
  },
  set(operation) {
    adminOnly(operation);
    const { state, request } = operation;
    const interval = textOf(request, "prefs", "restart_apache_interval");
    if (interval !== undefined) {
      if (!/^\d{1,6}$/.test(interval)) throw new PanelRefusal(1019, "restart_apache_interval is invalid");
      state.database.tables.preferences["restart-apache"] = interval;
      state.database.save();
    }
    const panel = textOf(request, "certificates", "panel", "name");
    if (panel !== undefined) usePanelCertificate(state, findForServer(state, panel, undefined));
    return [{}];
  },
  create_session(operation) {
    const { request, state, client } = operation;
    const other = state.database.client(needed(request, "login"));
    if (other === undefined || !state.database.mayAccessClient(client, other.id)) {
      throw new PanelRefusal(1013, "Client does not exist");
    }
    const from = Buffer.from(textOf(request, "data", "user_ip") ?? "", "base64").toString("utf8");
    return [{ id: operation.sessions.create(other.login, undefined, from) }];
  },
};

/** A licence without limits. */
const licence = {
  plesk_key_id: "PLSK.00000000.0000",
  plesk_vz: 0,
  lim_date: "20991231",
  lim_cl: -1,
  lim_dom: -1,
  lim_dom_aliases: -1,
  "can-manage-customers": 1,
  "can-manage-resellers": 1,
};

function serverPart(operation: Operation, name: string): XmlTree {
  const { state } = operation;
  switch (name) {
    case "gen_info":
      return { server_name: state.hostName, server_guid: state.database.admin.guid, mode: "standard" };
    case "prefs":
      adminOnly(operation);
      return {
        stat_ttl: 36,
        traffic_accounting: 3,
        restart_apache_interval: state.database.tables.preferences["restart-apache"] ?? "0",
      };
    case "admin": {
      adminOnly(operation);
      const { cname, pname, email } = state.database.admin;
      return { admin_cname: cname, admin_pname: pname, admin_email: email };
    }
    case "key":
      return { property: Object.entries(licence).map(([one, value]) => ({ name: one, value })) };
    case "services_state":
      return {
        srv: [
          { id: "dns", title: "DNS Server", state: "running" },
          { id: "web", title: "Web Server", state: "running" },
        ],
      };
    case "certificates":
      adminOnly(operation);
      return serverCertificates(operation);
    default:
      throw new PanelRefusal(
        1014,
        `Parser error: Request is invalid. Element '${name}': This element is not expected.`,
      );
  }
}

function serverCertificates({ state }: Operation): XmlTree {
  const { panelCertificateId, mailCertificateId } = state.database.tables;
  const named = (id: number): XmlTree => ({ name: state.database.certificateById(id)?.name ?? "" });
  return { panel: named(panelCertificateId), "mail-server": named(mailCertificateId) };
}

/** Operator `session`. */
export const sessionOperator: Operator = {
  get: ({ sessions }) => [
    {
      session: sessions.list().map(({ id, login, address }) => ({
        id,
        type: "admin",
        "ip-address": address,
        login,
        "login-time": "2026-01-01 00:00:00",
        idle: "0 seconds",
      })),
    },
  ],
  terminate({ sessions, request }) {
    sessions.remove(needed(request, "session-id"));
    return [{}];
  },
};

/** Operator `secret_key`; a listing shows digests, never keys. */
export const secretKeyOperator: Operator = {
  create(operation) {
    const key = randomUUID();
    operation.login.addKey(key, {
      ip: textOf(operation.request, "ip_address") ?? operation.address.replace(/^::ffff:/, ""),
      login: operation.client.login,
      description: textOf(operation.request, "description") ?? "",
    });
    return [{ key }];
  },
  get_info(operation) {
    const wanted = textOf(operation.request, "filter", "key");
    const rows = operation.state.database.tables.secretKeys.filter(
      (row) => operation.client.role === "admin" || row.login === operation.client.login,
    );
    const found = wanted === undefined ? rows : rows.filter((row) => row === operation.login.findKey(wanted));
    if (wanted !== undefined && found.length === 0) throw new PanelRefusal(1013, "Secret key does not exist");
    return found.map(({ digest, ip, login, description }) => ({
      key_info: { key: digest, ip_address: ip, description, login },
    }));
  },
  delete(operation) {
    const row = operation.login.findKey(needed(operation.request, "filter", "key"));
    if (row === undefined) throw new PanelRefusal(1013, "Secret key does not exist");
    operation.login.removeKey(row);
    return [{}];
  },
};

/** Operator `ip`. */
export const ipOperator: Operator = {
  get({ state }) {
    const { ips } = state.database.tables;
    const list = Object.entries(ips).map(([ip, certificateId]) => ({
      ip_address: ip,
      netmask: "255.0.0.0",
      type: "shared",
      interface: "lo",
      default: "",
      certificate: state.database.certificateById(certificateId)?.name ?? "",
    }));
    return [{ addresses: { ip_info: list } }];
  },
};

/** Operator `mail`, for the certificate of webmail (spec plesk §3.4). */
export const mailOperator: Operator = {
  async set_prefs(operation) {
    const { state, request } = operation;
    const name = textOf(request, "prefs", "webmail-certificate");
    const outcomes: Outcome[] = [];
    for (const condition of child(request, "filter")?.children ?? []) {
      const site = accessible(operation).find((one) => String(one.id) === condition.text.trim());
      outcomes.push(
        site === undefined
          ? new PanelRefusal(1013, "Site does not exist")
          : await outcome(async () => {
              if (name !== undefined) await assignWebmail(state, site, name);
              return { id: site.id };
            }),
      );
    }
    return outcomes;
  },
  get_prefs(operation) {
    const { state, request } = operation;
    return (child(request, "filter")?.children ?? []).map((condition) => {
      const site = accessible(operation).find((one) => String(one.id) === condition.text.trim());
      if (site === undefined) return new PanelRefusal(1013, "Site does not exist");
      const certificate = state.database.certificateById(site.webmailCertificateId);
      return {
        "site-id": site.id,
        prefs: { webmail: "roundcube", "webmail-certificate": certificate?.name ?? "" },
      };
    });
  },
};

/** Operator `extension` (spec plesk §1.4, §1.10). */
export const extensionOperator: Operator = {
  get: ({ state }) =>
    state.database.tables.extensions.map(({ id, name, version, release, active }) => ({
      details: { id, name, version, release, active: String(active) },
    })),
  async call({ state, request }) {
    const [inner] = request.children;
    const known = state.database.tables.extensions.find((one) => one.id === inner?.name && one.active);
    const params = Object.fromEntries(inner?.children.map((one) => [one.name, one.text]) ?? []);
    const answer =
      known === undefined ? null : await state.extensions.hook(known.id, "ApiRpc", "call", { params });
    if (answer === null) throw new PanelRefusal(1013, "Extension does not support the API");
    return [{ [known?.id ?? ""]: answer as XmlTree }];
  },
  async uninstall(operation) {
    adminOnly(operation);
    await operation.state.extensions.uninstall(needed(operation.request, "id"));
    return [{}];
  },
};
