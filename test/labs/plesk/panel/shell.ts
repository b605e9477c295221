import type { PanelSession } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";
import { type CustomButton, customButtons, places } from "./custom-buttons.ts";
import { shellStyle } from "./shell-style.ts";

/** What a page is made of before the panel's frame is put around it. */
export interface PageParts {
  title: string;
  /** HTML, as the page made it. */
  content: string;
  /** Links to style sheets and scripts. */
  head?: string;
  messages: readonly { status: string; content: string }[];
  /** The extension whose page it is. */
  module?: string;
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The panel around a page: header, sidebar of the role, status messages, tasks at the bottom (spec plesk §2). */
export async function framedPage(state: LabState, session: PanelSession, parts: PageParts): Promise<string> {
  const { client } = session;
  const sidebarPlace = {
    admin: places.adminNavigation,
    reseller: places.resellerNavigation,
    client: places.hostingNavigation,
  };
  const own = await customButtons(state, session, [sidebarPlace[client.role], places.common], {});
  const top = client.role === "client" ? await customButtons(state, session, [places.hostingTabs], {}) : [];
  const who =
    session.impersonatedBy === undefined ? client.pname : `${session.impersonatedBy.pname} → ${client.pname}`;
  const messages = parts.messages
    .map(
      ({ status, content }) =>
        `<div class="msg-box msg-${escapeHtml(status)}" role="${status === "error" ? "alert" : "status"}">${content}</div>`,
    )
    .join("");
  return documentOf(
    state,
    session,
    parts.title,
    parts.head ?? "",
    `<header class="page-header"><strong class="logo">plesk</strong><form class="search" action="/smb/search" role="search"><input name="q" aria-label="Search" placeholder="Search…"></form><span class="who">${escapeHtml(who)}</span><form method="post" action="/logout.php"><button>Log out</button></form></header>
<div class="page-columns"><nav class="page-sidebar" aria-label="Menu"><ul>${sidebar(state, session, own)}</ul></nav>
<main class="page-content">${tabs(top)}<div class="page-heading"><h1>${escapeHtml(parts.title)}</h1></div><div id="main" class="page-main">${messages}${parts.content}</div></main></div>
${taskBar(state)}`,
  );
}

function sidebar({ database }: LabState, session: PanelSession, own: readonly CustomButton[]): string {
  const { client } = session;
  const first = database.tables.sites.find((site) => database.mayAccess(client, site));
  const fixed: [string, string][] = [
    ...(client.role === "client"
      ? []
      : ([
          ["Home", "/admin/home"],
          ["Customers", "/admin/customer/list"],
        ] as [string, string][])),
    ["Websites & Domains", "/smb/web/view"],
    ...(first === undefined
      ? []
      : ([["SSL/TLS certificates", `/smb/ssl-certificate/list/id/${first.id}`]] as [string, string][])),
    ...(client.role === "admin"
      ? ([
          ["Tools & Settings", "/admin/server/tools"],
          ["Extensions", "/admin/module/catalog"],
        ] as [string, string][])
      : []),
  ];
  const links = fixed.map(([title, link]) => `<li><a href="${link}">${escapeHtml(title)}</a></li>`);
  return [...links, ...own.map(buttonItem)].join("");
}

function tabs(buttons: readonly CustomButton[]): string {
  return buttons.length === 0
    ? ""
    : `<nav class="top-tabs" aria-label="Tabs"><ul>${buttons.map(buttonItem).join("")}</ul></nav>`;
}

export function buttonItem({ title, description, icon, link, newWindow }: CustomButton): string {
  const image = icon === undefined ? "" : `<img src="${escapeHtml(icon)}" alt="" width="20" height="20">`;
  const target = newWindow === true ? ' target="_blank" rel="noopener"' : "";
  return `<li><a href="${escapeHtml(link ?? "#")}" title="${escapeHtml(description ?? "")}"${target}>${image}<span>${escapeHtml(title ?? "")}</span></a></li>`;
}

/** Plesk's own progress bars at the bottom of the page (spec plesk §1.7). */
function taskBar(state: LabState): string {
  const shown = state.extensions.longTasks.filter((task) => task.trackProgress && !task.hidden);
  if (shown.length === 0) return "";
  const items = shown.map(
    ({ message, id, progress, status }) =>
      `<li class="task task-${status}"><span>${escapeHtml(message || id)}</span><progress max="100" value="${progress}">${progress}%</progress></li>`,
  );
  return `<aside class="task-bar" aria-label="Tasks"><ul>${items.join("")}</ul></aside>`;
}

function documentOf(
  state: LabState,
  session: PanelSession,
  title: string,
  head: string,
  body: string,
): string {
  const styles = state.switches.panelStyles
    ? '<link rel="stylesheet" href="/ui-library/plesk-ui-library.css">'
    : "";
  return `<!DOCTYPE html>
<html lang="${escapeHtml(session.locale)}">
<head><meta charset="UTF-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="forgery_protection_token" id="forgery_protection_token" content="${session.forgeryToken}">
<title>${escapeHtml(title)} - Plesk Obsidian</title>
<link rel="stylesheet" href="/theme/shell.css">${styles}<script src="/theme/shell.js" defer></script>${head}</head>
<body>${body}</body>
</html>
`;
}

export function loginPage(problem: string | undefined, next: string): string {
  const trouble =
    problem === undefined ? "" : `<p class="msg-box msg-error" role="alert">${escapeHtml(problem)}</p>`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Plesk Obsidian</title><style>${shellStyle}</style></head>
<body class="login"><main><form method="post" action="/login_up.php"><strong class="logo">plesk</strong>${trouble}
<input type="hidden" name="locale_id" value="default"><input type="hidden" name="success_redirect_url" value="${escapeHtml(next)}">
<label>Username <input name="login_name" autocomplete="username"></label><label>Password <input name="passwd" type="password" autocomplete="current-password"></label><button>Log in</button></form></main></body></html>
`;
}
