import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeLines } from "../common/text-files.ts";
import { unixUser } from "../common/unix-owner.ts";

import type { TaskRow } from "./records.ts";

export interface UnixIds {
  uid: number;
  gid: number;
}

/** Numbers of users and groups that this machine need not have. */
const usualIds = {
  psaadm: { uid: 8443, gid: 8443 },
  psaserv: { uid: 8444, gid: 8444 },
  psacln: { uid: 8445, gid: 8445 },
};
const firstSiteUid = 10_001;

/** Where things lie on the emulated server (spec plesk §1.1, §3.1, §7), and to whom they belong. */
export class ServerFiles {
  readonly rootDir: string;

  constructor(rootDir: string) {
    this.rootDir = rootDir;
    mkdirSync(this.path("etc"), { recursive: true });
    this.addSystemAccounts();
  }

  path(...parts: string[]): string {
    return join(this.rootDir, ...parts);
  }

  /** A place below `PRODUCT_ROOT`: `/opt/psa`, to which `/usr/local/psa` is a link, as on Debian. */
  psa(...parts: string[]): string {
    return this.path("opt/psa", ...parts);
  }

  certificateFile(name: string): string {
    return this.psa("var/certificates", name);
  }

  /** Home of a subscription, named after its main domain. */
  home(webspace: string): string {
    return this.path("var/www/vhosts", webspace);
  }

  systemFolder(site: string): string {
    return this.path("var/www/vhosts/system", site);
  }

  linkOnce(target: string, path: string): void {
    if (!existsSync(path)) symlinkSync(target, path);
  }

  /** Ids of a user of the emulated server: those of this machine where it has that user, else of `etc/passwd`. */
  user(name: string): UnixIds | undefined {
    const line = this.lines("etc/passwd").find((fields) => fields[0] === name);
    if (line === undefined) return undefined;
    return { uid: Number(line[2]), gid: Number(line[3]) };
  }

  /** Makes the system user of a subscription, primary group `psacln`. */
  addUser(name: string, home: string): UnixIds {
    const known = this.user(name);
    if (known !== undefined) return known;
    const taken = this.lines("etc/passwd").map((fields) => Number(fields[2]));
    const uid = Math.max(firstSiteUid - 1, ...taken.filter((id) => id < 60_000)) + 1;
    const { gid } = usualIds.psacln;
    this.append("etc/passwd", `${name}:x:${uid}:${gid}::${home}:/bin/false`);
    return { uid, gid };
  }

  /** Gives a file to a user of the emulated server; only root can, and elsewhere files keep their owner. */
  give(path: string, user: string, group?: "psaadm" | "psacln" | "psaserv"): void {
    if (process.getuid?.() !== 0) return;
    const owner = user === "root" ? { uid: 0, gid: 0 } : this.user(user);
    if (owner === undefined) return;
    chownSync(path, owner.uid, group === undefined ? owner.gid : (this.user(group)?.gid ?? owner.gid));
  }

  /** The crontab of psaadm: one line per active task of an extension (spec plesk §1.7). */
  writeCrontab(tasks: readonly TaskRow[]): void {
    const folder = this.path("var/spool/cron/crontabs");
    mkdirSync(folder, { recursive: true });
    const lines = tasks
      .filter((task) => task.active)
      .map(({ schedule, extension, cmd, arguments: words }) => {
        const script = `/opt/psa/admin/plib/modules/${extension}/scripts/${cmd}`;
        const said = [script, ...words].map((word) => `'${word}'`).join(" ");
        return `${schedule.join(" ")} /opt/psa/admin/bin/php -dauto_prepend_file=sdk.php ${said}`;
      });
    writeLines(`${folder}/psaadm`, lines, 0o600);
  }

  private lines(file: string): string[][] {
    return readFileSync(this.path(file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(":"));
  }

  private append(file: string, line: string): void {
    writeLines(this.path(file), [...this.lines(file).map((fields) => fields.join(":")), line]);
  }

  /** Fills in what a server with the panel has; below a root folder that is a whole machine's, that machine gets them. */
  private addSystemAccounts(): void {
    for (const file of ["etc/passwd", "etc/group"]) {
      if (!existsSync(this.path(file))) writeLines(this.path(file), []);
    }
    const names = (file: string): (string | undefined)[] => this.lines(file).map(([name]) => name);
    const accounts = { root: { uid: 0, gid: 0 }, ...usualIds };
    for (const [name, usual] of Object.entries(accounts)) {
      const { uid, gid } = unixUser(name) ?? usual;
      if (!names("etc/group").includes(name)) this.append("etc/group", `${name}:x:${gid}:`);
      if (names("etc/passwd").includes(name)) continue;
      const home = name === "root" ? "/root:/bin/bash" : "/opt/psa/admin:/bin/false";
      this.append("etc/passwd", `${name}:x:${uid}:${gid}::${home}`);
    }
  }
}
