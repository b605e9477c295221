import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readText, writeText } from "../common/text-files.ts";
import type { ServerFiles } from "./server-files.ts";

interface StoredToken {
  name: string;
  digest: string;
  createTime: number;
  expiresAt: number | null;
  /** ACLs of a WHM token; null for all that its owner has. */
  acls: string[] | null;
}

export type TokenService = "cpanel" | "whostmgr";

/** API tokens, as digests in files only root reads (spec §4.1). */
export class ApiTokens {
  private readonly files: ServerFiles;
  private readonly now: () => Date;

  constructor(files: ServerFiles, now: () => Date) {
    this.files = files;
    this.now = now;
  }

  create(
    service: TokenService,
    owner: string,
    name: string,
    options: { acls?: readonly string[]; expiresAt?: number },
  ): { token: string; createTime: number } {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const token = [...randomBytes(32)].map((byte) => alphabet[byte % alphabet.length]).join("");
    const createTime = Math.floor(this.now().getTime() / 1000);
    const stored = {
      name,
      digest: digest(token),
      createTime,
      expiresAt: options.expiresAt ?? null,
      acls: options.acls === undefined ? null : [...options.acls],
    };
    this.save(service, owner, [...this.read(service, owner).filter((one) => one.name !== name), stored]);
    return { token, createTime };
  }

  has(service: TokenService, owner: string, name: string): boolean {
    return this.read(service, owner).some((one) => one.name === name);
  }

  list(service: TokenService, owner: string): Record<string, unknown>[] {
    return this.read(service, owner).map(({ name, createTime, expiresAt }) => ({
      name,
      create_time: createTime,
      expires_at: expiresAt,
      has_full_access: 1,
    }));
  }

  revoke(service: TokenService, owner: string, name: string): boolean {
    const left = this.read(service, owner).filter((one) => one.name !== name);
    const found = left.length < this.read(service, owner).length;
    this.save(service, owner, left);
    return found;
  }

  /** ACLs of a good token (null: no bound); undefined for any other text. */
  check(service: TokenService, owner: string, token: string): { acls: string[] | null } | undefined {
    const now = this.now().getTime() / 1000;
    const found = this.read(service, owner).find((one) => one.digest === digest(token));
    return found === undefined || (found.expiresAt !== null && found.expiresAt <= now)
      ? undefined
      : { acls: found.acls };
  }

  private read(service: TokenService, owner: string): StoredToken[] {
    if (!/^[a-z][a-z0-9]*$/.test(owner)) return [];
    return JSON.parse(readText(this.path(service, owner)) ?? "[]") as StoredToken[];
  }

  private save(service: TokenService, owner: string, tokens: readonly StoredToken[]): void {
    mkdirSync(this.files.var("authn", service), { recursive: true, mode: 0o700 });
    writeText(this.path(service, owner), JSON.stringify(tokens), 0o600);
  }

  private path(service: TokenService, owner: string): string {
    return this.files.var("authn", service, `${owner}.json`);
  }
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
