import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { dieAt } from "./die-at.ts";
import { fastClock } from "./fast-clock.ts";

/*
 * The agent as a process that dies where it is told: `crash-agent.ts CONFIG FACTOR [POINT [TIMES]]`. It is killed by
 * SIGKILL when it passes POINT for the TIMES-th time. Prints one JSON line when it is ready.
 */
// The compiled program, as it ships: compiling at every start would measure the compiler.
const built = (name: string): Promise<unknown> => import(join(import.meta.dirname, "../../build", name));
const { startAgent } = (await built("src/agent/agent.js")) as typeof import("../../src/agent/agent.ts");
const { runRole } = (await built("src/agent/run-role.js")) as typeof import("../../src/agent/run-role.ts");
const { onCrashPoint } = (await built("src/crash-point.js")) as typeof import("../../src/crash-point.ts");
const { createLog } = (await built("src/logging.js")) as typeof import("../../src/logging.ts");
const { readSettings } = (await built("src/settings.js")) as typeof import("../../src/settings.ts");
const { panelKinds } = (await built("panels/index.js")) as typeof import("../../panels/index.ts");

const [config = "", factor = "1", point, times] = process.argv.slice(2);
dieAt(onCrashPoint, point, times);
const clock = fastClock(Number(factor));
await runRole(
  {
    readSettings: async () => readSettings(config, panelKinds),
    openLog: async (settings) => createLog({ ...settings.log, now: () => clock.now() }),
    begun() {
      writeSync(1, `${JSON.stringify({ ready: true })}\n`);
      // Most lives end without a word; what was compiled for this one serves the next.
      flushCompileCache();
    },
    startedAgain: false,
  },
  async (settings, log) => {
    const agent = await startAgent({
      settings,
      configFile: config,
      version: "crash-test",
      log,
      clock,
      role: "service",
    });
    return { reload: agent.reload, stop: agent.stop, over: agent.outdated.then(() => "again" as const) };
  },
);
process.exit(0);
