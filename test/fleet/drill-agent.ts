import { writeSync } from "node:fs";
import { join } from "node:path";
import { dieAt } from "../proof/die-at.ts";
import { fastClock } from "../proof/fast-clock.ts";
import { MovableClock } from "./movable-clock.ts";

/*
 * A server's agent as its own process: `drill-agent.ts CONFIG PANEL-SOCKET MACHINE FACTOR TIME-FILE [POINT [TIMES]]`. Its panel
 * is behind a socket, as the root side is in production, so that it may be killed at any moment and the panel stays. Its clock
 * runs FACTOR times as fast as the real one and is as far ahead as TIME-FILE says. It is killed by SIGKILL when it passes POINT
 * for the TIMES-th time. Prints a line when it is ready.
 */
// The compiled program, as it ships: compiling at every start would measure the compiler.
const built = (name: string): Promise<unknown> => import(join(import.meta.dirname, "../../build/src", name));
const { startAgent } = (await built("agent/agent.js")) as typeof import("../../src/agent/agent.ts");
const { createRemotePanel } = (await built(
  "executor/remote-panel.js",
)) as typeof import("../../src/executor/remote-panel.ts");
const { onCrashPoint } = (await built("crash-point.js")) as typeof import("../../src/crash-point.ts");
const { createLog } = (await built("logging.js")) as typeof import("../../src/logging.ts");
const { readSettings } = (await built("settings.js")) as typeof import("../../src/settings.ts");

const [config = "", socket = "", machineId = "", factor = "1", timeFile = "", point, times] =
  process.argv.slice(2);
dieAt(onCrashPoint, point, times);
const settings = readSettings(config, ["fake"]);
const clock = new MovableClock(fastClock(Number(factor)), timeFile);
const agent = await startAgent({
  settings,
  clock,
  version: "drill",
  log: createLog({ ...settings.log, now: () => clock.now() }),
  panel: {
    panel: createRemotePanel("fake", socket),
    host: { readPageRequest: () => Promise.reject(new Error("nobody looks at pages here")) },
  },
  machineId,
  role: "service",
});
process.once("SIGTERM", () => {
  agent.stop().then(() => process.exit(0));
});
writeSync(1, `${JSON.stringify({ ready: true })}\n`);
