import { type RegisteredApp, registeredApps } from "./app-config.ts";
import type { LabState } from "./lab-state.ts";
import { builtInGroups, installedItems, type PluginItem } from "./plugin-install.ts";

/*
 * Frames as a browser sees them: the lab's own looks, in the shape of Jupiter's and WHM's. Jupiter 138 loads Bootstrap 3
 * names for plugins (spec §7); the few rules here stand for them.
 */

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Header and footer around a page of the account's interface: what `Chrome::get_dom` gives (spec §2.5). */
export function jupiterFrame(
  state: LabState,
  account: string,
  page: { title: string; appKey?: string; locale: { locale: string; direction: string } },
): { header: string; footer: string } {
  const item = installedItems(state.files).find((one) => one.id === page.appKey);
  const icon =
    item === undefined || item.icon === ""
      ? ""
      : `<img src="../assets/application_icons/${escapeHtml(item.icon)}" alt="" width="36" height="36">`;
  const title = escapeHtml(page.title === "" ? (item?.name ?? "cPanel") : page.title);
  const header = `<!DOCTYPE html>
<html lang="${escapeHtml(page.locale.locale)}" dir="${page.locale.direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>cPanel - ${title}</title>
<style>${jupiterStyle}</style>
</head>
<body id="cpanel_body"><script>var PAGE = {};</script>
<div class="navbar navbar-inverse"><a class="brand" href="../index.html">cPanel</a><span class="who">${escapeHtml(account)}</span><a href="../../../logout">Log Out</a></div>
<div id="wrapper"><nav id="sidebar-wrapper" aria-label="Main"><a href="../index.html">Tools</a></nav>
<div id="page-content-wrapper"><div id="content" class="container-fluid"><h1 class="page-header">${icon}<span id="pageHeading">${title}</span></h1><div class="body-content">
`;
  const footer = `
</div></div></div></div>
<footer id="cp-footer"><span>cPanel</span> <span>11.138.0.10</span></footer>
</body></html>
`;
  return { header, footer };
}

/** Tools of the panel itself, for the looks. */
const ownTools: Readonly<Record<string, readonly string[]>> = {
  files: ["File Manager", "Disk Usage"],
  domains: ["Domains", "Zone Editor"],
  security: ["SSL/TLS", "SSL/TLS Status"],
};

/** Jupiter's home: groups of links, plugins among them where their feature is on. */
export function jupiterHome(state: LabState, account: string): string {
  const items = installedItems(state.files).filter(
    (item) => item.feature === "" || state.files.hasFeature(account, item.feature),
  );
  const groups = [
    ...builtInGroups.map((id) => ({ id, name: id })),
    ...items.filter((item) => item.type === "group"),
  ];
  const sections = groups.map(({ id, name }) => {
    const links = items
      .filter((item) => item.type === "link" && item.groupId === id)
      .toSorted((a, b) => Number(a.order) - Number(b.order));
    const own = (ownTools[id] ?? []).map((tool) => `<li>${tool}</li>`);
    if (own.length + links.length === 0) return "";
    const list = [...own, ...links.map(homeLink)].join("");
    return `<section class="group" id="${escapeHtml(id)}-group"><h2>${escapeHtml(name)}</h2><ul>${list}</ul></section>`;
  });
  const { header, footer } = jupiterFrame(state, account, {
    title: "Tools",
    locale: { locale: "en", direction: "ltr" },
  });
  return `${header}${sections.join("")}${footer}`
    .replaceAll("../index.html", "index.html")
    .replaceAll("../../../logout", "../../logout");
}

function homeLink(item: PluginItem): string {
  const icon =
    item.icon === ""
      ? ""
      : `<img src="assets/application_icons/${escapeHtml(item.icon)}" alt="" width="48" height="48">`;
  return `<li><a id="item_${escapeHtml(item.id)}" href="${escapeHtml(item.uri)}" title="${escapeHtml(item.description)}">${icon}${escapeHtml(item.name)}</a></li>`;
}

/** WHM's home with its menu: for root what the server's owner sets, and the registered applications that the login may open. */
export function whmHome(login: string, apps: readonly RegisteredApp[]): string {
  const links = apps
    .filter((app) => app.entryUrl !== "")
    .map((app) => {
      const icon =
        app.icon === ""
          ? ""
          : `<img src="../addon_plugins/${escapeHtml(app.icon)}" alt="" width="48" height="48">`;
      return `<li><a id="app_${escapeHtml(app.name)}" href="../cgi/${escapeHtml(app.entryUrl)}" target="${escapeHtml(app.target)}">${icon}${escapeHtml(app.displayName)}</a></li>`;
    });
  const own =
    login === "root" ? '<h2>Packages</h2><ul><li><a href="featuremanager">Feature Manager</a></li></ul>' : "";
  return whmPage(login, "Home", `${own}<h2>Plugins</h2><ul>${links.join("")}</ul>`);
}

/** A page of WHM's own. */
export function whmPage(login: string, title: string, content: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>WHM</title><style>${whmStyle}</style></head>
<body><div class="whm-bar"><a class="brand" href="../scripts/command">WHM</a><span class="who">${escapeHtml(login)}</span><a href="../logout">Log Out</a></div>
<main class="whm-page"><h1>${escapeHtml(title)}</h1>${content}</main></body></html>
`;
}

export function appsFor(state: LabState, may: (acl: string) => boolean): RegisteredApp[] {
  return registeredApps(state.files).filter(
    (app) => app.service === "whostmgr" && app.acls.some((acl) => acl === "any" || may(acl)),
  );
}

export function messagePage(title: string, message: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(message)}</p></body></html>\n`;
}

const jupiterStyle = `
*{box-sizing:border-box}body{margin:0;background:#fff;color:#293a4a;font:14px/1.43 "Open Sans","Helvetica Neue",Helvetica,Arial,sans-serif}
.navbar{display:flex;gap:20px;align-items:center;height:60px;padding:0 24px;background:#fff;border-bottom:1px solid #dadde5}
.brand{font-size:24px;font-weight:700;color:#ff6c2c;text-decoration:none}.who{margin-inline-start:auto}
#wrapper{display:grid;grid-template-columns:170px minmax(0,1fr);min-height:calc(100vh - 110px)}
#sidebar-wrapper{padding:20px;background:#f4f6f9;border-inline-end:1px solid #dadde5}a{color:#1f62a8}
#content{padding:10px 24px}.page-header{display:flex;gap:12px;align-items:center;margin:12px 0 20px;padding-bottom:9px;border-bottom:1px solid #eee;font-size:26px;font-weight:400}
.group{margin:0 0 16px;border:1px solid #dadde5;border-radius:6px}.group h2{margin:0;padding:10px 16px;background:#f4f6f9;font-size:15px;text-transform:capitalize}
.group ul{display:flex;flex-wrap:wrap;gap:16px;margin:0;padding:16px;list-style:none}.group li a{display:flex;gap:10px;align-items:center;text-decoration:none}
#cp-footer{padding:14px 24px;border-top:1px solid #dadde5;color:#6b7785}
.btn{display:inline-block;padding:6px 12px;border:1px solid #ccc;border-radius:4px;background:#fff}.btn-primary{background:#428bca;border-color:#357ebd;color:#fff}
@media(max-width:700px){#wrapper{grid-template-columns:minmax(0,1fr)}#sidebar-wrapper{display:none}}
`;

const whmStyle = `
*{box-sizing:border-box}body{margin:0;background:#fff;color:#293a4a;font:14px/1.43 "Open Sans","Helvetica Neue",Helvetica,Arial,sans-serif}
.whm-bar{display:flex;gap:20px;align-items:center;height:52px;padding:0 24px;background:#003da6;color:#fff}.whm-bar a{color:#fff}
.brand{font-size:22px;font-weight:700;text-decoration:none}.who{margin-inline-start:auto}
.whm-page{padding:10px 24px}.whm-page h2{font-size:16px}h1{font-size:26px;font-weight:400;border-bottom:1px solid #eee;padding-bottom:9px}
ul{list-style:none;padding:0}li a{display:flex;gap:10px;align-items:center;color:#1f62a8}
`;

export { whmStyle };
