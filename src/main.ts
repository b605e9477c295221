import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { panelKinds } from "../panels/index.ts";
import { takeInheritedSockets } from "./agent/inherited-sockets.ts";
import { type Role, runRole } from "./agent/run-role.ts";
import { runCli } from "./cli/cli.ts";
import type { ServerTools } from "./cli/server-commands.ts";
import { stayAwake, systemClock } from "./clock.ts";
import type { Log, LogOptions } from "./logging.ts";
import type { Settings } from "./settings.ts";
import { places } from "./setup/places.ts";
import type { SetupTools } from "./setup/setup.ts";

const version = readVersion();
const sockets = takeInheritedSockets(process.env, process.pid);
const read = async (configFile: string): Promise<Settings> =>
  (await import("./settings.ts")).readSettings(configFile, panelKinds);

// Each role loads what it needs when it begins: a command that only asks the running service starts in no time.
process.exitCode = await runCli(process.argv.slice(2), {
  version,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  readSettings: read,
  async openOwnAgent(settings) {
    becomeOwnerOf(settings.stateDir);
    const { startAgent } = await import("./agent/agent.ts");
    const { operations, stop } = await startAgent({
      settings,
      version,
      log: await quietLog(settings),
      role: "command",
    });
    return { operations, close: stop };
  },
  runAgent: (configFile) =>
    run(configFile, async (settings, log) => {
      const { startAgent } = await import("./agent/agent.ts");
      const agent = await startAgent({ settings, configFile, version, log, sockets, role: "service" });
      return { reload: agent.reload, stop: agent.stop, over: agent.outdated.then(() => "again" as const) };
    }),
  runExecutor: (configFile) =>
    run(
      configFile,
      async (settings, log) => {
        const { startExecutor } = await import("./agent/executor.ts");
        const { over, ...executor } = await startExecutor({ settings, configFile, log, sockets });
        return { ...executor, over: over.then(() => "end" as const) };
      },
      // Root writes no file in a folder of the service's: that one could put a link in its place, and could not rotate root's.
      "output",
    ),
  runIntake: (configFile) =>
    run(configFile, async (settings, log) => {
      const { startIntake } = await import("./agent/intake.ts");
      const { reload, stop } = await startIntake({ settings, log, sockets });
      return { reload, stop, over: untilTold() };
    }),
  runGateway: (configFile) =>
    run(configFile, async (settings, log) => {
      const { startGateway } = await import("./agent/gateway.ts");
      const { stop } = await startGateway({ settings, version, log });
      const sleepAgain = stayAwake();
      return {
        reload: () => undefined,
        stop: () => stop().finally(sleepAgain),
        over: untilTold(),
      };
    }),
  openFleet: async () => (await import("./agent/fleet-tools.ts")).createFleetTools(),
  server: serverTools(),
  async exportSupport(out, facts) {
    const { exportSupport } = await import("./support/export-support.ts");
    return exportSupport(out, { ...facts, version });
  },
});

/** A role that ends only when it is told to. */
function untilTold(): Promise<"end"> {
  return new Promise(() => undefined);
}

/** Runs one of the long-running parts in this process; a socket that was handed over has somebody who starts it again. */
async function run(
  configFile: string,
  start: (settings: Settings, log: Log) => Promise<Role>,
  logTo: "settings" | "output" = "settings",
): Promise<number> {
  const { endOnUnforeseen } = await import("./last-resort.ts");
  await runRole(
    {
      readSettings: () => read(configFile),
      async openLog(settings) {
        endOnUnforeseen(logOptions(settings, logTo));
        return logOf(settings, logTo);
      },
      begun: optimiseFromNowOn,
      startedAgain: sockets.size > 0,
    },
    start,
  );
  return 0;
}

/**
 * The launcher starts the runtime without its compilers: all they would find to do is the loading of some hundred modules, once,
 * and they take 10 MB. From here on they may compile what is used a lot (docs/decisions/0009).
 */
function optimiseFromNowOn(): void {
  for (const compiler of ["--sparkplug", "--maglev", "--turbofan"]) setFlagsFromString(compiler);
}

function serverTools(): ServerTools {
  const tools: SetupTools = {
    clock: systemClock,
    async tryCa(settings, password) {
      const { tryConfiguredCa } = await import("./agent/try-ca.ts");
      await tryConfiguredCa(settings, password, version, systemClock);
    },
  };
  const awake = async <T>(work: Promise<T>): Promise<T> => {
    const sleepAgain = stayAwake();
    return work.finally(sleepAgain);
  };
  return {
    async setUp(answers) {
      const { setUp } = await import("./setup/setup.ts");
      const { restartServices } = await import("./setup/services.ts");
      const { untilHealthy } = await import("./setup/health.ts");
      return awake(
        (async () => {
          const report = await setUp(answers, tools);
          await restartServices();
          // Whoever reads that all is set up goes on to the self-test.
          await untilHealthy(null, systemClock);
          return report;
        })(),
      );
    },
    async currentAccount() {
      try {
        return (await read(places.configFile)).ca;
      } catch {
        // Before the first setup there is nothing to offer.
        const { caAddresses } = await import("./setup/ca-account.ts");
        return { username: null, baseUrl: caAddresses.live };
      }
    },
    async install(source) {
      const { installPackage } = await import("./setup/install.ts");
      return awake(installPackage(source, tools));
    },
    async use(wanted) {
      const { useVersion } = await import("./setup/install.ts");
      return awake(useVersion(wanted, tools));
    },
    async renewHostCertificate(configFile) {
      const { renewHostCertificate } = await import("./setup/setup.ts");
      return renewHostCertificate(await read(configFile));
    },
    async describePurge() {
      return (await import("./setup/uninstall.ts")).describePurge();
    },
    async uninstall(purge) {
      return (await import("./setup/uninstall.ts")).uninstallPackage(purge);
    },
  };
}

/** Root does not touch the service's store as root: what it left there could not be read by the service any more. */
function becomeOwnerOf(folder: string): void {
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner === undefined || owner.uid === 0 || process.getuid?.() !== 0) return;
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
}

async function logOf(settings: Settings, to: "settings" | "output"): Promise<Log> {
  const { createLog } = await import("./logging.ts");
  return createLog(logOptions(settings, to));
}

function logOptions({ log }: Settings, to: "settings" | "output"): LogOptions {
  return { ...log, file: to === "settings" ? log.file : null, now: () => systemClock.now() };
}

/** A command prints its result; what happens on the way goes to the log file, when there is one. */
async function quietLog(settings: Settings): Promise<Log> {
  const { createLog } = await import("./logging.ts");
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
