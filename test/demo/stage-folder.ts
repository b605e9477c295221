import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopRole } from "./program.ts";

/** A folder with everything that runs in it, and its end: the program's roles first, then the world around them, latest first. */
export interface StageFolder {
  readonly folder: string;
  readonly roles: ChildProcess[];
  readonly closers: (() => Promise<unknown>)[];
  close(): Promise<void>;
}

export function openStageFolder(prefix: string): StageFolder {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  const roles: ChildProcess[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  return {
    folder,
    roles,
    closers,
    async close() {
      for (const role of roles.reverse()) await stopRole(role);
      for (const one of closers.reverse()) await one();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
