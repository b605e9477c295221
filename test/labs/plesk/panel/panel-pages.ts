import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PanelSession } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { SiteRow } from "../records.ts";
import type { Sessions } from "../sessions.ts";
import { type CustomButton, customButtons, places } from "./custom-buttons.ts";
import { pageHeaders } from "./page-headers.ts";
import { type PanelCall, plain, readForm, redirect } from "./panel-call.ts";
import { buttonItem, escapeHtml, framedPage } from "./shell.ts";

type PageCall = PanelCall & { session: PanelSession };

/** The panel's own pages, as far as extensions show themselves in them. */
export async function answerPage(call: PageCall, sessions: Sessions): Promise<void> {
  const { url, response, session, state } = call;
  const { role } = session.client;
  const [, area = "", page = "", action = "", , idText = ""] = url.pathname.split("/");
  const id = Number(idText);
  if (url.pathname === "/") return redirect(response, role === "client" ? "/smb/web/view" : "/admin/home");
  if (area === "admin" && role === "client") return plain(response, 403, "<h1>Permission denied</h1>\n");
  switch (`${area}/${page}/${action}`) {
    case "admin/home/":
      return show(call, "Home", await homeBlocks(state, session));
    case "admin/customer/list":
      return show(call, "Customers", customers(state, session));
    case "admin/customer/login":
      return actAs(call, sessions, id);
    case "admin/server/tools":
      return adminOnly(call) && show(call, "Tools & Settings", await tools(state, session));
    case "admin/services/list":
      return adminOnly(call) && show(call, "Services Management", await services(state));
    case "admin/services/control":
      return adminOnly(call) && controlService(call);
    case "admin/module/catalog":
      return (
        adminOnly(call) && show(call, "Extensions", `${extensionTabs}<p>The catalogue is elsewhere.</p>`)
      );
    case "admin/module/list":
      return adminOnly(call) && show(call, "Extensions", extensionList(state, session));
    case "admin/module/upload":
      return adminOnly(call) && upload(call);
    case "smb/search/":
      return show(call, "Search", await searchResults(state, session, url.searchParams.get("q") ?? ""));
    case "smb/web/view":
      return show(call, "Websites & Domains", domainList(state, session));
    case "smb/web/overview":
      return show(
        call,
        siteOf(call, id).displayName,
        await domainCard(state, session, siteOf(call, id), url.searchParams.get("tab")),
      );
    case "smb/ssl-certificate/list":
      return show(
        call,
        `SSL/TLS certificates of ${siteOf(call, id).displayName}`,
        certificates(state, siteOf(call, id)),
      );
    default:
      return plain(response, 404, "<h1>Page not found</h1>\n");
  }
}

async function show(
  call: PageCall,
  title: string,
  content: string,
  messages: { status: string; content: string }[] = [],
): Promise<void> {
  const page = await framedPage(call.state, call.session, { title, content, messages });
  call.response.writeHead(200, pageHeaders(call.state)).end(page);
}

function adminOnly(call: PageCall): true {
  if (call.session.client.role !== "admin") throw new PanelRefusal(1006, "Permission denied");
  return true;
}

function siteOf({ state, session }: PageCall, id: number): SiteRow {
  const site = state.database.siteById(id);
  if (site === undefined || !state.database.mayAccess(session.client, site)) {
    throw new PanelRefusal(1006, "Permission denied");
  }
  return site;
}

async function homeBlocks(state: LabState, session: PanelSession): Promise<string> {
  const cards: string[] = [
    `<section class="card"><h2>Welcome, ${escapeHtml(session.client.pname)}</h2></section>`,
  ];
  for (const { id, active } of state.database.tables.extensions) {
    if (!active || session.client.role !== "admin") continue;
    const blocks = await state.extensions.hook(id, "Home", "getBlocks", {}, session);
    // Title, content and footer of a block are HTML (spec plesk §1.8).
    for (const { title, content, footer } of (blocks ?? []) as Record<
      "title" | "content" | "footer",
      string
    >[]) {
      cards.push(`<section class="card"><h2>${title}</h2>${content}<footer>${footer}</footer></section>`);
    }
  }
  return cards.join("");
}

function customers(state: LabState, session: PanelSession): string {
  const rows = state.database.tables.clients
    .filter((one) => one.role !== "admin" && state.database.mayAccessClient(session.client, one.id))
    .map(
      (one) =>
        `<tr><td>${escapeHtml(one.pname)}</td><td>${escapeHtml(one.login)}</td><td>${one.role}</td><td>${one.suspended ? "Suspended" : "Active"}</td><td><a href="/admin/customer/login/id/${one.id}">Log in as customer</a></td></tr>`,
    );
  return `<div class="card"><table><thead><tr><th scope="col">Name</th><th scope="col">Login</th><th scope="col">Role</th><th scope="col">Status</th><th scope="col"></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function actAs({ state, session, response }: PageCall, sessions: Sessions, id: number): void {
  const other = state.database.clientById(id);
  if (other === undefined || !state.database.mayAccessClient(session.client, id)) {
    throw new PanelRefusal(1006, "Permission denied");
  }
  const made = sessions.create(other.login, session.client.login);
  response.setHeader("set-cookie", `PLESKSESSID=${made}; path=/; secure; HttpOnly; SameSite=Lax`);
  redirect(response, "/");
}

/** Groups of Tools & Settings by the section names extensions use. */
const toolGroups: readonly [string, string, readonly [string, string][]][] = [
  ["securityButtons", "Security", [["SSL/TLS Certificates", "/admin/server/tools"]]],
  ["generalButtons", "General Settings", [["Server Settings", "/admin/server/tools"]]],
  ["serverManagementButtons", "Server Management", [["Services Management", "/admin/services/list"]]],
  ["panelButtons", "Plesk", []],
  ["customButtons", "Additional Services", []],
];

async function tools(state: LabState, session: PanelSession): Promise<string> {
  const buttons = await customButtons(state, session, [places.adminTools], {});
  const groups = toolGroups.map(([section, title, fixed]) => {
    const own = buttons.filter((button) => (button.section ?? "customButtons") === section);
    const links = fixed.map(([text, link]) => buttonItem({ place: 5, title: text, link }));
    return `<section><h2>${title}</h2><ul>${[...links, ...own.map(buttonItem)].join("")}</ul></section>`;
  });
  return `<div class="card tools card-groups">${groups.join("")}</div>`;
}

interface ServiceState {
  id: string;
  name: string;
  installed: boolean;
  configured: boolean;
  running: boolean;
}

async function services(state: LabState): Promise<string> {
  const rows: string[] = [];
  for (const { id, active } of state.database.tables.extensions) {
    if (!active) continue;
    const listed = (await state.extensions.hook(id, "SystemServices", "getServices", {})) ?? [];
    for (const service of listed as ServiceState[]) {
      const buttons = ["start", "stop", "restart"].map(
        (action) =>
          `<button name="action" value="${action}" class="pul-button" aria-label="${action} ${escapeHtml(service.name)}">${action}</button>`,
      );
      rows.push(
        `<tr><td>${escapeHtml(service.name)}</td><td>${service.running ? "Running" : "Stopped"}</td><td><form method="post" action="/admin/services/control" data-plesk-form><input type="hidden" name="extension" value="${id}"><input type="hidden" name="service" value="${escapeHtml(service.id)}">${buttons.join("")}</form></td></tr>`,
      );
    }
  }
  return `<div class="card"><table><thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col"></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

async function controlService(call: PageCall): Promise<void> {
  const { fields } = readForm(call);
  const action = fields.get("action") ?? "";
  if (!["start", "stop", "restart"].includes(action)) throw new PanelRefusal(1019, "Unknown action");
  await call.state.extensions.hook(fields.get("extension") ?? "", "SystemServices", "service", {
    id: fields.get("service") ?? "",
    action,
  });
  redirect(call.response, "/admin/services/list");
}

const extensionTabs =
  '<nav class="pul-tabs" aria-label="Extensions"><ul><li class="pul-tab"><a href="/admin/module/catalog">Extensions Catalog</a></li><li class="pul-tab"><a href="/admin/module/list">My Extensions</a></li></ul></nav>';

function extensionList(state: LabState, session: PanelSession): string {
  const rows = state.database.tables.extensions.map(
    ({ id, name, version, release, active }) =>
      `<tr><td><a href="/modules/${id}/">${escapeHtml(name)}</a></td><td>${version}-${release}</td><td>${active ? "Active" : "Disabled"}</td></tr>`,
  );
  // The button is there only with this line in panel.ini (spec plesk §1.4).
  const allowed = /^\s*extensionUpload\s*=\s*(true|1|on)\s*$/m.test(
    readFileSync(state.files.psa("admin/conf/panel.ini"), "utf8"),
  );
  const form = `<form method="post" action="/admin/module/upload" enctype="multipart/form-data"><input type="hidden" name="forgery_protection_token" value="${session.forgeryToken}"><label>Upload Extension <input type="file" name="file" accept=".zip"></label> <button class="pul-button">Upload</button></form>`;
  return `${extensionTabs}<div class="card">${allowed ? form : ""}<table><thead><tr><th scope="col">Extension</th><th scope="col">Version</th><th scope="col">Status</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

async function upload(call: PageCall): Promise<void> {
  const file = readForm(call).files.get("file");
  if (file === undefined) throw new PanelRefusal(1019, "No file was uploaded");
  const folder = mkdtempSync(call.state.files.psa("tmp/upload-"));
  try {
    const path = join(folder, "extension.zip");
    writeFileSync(path, file.content);
    await call.state.extensions.install(path, "upgrade");
    redirect(call.response, "/admin/module/list");
  } catch (cause) {
    if (!(cause instanceof PanelRefusal)) throw cause;
    const message = { status: "error", content: escapeHtml(cause.message) };
    await show(call, "Extensions", extensionList(call.state, call.session), [message]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function searchResults(state: LabState, session: PanelSession, wanted: string): Promise<string> {
  const found: string[] = [];
  for (const { id, active } of state.database.tables.extensions) {
    if (!active) continue;
    const index = ((await state.extensions.hook(id, "Search", "getIndex", {}, session)) ?? []) as {
      title: string;
      description: string;
      icon: string;
      link: string;
      fields: unknown;
    }[];
    for (const item of index) {
      if (!JSON.stringify(item.fields).toLowerCase().includes(wanted.toLowerCase())) continue;
      found.push(buttonItem({ place: 1, ...item }));
    }
  }
  return `<div class="card tools"><ul>${found.join("") || "<li>Nothing found.</li>"}</ul></div>`;
}

function domainList(state: LabState, session: PanelSession): string {
  const { database } = state;
  const cards = database.tables.sites
    .filter((site) => database.mayAccess(session.client, site))
    .map((site) => {
      const status = database.isSuspended(site) ? "Suspended" : "Active";
      return `<section class="card"><h2><a href="/smb/web/overview/id/${site.id}">${escapeHtml(site.displayName)}</a></h2><span class="status">${status}</span></section>`;
    });
  return cards.join("") || '<section class="card"><p>No domains.</p></section>';
}

const cardSections: readonly [string, string][] = [
  ["filesAndDatabases", "Files & Databases"],
  ["devTools", "Dev Tools"],
  ["security", "Security"],
  ["mail", "Mail"],
  ["hosting", "Hosting"],
];

/** The card of a domain in the dynamic list, with the buttons and tabs extensions put there. */
async function domainCard(
  state: LabState,
  session: PanelSession,
  site: SiteRow,
  wanted: string | null,
): Promise<string> {
  const context = { dom_id: site.webspaceId, site_id: site.id };
  const buttons = await customButtons(
    state,
    session,
    [places.domainDynamic, places.domainProperties],
    context,
  );
  const fixed: Record<string, CustomButton[]> = {
    security: [{ place: 16, title: "SSL/TLS Certificates", link: `/smb/ssl-certificate/list/id/${site.id}` }],
    hosting: [{ place: 16, title: "Hosting Settings", link: `/smb/web/overview/id/${site.id}` }],
  };
  const groups = cardSections.map(([section, title]) => {
    const own = [
      ...(fixed[section] ?? []),
      ...buttons.filter((one) => (one.section ?? "hosting") === section),
    ];
    return own.length === 0
      ? ""
      : `<section><h3>${title}</h3><ul>${own.map(buttonItem).join("")}</ul></section>`;
  });
  const dashboard = `<div class="card-groups">${groups.join("")}</div>`;
  return tabbedCard(
    [
      { id: "dashboard", title: "Dashboard", content: dashboard },
      ...(await dynamicTabs(state, session, site)),
    ],
    wanted,
  );
}

interface CardTab {
  id: string;
  /** HTML, as the hook gives it (spec plesk §2.2). */
  title: string;
  content: string;
}

/** Every tab is in the page; the panel shows one of them. */
function tabbedCard(tabs: readonly CardTab[], wanted: string | null): string {
  const active = tabs.find(({ id }) => id === wanted) ?? tabs[0];
  const links = tabs.map(
    (tab) =>
      `<li class="pul-tab${tab === active ? " pul-tab--active" : ""}"><a href="?tab=${encodeURIComponent(tab.id)}"${tab === active ? ' aria-current="page"' : ""}>${tab.title}</a></li>`,
  );
  const panels = tabs.map(
    (tab) =>
      `<div class="card-tab" id="tab-${escapeHtml(tab.id)}"${tab === active ? "" : " hidden"}>${tab.content}</div>`,
  );
  return `<div class="card"><nav class="pul-tabs" aria-label="Domain"><ul>${links.join("")}</ul></nav>${panels.join("")}</div>`;
}

async function dynamicTabs(state: LabState, session: PanelSession, site: SiteRow): Promise<CardTab[]> {
  const found: (CardTab & { order: number })[] = [];
  for (const { id, active } of state.database.tables.extensions) {
    if (!active) continue;
    const tabs =
      (await state.extensions.hook(id, "DynamicList", "getTabs", { item: `d:${site.id}` }, session)) ?? {};
    for (const [tab, { title = "", content = "", order = 0 }] of Object.entries(
      tabs as Record<string, { title?: string; content?: string; order?: number }>,
    )) {
      found.push({ id: tab, title, content, order });
    }
  }
  return found.sort((one, other) => one.order - other.order);
}

function certificates(state: LabState, site: SiteRow): string {
  const rows = state.pool
    .list(site.webspaceId)
    .map((row) => `<tr><td>${escapeHtml(row.name)}</td><td>${state.database.usesOf(row)}</td></tr>`);
  return `<div class="card"><table><thead><tr><th scope="col">Name</th><th scope="col">Used</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}
