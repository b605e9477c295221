import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/**
 * Makes a panel's archive as `scripts/package` does, of what is built already and from another folder; `more`: its further
 * options. Returns what it printed.
 */
export function pack(panel: string, out: string, ...more: string[]): string {
  const args = [join(root, "scripts/packing/main.ts"), panel, "--out", out, ...more];
  return execFileSync(join(root, "node_modules/.bin/node"), args, { encoding: "utf8", cwd: "/" });
}
