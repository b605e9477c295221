import {
  addAlias,
  addDomain,
  addSite,
  type NewSite,
  removeAlias,
  removeSite,
  rewrite,
} from "../account-desk.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { Hosting, SiteRow } from "../records.ts";
import { type HostingChange, updateHosting } from "../site-desk.ts";
import { child, textOf, type XmlElement, type XmlTree } from "../xml.ts";
import {
  accessible,
  checkSequence,
  needed,
  notForCustomers,
  type Operation,
  type Operator,
  type Outcome,
  outcome,
} from "./operation.ts";

const hostingTypes: Readonly<Record<string, Hosting>> = {
  vrt_hst: "virtual",
  std_fwd: "standard_forwarding",
  frm_fwd: "frame_forwarding",
  none: "none",
};

/** Operator `webspace`: subscriptions by their main domains. */
export const webspaceOperator: Operator = {
  async add(operation) {
    notForCustomers(operation);
    const { state, request, client } = operation;
    const general = child(request, "gen_setup");
    const properties = propertiesOf(child(request, "hosting", "vrt_hst"));
    const owner = ownerOf(operation, general) ?? client;
    const plan = textOf(request, "plan-name");
    // A plan nobody made is one of those every Plesk has; it grants what a subscription without plan is granted.
    const known = state.database.tables.plans.some((one) => one.name === plan);
    const login = properties["ftp_login"];
    const site = await addDomain(state, owner, needed(general, "name"), {
      ...newSite(request, properties),
      ...(plan === undefined || !known ? {} : { plan }),
      ...(login === undefined ? {} : { sysUser: login }),
    });
    return [{ id: site.id, guid: site.guid }];
  },
  get: (operation) => getSites(operation, "webspace"),
  set: (operation) => setSites(operation, "webspace"),
  del: (operation) => removeSites(operation, "webspace"),
};

/** Operator `site`: add-on domains and subdomains; main domains only where a filter names them. */
export const siteOperator: Operator = {
  async add(operation) {
    const { state, request } = operation;
    const general = child(request, "gen_setup");
    const webspace = accessible(operation).find(
      (site) =>
        String(site.id) === textOf(general, "webspace-id") ||
        site.name === textOf(general, "webspace-name") ||
        site.guid === textOf(general, "webspace-guid"),
    );
    if (webspace === undefined) throw new PanelRefusal(1013, "Webspace does not exist");
    const properties = propertiesOf(child(request, "hosting", "vrt_hst"));
    const hosting = child(request, "hosting", "vrt_hst") === undefined ? "none" : "virtual";
    const site = addSite(state, webspace, needed(general, "name"), "addon", {
      ...newSite(request, properties),
      hosting,
    });
    await rewrite(state, [site]);
    return [{ id: site.id, guid: site.guid }];
  },
  get: (operation) => getSites(operation, "site"),
  set: (operation) => setSites(operation, "site"),
  del: (operation) => removeSites(operation, "site"),
};

/** Operator `subdomain`. */
export const subdomainOperator: Operator = {
  async add(operation) {
    const { state, request } = operation;
    const parent = accessible(operation).find((site) => site.name === textOf(request, "parent"));
    if (parent === undefined) throw new PanelRefusal(1013, "Parent domain does not exist");
    const { www_root: wwwRoot } = propertiesOf(request);
    const name = `${needed(request, "name")}.${parent.name}`;
    const site = addSite(state, parent, name, "subdomain", wwwRoot === undefined ? {} : { wwwRoot });
    await rewrite(state, [site]);
    return [{ id: site.id }];
  },
  get(operation) {
    const { state } = operation;
    return select(operation, (site) => site.kind === "subdomain").map((found) =>
      found instanceof PanelRefusal
        ? found
        : {
            id: found.id,
            data: {
              parent: state.database.siteById(found.parentId ?? 0)?.name ?? "",
              name: found.name,
              property: hostingProperties(state, found),
            },
          },
    );
  },
  del: (operation) => removeSites(operation, "subdomain"),
};

/** Operator `site-alias`. */
export const aliasOperator: Operator = {
  async create(operation) {
    const { state, request } = operation;
    checkSequence(request, ["pref", "site-id", "name"]);
    const site = accessible(operation).find((one) => String(one.id) === needed(request, "site-id"));
    if (site === undefined) throw new PanelRefusal(1015, "Domain does not exist");
    const alias = addAlias(state, site, needed(request, "name"), textOf(request, "pref", "web") !== "0");
    await rewrite(state, [site]);
    return [{ id: alias.id }];
  },
  get(operation) {
    return aliases(operation).map((found) =>
      found instanceof PanelRefusal
        ? found
        : {
            id: found.id,
            info: {
              status: 0,
              pref: {
                web: flag(found.web),
                mail: flag(found.mail),
                tomcat: 0,
                "seo-redirect": flag(found.seoRedirect),
              },
              "site-id": found.siteId,
              name: found.displayName,
              "ascii-name": found.name,
            },
          },
    );
  },
  async delete(operation) {
    const outcomes: Outcome[] = [];
    for (const found of aliases(operation)) {
      if (!(found instanceof PanelRefusal)) await removeAlias(operation.state, found);
      outcomes.push(found instanceof PanelRefusal ? found : { id: found.id });
    }
    return outcomes;
  },
};

function getSites(operation: Operation, kind: "webspace" | "site"): Outcome[] {
  const dataset = child(operation.request, "dataset")?.children.map(({ name }) => name) ?? [];
  return select(operation, (site) => (kind === "webspace") === (site.kind === "main")).map((found) => {
    if (found instanceof PanelRefusal) return found;
    return { "filter-id": found.name, id: found.id, data: dataOf(operation.state, found, dataset) };
  });
}

async function setSites(operation: Operation, kind: "webspace" | "site"): Promise<Outcome[]> {
  const { state, request } = operation;
  const values = child(request, "values");
  const change = hostingChange(child(values, "hosting", "vrt_hst"));
  const outcomes: Outcome[] = [];
  for (const found of select(operation, (site) => (kind === "webspace") === (site.kind === "main"))) {
    outcomes.push(
      found instanceof PanelRefusal
        ? found
        : await outcome(async () => {
            await setGeneral(state, found, child(values, "gen_setup"));
            if (Object.keys(change).length > 0) await updateHosting(state, found, change);
            return { "filter-id": found.name, id: found.id };
          }),
    );
  }
  return outcomes;
}

async function setGeneral(state: LabState, site: SiteRow, general: XmlElement | undefined): Promise<void> {
  const status = textOf(general, "status");
  const description = textOf(general, "description");
  if (description !== undefined) site.settings["description"] = description;
  state.database.save();
  if (status === undefined) return;
  site.status = Number(status);
  state.database.save();
  await rewrite(state, site.kind === "main" ? state.database.sitesOf(site.id) : [site]);
}

async function removeSites(
  operation: Operation,
  kind: "webspace" | "site" | "subdomain",
): Promise<Outcome[]> {
  const fits = (site: SiteRow): boolean =>
    kind === "webspace"
      ? site.kind === "main"
      : kind === "subdomain"
        ? site.kind === "subdomain"
        : site.kind !== "main";
  const outcomes: Outcome[] = [];
  for (const found of select(operation, fits)) {
    if (!(found instanceof PanelRefusal)) await removeSite(operation.state, found);
    outcomes.push(found instanceof PanelRefusal ? found : { "filter-id": found.name, id: found.id });
  }
  return outcomes;
}

/** Sites a filter names, each of its conditions; all that fit without any. A named one may also be a main domain. */
function select(operation: Operation, fits: (site: SiteRow) => boolean): (SiteRow | PanelRefusal)[] {
  const conditions = child(operation.request, "filter")?.children ?? [];
  const sites = accessible(operation);
  if (conditions.length === 0) return sites.filter(fits);
  return conditions.flatMap((condition) => {
    const wanted = condition.text.trim();
    if (condition.name === "parent-id" || condition.name === "parent-site-id") {
      return sites.filter((site) => fits(site) && String(site.webspaceId) === wanted);
    }
    const one = sites.find(({ id, name, displayName, guid }) => {
      if (condition.name === "id") return String(id) === wanted;
      return condition.name === "guid" ? guid === wanted : name === wanted || displayName === wanted;
    });
    return [
      one ??
        new PanelRefusal(
          1013,
          operation.request.name === "del" ? "Object does not exist" : "Site does not exist",
        ),
    ];
  });
}

function aliases(operation: Operation) {
  const conditions = child(operation.request, "filter")?.children ?? [];
  const sites = new Set(accessible(operation).map(({ id }) => id));
  const all = operation.state.database.tables.aliases.filter((one) => sites.has(one.siteId));
  if (conditions.length === 0) return all;
  return conditions.flatMap(({ name, text }) => {
    const wanted = text.trim();
    if (name === "site-id") return all.filter((one) => String(one.siteId) === wanted);
    const found = all.find((one) => (name === "id" ? String(one.id) === wanted : one.name === wanted));
    return [found ?? new PanelRefusal(1013, "Site alias does not exist")];
  });
}

function dataOf(state: LabState, site: SiteRow, dataset: readonly string[]): XmlTree {
  const parts: Record<string, XmlTree> = {};
  if (dataset.includes("gen_info")) parts["gen_info"] = generalInfo(state, site);
  if (dataset.includes("hosting")) parts["hosting"] = hostingInfo(state, site);
  if (dataset.includes("disk_usage")) parts["disk_usage"] = { httpdocs: 0, logs: 0, mailboxes: 0 };
  if (dataset.includes("limits")) parts["limits"] = { limit: [{ name: "max_site", value: -1 }] };
  return parts;
}

function generalInfo(state: LabState, site: SiteRow): XmlTree {
  const webspace = state.database.webspaceOf(site);
  return {
    cr_date: site.created,
    name: site.displayName,
    "ascii-name": site.name,
    status: state.database.isSuspended(site) && site.status === 0 ? 16 : site.status,
    real_size: 0,
    ...(site.kind === "main" ? { "owner-id": site.clientId } : {}),
    dns_ip_address: site.ip,
    htype: { virtual: "vrt_hst", standard_forwarding: "std_fwd", frame_forwarding: "frm_fwd", none: "none" }[
      site.hosting
    ],
    guid: site.guid,
    ...(site.kind === "main"
      ? { "vendor-guid": state.database.admin.guid }
      : { "webspace-guid": webspace.guid, "webspace-id": webspace.id, "parent-site-id": site.parentId }),
    description: site.settings["description"] ?? "",
  };
}

function hostingInfo(state: LabState, site: SiteRow): XmlTree {
  if (site.hosting === "none") return {};
  if (site.hosting !== "virtual") return { fwd: { dest_url: site.forwardTo, ip_address: site.ip } };
  return { vrt_hst: { property: hostingProperties(state, site), ip_address: site.ip } };
}

function hostingProperties(state: LabState, site: SiteRow): { name: string; value: string }[] {
  const certificate = state.database.certificateById(site.certificateId);
  const home = `/var/www/vhosts/${state.database.webspaceOf(site).name}`;
  const properties: [string, string][] = [
    ["ftp_login", site.sysUser],
    ["ssl", String(site.ssl)],
    ["ssl-redirect", String(site.sslRedirect)],
    ...(certificate === undefined ? [] : ([["certificate_name", certificate.name]] as [string, string][])),
    ["www_root", `${home}/${site.wwwRoot}`],
  ];
  return properties.map(([name, value]) => ({ name, value }));
}

function hostingChange(hosting: XmlElement | undefined): HostingChange {
  const properties = propertiesOf(hosting);
  const change: HostingChange = {};
  for (const [name, value] of Object.entries(properties)) {
    if (name === "certificate_name") change.certificateName = value;
    else if (name === "ssl") change.ssl = value === "true";
    else if (name === "ssl-redirect") change.sslRedirect = value === "true";
    else if (name === "www_root") change.wwwRoot = value;
    else throw new PanelRefusal(1019, `Unknown hosting property: ${name}`);
  }
  return change;
}

function propertiesOf(element: XmlElement | undefined): Record<string, string> {
  const pairs = element?.children.filter((one) => one.name === "property") ?? [];
  return Object.fromEntries(pairs.map((pair) => [needed(pair, "name"), textOf(pair, "value") ?? ""]));
}

function newSite(request: XmlElement, properties: Record<string, string>): NewSite {
  const type = textOf(request, "gen_setup", "htype");
  const hosting = type === undefined ? "virtual" : hostingTypes[type];
  if (hosting === undefined) throw new PanelRefusal(1019, `Unknown hosting type: ${type}`);
  const ip =
    textOf(request, "hosting", "vrt_hst", "ip_address") ?? textOf(request, "gen_setup", "ip_address");
  return {
    hosting,
    ...(ip === undefined ? {} : { ip }),
    ...(properties["www_root"] === undefined ? {} : { wwwRoot: properties["www_root"] }),
    ...(properties["ssl"] === undefined ? {} : { ssl: properties["ssl"] === "true" }),
  };
}

function ownerOf({ state, client }: Operation, general: XmlElement | undefined) {
  const id = textOf(general, "owner-id");
  const login = textOf(general, "owner-login");
  if (id === undefined && login === undefined) return undefined;
  const owner = state.database.tables.clients.find((one) => String(one.id) === id || one.login === login);
  if (owner === undefined || !state.database.mayAccessClient(client, owner.id)) {
    throw new PanelRefusal(1013, "Owner does not exist");
  }
  return owner;
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}
