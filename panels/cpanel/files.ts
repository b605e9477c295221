import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { UnixOwner } from "../unix-owner.ts";

/** Lines of `KEY=value`. */
export type Conf = ReadonlyMap<string, string>;

/**
 * The few files of the panel that are read, for looking only (spec cpanel §4.8): what the API would tell as well, but not
 * for all accounts at once. They lie in folders that no hosting account can write.
 */
export class PanelFiles {
  readonly rootDir: string;
  private readonly home: string;

  constructor(rootDir: string) {
    this.rootDir = rootDir;
    this.home = join(rootDir, "usr/local/cpanel");
  }

  /** The command that runs the account's API. */
  get uapi(): string {
    return join(this.home, "bin/uapi");
  }

  /** The command that runs the server's API. */
  get whmapi1(): string {
    return join(this.home, "bin/whmapi1");
  }

  /** The one file that is written: what `own-exclusions.ts` keeps, beside the hooks. */
  get ownExclusions(): string {
    return join(this.rootDir, "var/cpanel/xolphin_ssl/autossl_excluded");
  }

  /** Throws `panel-unreachable` when there is no such panel here. */
  version(): string {
    const version = readOrNull(join(this.home, "version"))?.trim();
    if (version !== undefined && version !== "") return version;
    throw new CodedError("panel-unreachable", { detail: `no version file under ${this.home}` });
  }

  /** Settings of the server; empty when there is no such file. */
  serverConf(): Conf {
    return readConf(join(this.rootDir, "var/cpanel/cpanel.config")) ?? new Map();
  }

  /** What the panel keeps about an account; null when it keeps nothing. */
  accountConf(account: string): Conf | null {
    return accountName.test(account) ? readConf(join(this.rootDir, "var/cpanel/users", account)) : null;
  }

  /** Resellers with their rights (spec cpanel §2.8). */
  resellers(): ReadonlyMap<string, readonly string[]> {
    const lines = (readOrNull(join(this.rootDir, "var/cpanel/resellers")) ?? "").split("\n");
    return new Map(
      lines.flatMap((line): [string, string[]][] => {
        const colon = line.indexOf(":");
        if (colon < 1) return [];
        return [
          [
            line.slice(0, colon).trim(),
            line
              .slice(colon + 1)
              .split(",")
              .map((acl) => acl.trim()),
          ],
        ];
      }),
    );
  }

  /** The certificate of the panel itself, leaf, chain and key in one file (spec cpanel §4.1); null when there is none. */
  hostCertificate(): { certificateFile: string; keyFile: string } | null {
    const found = ["mycpanel.pem", "cpanel.pem"]
      .map((name) => join(this.rootDir, "var/cpanel/ssl/cpanel", name))
      .find((path) => existsSync(path));
    return found === undefined ? null : { certificateFile: found, keyFile: found };
  }

  /** Where a path of the panel's answers lies on this machine. */
  onThisMachine(path: string): string {
    return path.startsWith(`${this.rootDir}/`) && this.rootDir !== "/" ? path : join(this.rootDir, path);
  }

  /** The Unix user that owns a home; null when it belongs to root, as which nothing is ever written there. */
  homeOwner(home: string): UnixOwner | null {
    try {
      const { uid, gid } = statSync(this.onThisMachine(home));
      return uid === 0 || gid === 0 ? null : { uid, gid };
    } catch (cause) {
      throw new CodedError("panel-fault", { cause, detail: `the home ${home} can't be looked at` });
    }
  }
}

/** Names of accounts as the panel makes them; nothing else ever becomes part of a path or argument. */
export const accountName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function readConf(path: string): Conf | null {
  const text = readOrNull(path);
  if (text === null) return null;
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const equals = line.indexOf("=");
      return equals < 1 || line.startsWith("#")
        ? []
        : [[line.slice(0, equals).trim(), line.slice(equals + 1).trim()]];
    }),
  );
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new CodedError("panel-fault", { cause, detail: `${path} can't be read` });
  }
}
