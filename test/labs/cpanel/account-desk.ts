import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { domainToASCII } from "node:url";
import { removePassword, setPassword } from "../common/passwords.ts";
import { readLines, writeLines } from "../common/text-files.ts";
import { addWebsite, removeDomain } from "./domain-desk.ts";
import type { LabState } from "./lab-state.ts";
import { domainsOf } from "./server-files.ts";

export interface NewAccount {
  name: string;
  /** Main domain. */
  domain: string;
  /** Who made it: `root` or a reseller; `root` when absent. */
  owner?: string;
  /** Makes it a reseller with these ACLs; `[]` is a reseller without rights. */
  acls?: readonly string[];
  /** `<name>-Passw0rd` when absent. */
  password?: string;
  /** Features against the default of all on: `{ sslinstall: false }`. */
  features?: Readonly<Record<string, boolean>>;
  suspended?: boolean;
  demo?: boolean;
  locale?: string;
  email?: string;
  /** Address of its websites; the lab's own when absent. */
  ip?: string;
}

const firstUid = 2001;

/** `createacct` (spec §4.8): account, home, main domain with its zone and website. */
export async function addAccount(state: LabState, account: NewAccount): Promise<void> {
  const { files } = state;
  const { name } = account;
  const domain = domainToASCII(account.domain);
  if (!/^[a-z][a-z0-9]{0,15}$/.test(name)) throw new Error(`${name} cannot be the name of an account.`);
  if (files.account(name) !== undefined) throw new Error(`There is an account ${name} already.`);
  if (files.ownerOf(domain) !== undefined) throw new Error(`There is a domain ${domain} already.`);
  const owner = account.owner ?? "root";
  const data = { user: name, domain, owner, plan: "default", contactemail: account.email ?? "" };
  await state.hooks.fire("Whostmgr", "Accounts::Create", "pre", data);
  makeUser(state, name);
  files.setAccount(name, {
    BWLIMIT: "unlimited",
    CONTACTEMAIL: account.email ?? `${name}@example.net`,
    DEMO: account.demo === true ? "1" : "0",
    DNS: domain,
    FEATURELIST: "default",
    HASCGI: "1",
    IP: account.ip ?? state.address,
    LOCALE: account.locale ?? "en",
    OWNER: owner,
    PLAN: "default",
    RS: "jupiter",
    STARTDATE: String(Math.floor(state.now().getTime() / 1000)),
    USER: name,
    ...Object.fromEntries(
      Object.entries(account.features ?? {}).map(([feature, on]) => [
        `FEATURE-${feature.toUpperCase()}`,
        on ? "1" : "0",
      ]),
    ),
  });
  setPassword(files, name, account.password ?? `${name}-Passw0rd`);
  if (account.acls !== undefined) setResellerAcls(state, name, account.acls);
  files.setDomainMap(name, { main_domain: domain, addon_domains: {}, parked_domains: [], sub_domains: [] });
  addWebsite(state, { account: name, servername: domain, documentRoot: `${files.home(name)}/public_html` });
  state.zones.create(domain, {
    address: account.ip ?? state.address,
    hostName: state.hostName,
    now: state.now(),
  });
  if (account.suspended === true) files.setAccount(name, { SUSPENDED: "1", SUSPENDTIME: "1790000000" });
  state.apache.requestRestart();
  await state.hooks.fire("Whostmgr", "Accounts::Create", "post", data);
}

export async function removeAccount(state: LabState, name: string): Promise<void> {
  const { files } = state;
  if (files.account(name) === undefined) throw new Error(`There is no account ${name}.`);
  await state.hooks.fire("Whostmgr", "Accounts::Remove", "pre", { user: name });
  const map = files.domainMap(name);
  for (const domain of domainsOf(map)) state.zones.remove(domain);
  for (const servername of files.websitesOf(name)) {
    rmSync(files.certificateFolder(servername), { recursive: true, force: true });
  }
  rmSync(files.var("userdata", name), { recursive: true, force: true });
  rmSync(files.var("users", name), { force: true });
  rmSync(files.path(files.home(name)), { recursive: true, force: true });
  for (const list of ["passwd", "group"]) dropLine(files.path("etc", list), `${name}:`);
  dropLine(files.var("resellers"), `${name}:`);
  removePassword(files, name);
  files.rewriteOwners();
  state.apache.requestRestart();
  await state.hooks.fire("Whostmgr", "Accounts::Remove", "post", { user: name });
}

export async function suspendAccount(state: LabState, name: string, on: boolean): Promise<void> {
  if (state.files.account(name) === undefined) throw new Error(`There is no account ${name}.`);
  state.files.setAccount(name, { SUSPENDED: on ? "1" : undefined });
  state.apache.requestRestart();
  const event = on ? "Accounts::suspendacct" : "Accounts::unsuspendacct";
  await state.hooks.fire("Whostmgr", event, "post", { user: name, args: { user: name } });
}

/** `modifyacct` with a new name: the home moves, domains, keys and certificates stay (spec §1.8). */
export async function renameAccount(state: LabState, name: string, newName: string): Promise<void> {
  const { files } = state;
  const account = files.account(name);
  if (account === undefined) throw new Error(`There is no account ${name}.`);
  const data = { user: name, newuser: newName, domain: account["DNS"] ?? "" };
  await state.hooks.fire("Whostmgr", "Accounts::Modify", "pre", data);
  for (const list of ["etc/passwd", "etc/group", "etc/shadow", "var/cpanel/resellers"])
    renameLine(files.path(list), name, newName);
  renameSync(files.path(files.home(name)), files.path(files.home(newName)));
  renameSync(files.var("userdata", name), files.var("userdata", newName));
  renameSync(files.var("users", name), files.var("users", newName));
  files.setAccount(newName, { USER: newName });
  for (const servername of files.websitesOf(newName)) {
    const website = files.website(newName, servername) ?? {};
    const move = (path = ""): string => path.replace(`/home/${name}/`, `/home/${newName}/`);
    const changes = {
      user: newName,
      group: newName,
      homedir: files.home(newName),
      documentroot: move(website["documentroot"]),
    };
    files.setWebsite(newName, servername, { ...website, ...changes });
  }
  files.rewriteOwners();
  state.apache.requestRestart();
  await state.hooks.fire("Whostmgr", "Accounts::Modify", "post", data);
}

export { removeDomain };

export function setResellerAcls(state: LabState, name: string, acls: readonly string[]): void {
  const path = state.files.var("resellers");
  writeLines(path, [
    ...readLines(path).filter((line) => !line.startsWith(`${name}:`)),
    `${name}:${acls.join(",")}`,
  ]);
}

/** A user of the emulated server; its number alone is real, so nothing of the machine is touched. */
function makeUser(state: LabState, name: string): void {
  const { files } = state;
  const taken = readLines(files.path("etc/passwd")).map((line) => Number(line.split(":")[2]));
  const uid = Math.max(firstUid - 1, ...taken.filter((number) => number < 60_000)) + 1;
  const home = files.home(name);
  const passwd = files.path("etc/passwd");
  writeLines(passwd, [...readLines(passwd), `${name}:x:${uid}:${uid}::${home}:/bin/bash`]);
  writeLines(files.path("etc/group"), [...readLines(files.path("etc/group")), `${name}:x:${uid}:`]);
  for (const [folder, mode] of [
    ["", 0o711],
    ["public_html", 0o755],
    ["ssl", 0o700],
    [".cpanel", 0o700],
  ] as const) {
    const path = files.path(home, folder);
    mkdirSync(path, { recursive: true });
    chmodSync(path, mode);
    if (process.getuid?.() === 0) files.giveToUid(path, uid);
  }
}

function dropLine(path: string, start: string): void {
  writeLines(
    path,
    readLines(path).filter((line) => !line.startsWith(start)),
  );
}

function renameLine(path: string, name: string, newName: string): void {
  writeLines(
    path,
    readLines(path).map((line) =>
      line.startsWith(`${name}:`)
        ? `${newName}${line.slice(name.length)}`.replace(`/home/${name}:`, `/home/${newName}:`)
        : line,
    ),
  );
}
