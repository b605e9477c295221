import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PanelFiles } from "./panel-files.ts";

export interface HookResult {
  ok: boolean;
  /** stdout and stderr of every script, in order. */
  output: string;
}

/** A hook that hangs would hold the panel; the real one gives up as well. */
const longestRunMs = 20_000;

/**
 * Runs the scripts of an event as root from the three places, in the documented order (spec §1.7): all of them, even
 * after one failed, with the event's data and a path as their whole environment.
 */
export async function runHook(
  files: PanelFiles,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<HookResult> {
  const result: HookResult = { ok: true, output: "" };
  for (const script of scriptsOf(files, name)) {
    const { code, output } = await runScript(script, environment);
    result.output += output;
    if (code !== 0) result.ok = false;
  }
  return result;
}

function scriptsOf(files: PanelFiles, name: string): string[] {
  const custom = files.panel("scripts/custom");
  const plugins = files.panel("plugins");
  const candidates = [
    ...entriesOf(join(custom, name))
      .filter((entry) => entry.endsWith(".sh"))
      .map((entry) => join(custom, name, entry)),
    join(custom, `${name}.sh`),
    ...entriesOf(plugins).map((plugin) => join(plugins, plugin, "hooks", `${name}.sh`)),
  ];
  return candidates.filter((path) => existsSync(path) && (statSync(path).mode & 0o111) !== 0);
}

function entriesOf(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : [];
}

function runScript(
  path: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(path, [], {
      cwd: "/",
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: longestRunMs,
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (cause) => resolve({ code: 127, output: `${cause.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
