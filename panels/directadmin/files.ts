import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";

/** Lines of `key=value`, as the panel writes all its settings. */
export type Conf = ReadonlyMap<string, string>;

/**
 * The panel's own files, for looking only (spec directadmin §3.2, §3.6). They lie in folders of the panel's user that no
 * hosting account can write. What is changed, the panel's API changes, with its locks and hooks.
 */
export class PanelFiles {
  readonly rootDir: string;
  readonly home: string;

  constructor(rootDir: string) {
    this.rootDir = rootDir;
    this.home = join(rootDir, "usr/local/directadmin");
  }

  get command(): string {
    return join(this.home, "directadmin");
  }

  get taskQueue(): string {
    return join(this.home, "data/task.queue");
  }

  /** Throws `panel-unreachable` when there is no such panel here. */
  panelConf(): Conf {
    const conf = this.read(join(this.home, "conf/directadmin.conf"));
    if (conf !== null) return conf;
    throw new CodedError("panel-unreachable", { detail: `no directadmin.conf under ${this.home}/conf` });
  }

  /** The panel's own certificate, leaf and chain in PEM; null when it has none. */
  hostCertificate(): { certificateFile: string; keyFile: string } | null {
    const conf = this.panelConf();
    const certificateFile = join(
      this.rootDir,
      conf.get("cacert") ?? "/usr/local/directadmin/conf/cacert.pem",
    );
    const keyFile = join(this.rootDir, conf.get("cakey") ?? "/usr/local/directadmin/conf/cakey.pem");
    return existsSync(certificateFile) && existsSync(keyFile) ? { certificateFile, keyFile } : null;
  }

  /** Throws `panel-unreachable` when there is no such panel here. */
  accountNames(): string[] {
    return folders(join(this.home, "data/users"))
      .filter((entry) => entry.isDirectory() && accountName.test(entry.name))
      .map(({ name }) => name)
      .sort();
  }

  /** Null: there is no such account. */
  userConf(account: string): Conf | null {
    return accountName.test(account) ? this.read(join(this.userDir(account), "user.conf")) : null;
  }

  domains(account: string): string[] {
    return this.lines(join(this.userDir(account), "domains.list"));
  }

  domainConf(account: string, domain: string): Conf | null {
    return this.read(this.domainFile(account, domain, ".conf"));
  }

  /** Labels only, e.g. `shop`. */
  subdomains(account: string, domain: string): string[] {
    return this.lines(this.domainFile(account, domain, ".subdomains"));
  }

  /** Name to `alias` (same site) or `pointer` (redirect). */
  pointers(account: string, domain: string): Conf {
    return this.read(this.domainFile(account, domain, ".pointers")) ?? new Map();
  }

  addresses(account: string, domain: string): string[] {
    return this.lines(this.domainFile(account, domain, ".ip_list"));
  }

  /** A part of a host's certificate, e.g. `.cert`, `.cacert`, `.key`; null when it is not there. */
  certificatePart(account: string, host: string, extension: string): string | null {
    return readOrNull(this.domainFile(account, host, extension));
  }

  hasOwnCertificate(account: string, host: string): boolean {
    return existsSync(this.domainFile(account, host, ".cert"));
  }

  /** The mark by which the panel's ACME engine knows its own certificates (spec directadmin §4.5). */
  acmeMark(account: string, host: string): string {
    return this.domainFile(account, host, ".cert.creation_time");
  }

  homeDir(account: string): string {
    return join(this.rootDir, "home", account);
  }

  /** The Unix user that owns the account's home. */
  homeOwner(account: string): { uid: number; gid: number } {
    const { uid, gid } = statSync(this.homeDir(account));
    return { uid, gid };
  }

  private userDir(account: string): string {
    return join(this.home, "data/users", account);
  }

  private domainFile(account: string, host: string, extension: string): string {
    if (!accountName.test(account) || !hostFile.test(host)) {
      throw new CodedError("vhost-unknown", { detail: host.slice(0, 100) });
    }
    return join(this.userDir(account), "domains", `${host}${extension}`);
  }

  private lines(path: string): string[] {
    return (readOrNull(path) ?? "")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }

  private read(path: string): Conf | null {
    const text = readOrNull(path);
    if (text === null) return null;
    const pairs = text.split("\n").flatMap((line): [string, string][] => {
      const equals = line.indexOf("=");
      return equals < 1 || line.startsWith("#")
        ? []
        : [[line.slice(0, equals).trim(), line.slice(equals + 1).trim()]];
    });
    return new Map(pairs);
  }
}

const accountName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const hostFile = /^[A-Za-z0-9_*][A-Za-z0-9._-]{0,252}$/;

function folders(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new CodedError(missing ? "panel-unreachable" : "panel-fault", {
      cause,
      detail: `${path} can't be read`,
    });
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new CodedError("panel-fault", { cause, detail: `${path} can't be read` });
  }
}
