import { readFileSync } from "node:fs";
import { join } from "node:path";
import { panelKinds } from "../panels/index.ts";
import { startAgent } from "./agent/agent.ts";
import { startExecutor } from "./agent/executor.ts";
import { runCli } from "./cli/cli.ts";
import { systemClock } from "./clock.ts";
import { createLog } from "./logging.ts";
import { readSettings, type Settings } from "./settings.ts";

const version = readVersion();

process.exitCode = await runCli(process.argv.slice(2), {
  version,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  readSettings: (path) => readSettings(path, panelKinds),
  openOwnAgent: (settings) =>
    startAgent({ settings, version, log: quietLog(settings), role: "command" }).then(
      ({ operations, stop }) => ({
        operations,
        close: stop,
      }),
    ),
  runAgent: (settings) =>
    runRole(() => startAgent({ settings, version, log: logOf(settings), role: "service" })),
  runExecutor: (settings) => runRole(() => startExecutor(settings, logOf(settings))),
});

interface Role {
  reload(): void;
  stop(): Promise<void>;
}

/** Runs until SIGTERM or SIGINT; SIGHUP reads certificates again. */
async function runRole(start: () => Promise<Role>): Promise<number> {
  const role = await start();
  process.on("SIGHUP", () => role.reload());
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  await role.stop();
  return 0;
}

function logOf({ log }: Settings): ReturnType<typeof createLog> {
  return createLog({ ...log, now: () => systemClock.now() });
}

/** A command prints its result; what happens on the way goes to the log file, when there is one. */
function quietLog(settings: Settings): ReturnType<typeof createLog> {
  return createLog({
    level: settings.log.file === null ? "error" : settings.log.level,
    file: settings.log.file,
    now: () => systemClock.now(),
  });
}

function readVersion(): string {
  // From the sources it is one folder up, compiled it lies in build/src.
  for (const place of ["..", "../.."]) {
    try {
      const { version: found } = JSON.parse(
        readFileSync(join(import.meta.dirname, place, "package.json"), "utf8"),
      );
      return String(found);
    } catch {
      // The other place has it.
    }
  }
  return "unknown";
}
