import { existsSync, mkdirSync } from "node:fs";
import { readText, removeFile, writeText } from "../common/text-files.ts";
import { giveToOwnerOf } from "../common/unix-owner.ts";
import type { ServerFiles } from "./server-files.ts";

export type StoredKind = "certs" | "keys" | "csrs";

export interface StoredItem {
  readonly id: string;
  readonly pem: string;
  readonly friendlyName: string;
  /** Seconds. */
  readonly created: number;
}

interface IndexEntry {
  friendly_name: string;
  created: number;
}

const suffix = { certs: "crt", keys: "key", csrs: "csr" } as const;

/** The account's SSL storage `~/ssl` with its index `ssl.db` (spec §4.9, §5.2). */
export class Storage {
  private readonly files: ServerFiles;
  private readonly account: string;

  constructor(files: ServerFiles, account: string) {
    this.files = files;
    this.account = account;
  }

  list(kind: StoredKind): StoredItem[] {
    return Object.entries(this.index()[kind]).flatMap(([id, entry]) => {
      const pem = readText(this.pathOf(kind, id));
      if (pem === undefined) return [];
      return [{ id, pem, friendlyName: entry.friendly_name, created: entry.created }];
    });
  }

  find(kind: StoredKind, name: string): StoredItem | undefined {
    return this.list(kind).find((item) => item.id === name || item.friendlyName === name);
  }

  save(kind: StoredKind, id: string, pem: string, options: { friendlyName: string; now: Date }): StoredItem {
    const index = this.index();
    const entry = index[kind][id] ?? {
      friendly_name: options.friendlyName,
      created: Math.floor(options.now.getTime() / 1000),
    };
    index[kind][id] = entry;
    this.write(this.pathOf(kind, id), pem);
    this.write(this.home("ssl/ssl.db"), JSON.stringify(index));
    return { id, pem, friendlyName: entry.friendly_name, created: entry.created };
  }

  remove(kind: StoredKind, id: string): void {
    const index = this.index();
    delete index[kind][id];
    removeFile(this.pathOf(kind, id));
    this.write(this.home("ssl/ssl.db"), JSON.stringify(index));
  }

  private index(): Record<StoredKind, Record<string, IndexEntry>> {
    const text = readText(this.home("ssl/ssl.db"));
    return { certs: {}, keys: {}, csrs: {}, ...(text === undefined ? {} : JSON.parse(text)) };
  }

  private home(...parts: string[]): string {
    return this.files.path(this.files.home(this.account), ...parts);
  }

  private pathOf(kind: StoredKind, id: string): string {
    return this.home("ssl", kind, `${id}.${suffix[kind]}`);
  }

  private write(path: string, text: string): void {
    for (const folder of ["ssl", "ssl/certs", "ssl/keys", "ssl/csrs"]) {
      if (existsSync(this.home(folder))) continue;
      mkdirSync(this.home(folder), { recursive: true, mode: 0o700 });
      giveToOwnerOf(this.home(folder), this.home());
    }
    writeText(path, text, 0o600);
    giveToOwnerOf(path, this.home());
  }
}
