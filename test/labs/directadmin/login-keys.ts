import { createHash, randomBytes } from "node:crypto";

export interface LoginKey {
  readonly name: string;
  readonly owner: string;
  readonly digest: string;
  /** Commands it may be used for, `CMD_API_SSL` or `domain-tls`; undefined for all. */
  readonly commands: readonly string[] | undefined;
  readonly expires: Date | undefined;
  readonly addresses: readonly string[];
}

/** Keys that stand in for a password (spec §3.1). They are kept in memory: a restarted panel has none. */
export class LoginKeys {
  private keys: LoginKey[] = [];

  create(
    owner: string,
    options: {
      name?: string;
      secret?: string;
      commands?: readonly string[];
      expires?: Date;
      addresses?: string[];
    },
  ): { key: LoginKey; secret: string } {
    const secret = options.secret ?? randomBytes(24).toString("base64url");
    const key: LoginKey = {
      name: options.name ?? `key-${randomBytes(4).toString("hex")}`,
      owner,
      digest: digest(secret),
      commands: options.commands,
      expires: options.expires,
      addresses: options.addresses ?? [],
    };
    this.keys.push(key);
    return { key, secret };
  }

  /** The account's key with this secret, when it may be used now and from there. */
  find(owner: string, secret: string, now: Date, address: string): LoginKey | undefined {
    const wanted = digest(secret);
    return this.keys.find(
      (key) =>
        key.owner === owner &&
        key.digest === wanted &&
        (key.expires === undefined || key.expires > now) &&
        (key.addresses.length === 0 || key.addresses.includes(address)),
    );
  }

  of(owner: string): LoginKey[] {
    return this.keys.filter((key) => key.owner === owner);
  }

  remove(owner: string, name: string): boolean {
    const before = this.keys.length;
    this.keys = this.keys.filter((key) => key.owner !== owner || key.name !== name);
    return this.keys.length < before;
  }
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
