import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Step } from "./power-recording.ts";

type Change = Extract<Step, { kind: "write" | "truncate" }>;
type Content = { readonly folder: boolean; bytes: Buffer; length: number; readonly open: Change[] };
type Naming =
  | { readonly path: string; readonly content: Content }
  | { readonly path: string; readonly to: string; readonly content: Content }
  | { readonly path: string; readonly content: null };

/** What of all that was not synced reached the disk nevertheless: it is asked in the order in which it was done. */
export interface Luck {
  /** Null: nothing of it. */
  change(change: Change): Change | null;
  /** That a file is there, has another name, or is gone. */
  naming(): boolean;
}

/**
 * A disk that forgets. What was written into a file is there for sure when the file was synced; that it has its name, when its
 * folder was. (POSIX promises no more, https://pubs.opengroup.org/onlinepubs/9799919799/functions/fsync.html; many file
 * systems do.)
 */
export class ForgetfulDisk {
  /** Files and folders by the names that programs see. */
  private readonly seen = new Map<string, Content>();
  /** And by those that are there for sure. */
  private readonly kept = new Map<string, Content>();
  /** Names given and taken since the folder was synced, by folder. */
  private readonly open = new Map<string, Naming[]>();

  carryOut(step: Step): void {
    switch (step.kind) {
      case "create":
        if (!this.seen.has(step.path)) this.give(step.path, false);
        return;
      case "mkdir":
        if (step.path !== ".") this.give(step.path, true);
        return;
      case "write":
      case "truncate":
        this.seen.get(step.path)?.open.push(step);
        return;
      case "rename": {
        const content = this.seen.get(step.path);
        if (content === undefined) return;
        this.name({ path: step.path, to: step.to, content });
        this.seen.delete(step.path);
        this.seen.set(step.to, content);
        return;
      }
      case "remove":
        this.name({ path: step.path, content: null });
        this.seen.delete(step.path);
        return;
      case "sync":
        this.sync(step.path);
    }
  }

  /** Loses power, and leaves in `folder` what is then on the disk. */
  loseAllBut(luck: Luck, folder: string): void {
    const names = new Map(this.kept);
    for (const naming of [...this.open.values()].flat()) if (luck.naming()) apply(names, naming);
    mkdirSync(folder, { mode: 0o700 });
    const paths = [...names.keys()].sort((one, other) => one.length - other.length);
    for (const path of paths) {
      const parent = dirname(path);
      const content = names.get(path) as Content;
      if (parent !== "." && !names.has(parent)) continue;
      if (content.folder) mkdirSync(join(folder, path), { mode: 0o700 });
      else writeFileSync(join(folder, path), contentAfter(content, luck), { mode: 0o600 });
    }
  }

  private give(path: string, folder: boolean): void {
    const content: Content = { folder, bytes: Buffer.alloc(0), length: 0, open: [] };
    this.seen.set(path, content);
    this.name({ path, content });
  }

  private name(naming: Naming): void {
    const folder = dirname(naming.path);
    this.open.set(folder, [...(this.open.get(folder) ?? []), naming]);
  }

  private sync(path: string): void {
    const content = this.seen.get(path);
    if (content !== undefined && !content.folder) {
      for (const change of content.open.splice(0)) write(content, change);
    } else {
      for (const naming of this.open.get(path) ?? []) apply(this.kept, naming);
      this.open.delete(path);
    }
  }
}

function apply(names: Map<string, Content>, naming: Naming): void {
  if (naming.content === null || "to" in naming) names.delete(naming.path);
  if (naming.content !== null) names.set("to" in naming ? naming.to : naming.path, naming.content);
}

function contentAfter({ bytes, length, open }: Content, luck: Luck): Buffer {
  const after = { bytes: Buffer.from(bytes.subarray(0, length)), length };
  for (const change of open) {
    const arrived = luck.change(change);
    if (arrived !== null) write(after, arrived);
  }
  return after.bytes.subarray(0, after.length);
}

/** Where nothing was ever written, zeros are read. */
function write(content: { bytes: Buffer; length: number }, change: Change): void {
  if (change.kind === "truncate") {
    content.bytes.fill(0, change.length);
    content.length = change.length;
    reserve(content, change.length);
    return;
  }
  const end = change.offset + change.bytes.length;
  reserve(content, end);
  change.bytes.copy(content.bytes, change.offset);
  content.length = Math.max(content.length, end);
}

function reserve(content: { bytes: Buffer }, length: number): void {
  if (length <= content.bytes.length) return;
  const larger = Buffer.alloc(Math.max(length, 2 * content.bytes.length));
  content.bytes.copy(larger);
  content.bytes = larger;
}
