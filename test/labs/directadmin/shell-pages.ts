import { pluginManagerPath } from "./plugin-manager-page.ts";
import type { MenuCategory } from "./plugin-menus.ts";
import type { LabLogin } from "./plugin-runtime-contract.ts";

/*
 * A shell as a browser sees Evolution: its own looks, the plugin in a frame of the same origin that is opened by an empty
 * POST (spec directadmin §2.6).
 */

export type Theme = "light" | "dark";

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The frame's address as the caller asked for it; only plugin pages of this panel may be shown. */
export function frameAddress(src: string | null): string | null {
  if (src === null || !/^\/?CMD_PLUGINS(_ADMIN|_RESELLER)?\/[A-Za-z0-9_-]+(\/|$)/.test(src)) return null;
  return src.startsWith("/") ? src : `/${src}`;
}

export function evolutionShell(parts: {
  login: LabLogin;
  server: string;
  menus: readonly MenuCategory[];
  src: string | null;
  theme: Theme;
  /** A page of the panel's own, HTML; the welcome when absent. */
  own?: string;
}): string {
  const { login, server, menus, src, theme, own } = parts;
  const content =
    src === null
      ? (own ??
        `<section class="card"><h1>Welcome, ${escapeHtml(login.name)}</h1><p>Choose a page from the menu.</p></section>`)
      : `<form id="open" method="post" action="${escapeHtml(src)}" target="plugin"></form><iframe name="plugin" title="Plugin" src="about:blank"></iframe><script>document.getElementById("open").submit()</script>`;
  return document_(
    "DirectAdmin",
    theme,
    `<header><strong>DirectAdmin</strong><span>${escapeHtml(server)}</span><span class="who">${escapeHtml(login.name)} · ${login.role}</span><a href="?theme=${theme === "dark" ? "light" : "dark"}${src === null ? "" : `&amp;src=${encodeURIComponent(src)}`}">${theme === "dark" ? "Light" : "Dark"}</a></header>
<div class="columns"><nav aria-label="Menu">${fixedMenu(login)}${menus.map(category).join("")}</nav><main>${content}</main></div>`,
  );
}

function fixedMenu({ role }: LabLogin): string {
  const manager =
    role === "admin"
      ? `<h2>Extra Features</h2><ul><li><a href="${pluginManagerPath}">Plugin Manager</a></li></ul>`
      : "";
  return `${manager}<h2>Account Manager</h2><ul><li>Domain Setup</li><li>Subdomain Management</li><li>DNS Management</li><li>SSL Certificates</li></ul>`;
}

function category({ name, entries }: MenuCategory): string {
  const items = entries.map(({ name: text, href, icon, newTab, updates }) => {
    const target = newTab ? escapeHtml(href) : `/evo/plugin?src=${encodeURIComponent(href)}`;
    const image = icon === "" ? "" : `<img src="${escapeHtml(icon)}" alt="" width="20" height="20">`;
    const badge = updates > 0 ? `<span class="badge">${updates}</span>` : "";
    return `<li><a href="${target}">${image}${escapeHtml(text)}${badge}</a></li>`;
  });
  return `<h2>${escapeHtml(name)}</h2><ul>${items.join("")}</ul>`;
}

export function loginPage(problem: string | null): string {
  const trouble = problem === null ? "" : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`;
  return document_(
    "Log in · DirectAdmin",
    "light",
    `<main class="login"><form class="card" method="post" action="/CMD_LOGIN"><h1>DirectAdmin</h1>${trouble}<label>Username <input name="username" autocomplete="username"></label><label>Password <input name="password" type="password" autocomplete="current-password"></label><button>Sign in</button></form></main>`,
  );
}

export function messagePage(title: string, message: string): string {
  return document_(
    title,
    "light",
    `<main class="login"><section class="card"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(message)}</p></section></main>`,
  );
}

function document_(title: string, theme: Theme, body: string): string {
  return `<!DOCTYPE html>
<html lang="en" data-theme="${theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>${body}</body>
</html>
`;
}

const style = `
html{--page:#eef1f6;--card:#fff;--text:#243046;--soft:#5d6b82;--line:#d7deea;--bar:#27334d;--link:#2459b8}
html[data-theme=dark]{--page:#151b22;--card:#1c242d;--text:#e6ebf0;--soft:#a4b0bf;--line:#323e4a;--bar:#0c1116;--link:#8cbcff}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
header{display:flex;gap:20px;align-items:center;padding:0 20px;height:52px;background:var(--bar);color:#fff}
header .who{margin-left:auto}header a{color:#cfe0ff}
.columns{display:grid;grid-template-columns:240px 1fr;min-height:calc(100vh - 52px)}
nav{padding:12px 16px;background:var(--card);border-right:1px solid var(--line)}
nav h2{margin:16px 0 4px;font-size:12px;letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}
nav ul{list-style:none;margin:0;padding:0}nav li{padding:5px 0}
nav a{display:flex;gap:8px;align-items:center;color:var(--link);text-decoration:none;font-weight:600}
.badge{margin-left:auto;padding:0 8px;border-radius:10px;background:#b3261e;color:#fff;font-size:12px}
main{min-width:0;display:flex;flex-direction:column}
iframe{flex:1;width:100%;border:0;background:var(--page)}
.card{margin:24px;padding:24px;background:var(--card);border:1px solid var(--line);border-radius:10px}
.card h1{margin:0 0 12px;font-size:22px}
.login{align-items:center;justify-content:center;min-height:100vh}
.login form{display:grid;gap:12px;width:300px}.login label{display:grid;gap:4px}
.login input{padding:8px;border:1px solid var(--line);border-radius:6px}.login button{padding:10px;border:0;border-radius:6px;background:#2459b8;color:#fff;font-weight:600}
.problem{color:#b3261e}
@media(max-width:700px){.columns{grid-template-columns:1fr}iframe{min-height:80vh}}
`;
