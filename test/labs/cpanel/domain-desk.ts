import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { domainToASCII } from "node:url";
import { selfSigned } from "../common/lab-certificates.ts";
import { storeInstalled } from "./installed-certificates.ts";
import type { LabState } from "./lab-state.ts";
import { fileNameOf } from "./server-files.ts";
import { vhostsOf } from "./websites.ts";

export type NewDomain =
  /** A domain of its own on the account, on the website of a subdomain (spec §5.1). */
  | { kind: "addon"; documentRoot?: string; subdomain?: string }
  /** One more name of the main website. */
  | { kind: "alias" }
  /** Below a domain of the account; `*.example.nl` is one as well. */
  | { kind: "sub"; documentRoot?: string };

/** Adds a domain as the panel's Domains page does; its website is served after Apache's restart. */
export async function addDomain(
  state: LabState,
  account: string,
  given: string,
  options: NewDomain,
): Promise<void> {
  const { files } = state;
  const domain = given.startsWith("*.") ? `*.${domainToASCII(given.slice(2))}` : domainToASCII(given);
  if (files.account(account) === undefined) throw new Error(`There is no account ${account}.`);
  if (files.ownerOf(domain) !== undefined) throw new Error(`There is a domain ${domain} already.`);
  const map = files.domainMap(account);
  const main = map.main_domain;
  const home = files.home(account);
  const ip = files.account(account)?.["IP"] ?? state.address;
  if (options.kind === "alias") {
    files.setDomainMap(account, { ...map, parked_domains: [...map.parked_domains, domain] });
    rewriteAliases(state, account, main);
    state.zones.create(domain, { address: ip, hostName: state.hostName, now: state.now() });
    state.apache.requestRestart();
    await state.hooks.fire("Whostmgr", "Domain::park", "post", {
      target_domain: main,
      new_domain: domain,
      user: account,
    });
    return;
  }
  const servername = options.kind === "sub" ? domain : `${options.subdomain ?? domain.split(".")[0]}.${main}`;
  if (map.sub_domains.includes(servername)) throw new Error(`There is a subdomain ${servername} already.`);
  const parent = [main, ...Object.keys(map.addon_domains)].find((name) => servername.endsWith(`.${name}`));
  if (parent === undefined) throw new Error(`${servername} is below no domain of ${account}.`);
  files.setDomainMap(account, {
    ...map,
    sub_domains: [...map.sub_domains, servername],
    addon_domains:
      options.kind === "addon" ? { ...map.addon_domains, [domain]: servername } : map.addon_domains,
  });
  const folder =
    options.kind === "addon"
      ? `${home}/public_html/${domain}`
      : `${home}/public_html/${fileNameOf(domain).split(".")[0]}`;
  if (options.kind === "addon") {
    state.zones.create(domain, { address: ip, hostName: state.hostName, now: state.now() });
  }
  addWebsite(state, { account, servername, documentRoot: options.documentRoot ?? folder });
  state.zones.addAddresses([servername, ...(servername.startsWith("*") ? [] : [`www.${servername}`])], ip);
  state.apache.requestRestart();
  await fireAdded(state, account, { domain, servername, parent, kind: options.kind });
}

async function fireAdded(
  state: LabState,
  account: string,
  added: { domain: string; servername: string; parent: string; kind: "addon" | "sub" },
): Promise<void> {
  const subdomain = added.servername.slice(0, -added.parent.length - 1);
  const data = { user: account, subdomain, rootdomain: added.parent };
  await state.hooks.fire("Whostmgr", "Domain::addsubdomain", "post", data);
  if (added.kind === "sub") return;
  const parked = { user: account, target_domain: added.servername, new_domain: added.domain };
  await state.hooks.fire("Whostmgr", "ParkAdmin::park", "post", parked);
}

export async function removeDomain(state: LabState, account: string, domain: string): Promise<void> {
  const { files } = state;
  const map = files.domainMap(account);
  if (domain === map.main_domain || files.ownerOf(domain) !== account) {
    throw new Error(`${account} has no domain ${domain} that can be removed.`);
  }
  if (map.parked_domains.includes(domain)) {
    files.setDomainMap(account, {
      ...map,
      parked_domains: map.parked_domains.filter((name) => name !== domain),
    });
    rewriteAliases(state, account, map.main_domain);
  } else {
    const servername = map.addon_domains[domain] ?? domain;
    const { [domain]: _gone, ...addons } = map.addon_domains;
    const subs = map.sub_domains.filter((name) => name !== servername);
    files.setDomainMap(account, { ...map, addon_domains: addons, sub_domains: subs });
    for (const suffix of ["", "_SSL"])
      rmSync(files.var("userdata", account, `${fileNameOf(servername)}${suffix}`), { force: true });
    rmSync(files.certificateFolder(servername), { recursive: true, force: true });
  }
  state.zones.remove(domain);
  state.apache.requestRestart();
  await state.hooks.fire("Whostmgr", "ParkAdmin::unpark", "post", {
    user: account,
    domain,
    parent_domain: map.main_domain,
  });
}

/** One website's file, folder and first certificate. */
export function addWebsite(
  state: LabState,
  site: { account: string; servername: string; documentRoot: string },
): void {
  const { files } = state;
  const { account, servername, documentRoot } = site;
  const owner = files.account(account) ?? {};
  files.setWebsite(account, servername, {
    documentroot: documentRoot,
    group: account,
    hascgi: "0",
    homedir: files.home(account),
    ip: owner["IP"] ?? state.address,
    owner: owner["OWNER"] ?? "root",
    phpversion: "ea-php82",
    port: "80",
    serveradmin: `webmaster@${servername}`,
    serveralias: "",
    servername,
    usecanonicalname: "Off",
    user: account,
  });
  rewriteAliases(state, account, servername);
  const root = files.path(documentRoot);
  makeFolders(state, account, root);
  const page = `${root}/index.html`;
  if (!existsSync(page)) {
    writeFileSync(page, `<!DOCTYPE html><title>${servername}</title><h1>${servername}</h1>\n`);
    files.giveTo(page, account);
  }
  if (!state.switches.selfSignedOnCreate) return;
  const names = vhostsOf(files, account).find((vhost) => vhost.servername === servername)?.names ?? [
    servername,
  ];
  storeInstalled(files, servername, selfSigned(names, state.now()));
}

/** Names of a website beside its servername (spec §5.1). */
function rewriteAliases(state: LabState, account: string, servername: string): void {
  const { files, switches } = state;
  const map = files.domainMap(account);
  const mail = (name: string): string[] => (switches.mailAlias ? [`mail.${name}`] : []);
  const addons = Object.keys(map.addon_domains).filter((name) => map.addon_domains[name] === servername);
  const isMain = servername === map.main_domain;
  const bases = [...(isMain ? map.parked_domains : []), ...addons];
  const own = servername.startsWith("*") ? [] : [...(isMain ? mail(servername) : []), `www.${servername}`];
  const aliases = [...own, ...bases.flatMap((name) => [name, ...mail(name), `www.${name}`])].toSorted();
  const website = files.website(account, servername) ?? {};
  files.setWebsite(account, servername, { ...website, serveralias: aliases.join(" ") });
}

function makeFolders(state: LabState, account: string, path: string): void {
  if (existsSync(path)) return;
  makeFolders(state, account, path.slice(0, path.lastIndexOf("/")));
  mkdirSync(path, { mode: 0o755 });
  state.files.giveTo(path, account);
}
