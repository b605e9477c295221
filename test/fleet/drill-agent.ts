import { writeSync } from "node:fs";
import { join } from "node:path";

/*
 * A server's agent as its own process: `drill-agent.ts CONFIG PANEL-SOCKET MACHINE`. Its panel is behind a socket, as the root
 * side is in production, so that it may be killed at any moment and the panel stays. Prints a line when it is ready.
 */
// The compiled program, as it ships: compiling at every start would measure the compiler.
const built = (name: string): Promise<unknown> => import(join(import.meta.dirname, "../../build/src", name));
const { startAgent } = (await built("agent/agent.js")) as typeof import("../../src/agent/agent.ts");
const { createRemotePanel } = (await built(
  "executor/remote-panel.js",
)) as typeof import("../../src/executor/remote-panel.ts");
const { createLog } = (await built("logging.js")) as typeof import("../../src/logging.ts");
const { readSettings } = (await built("settings.js")) as typeof import("../../src/settings.ts");

const [config = "", socket = "", machineId = ""] = process.argv.slice(2);
const settings = readSettings(config, ["fake"]);
await startAgent({
  settings,
  version: "drill",
  log: createLog({ ...settings.log, now: () => new Date() }),
  panel: {
    panel: createRemotePanel("fake", socket),
    host: { readPageRequest: () => Promise.reject(new Error("nobody looks at pages here")) },
  },
  machineId,
  role: "service",
});
writeSync(1, `${JSON.stringify({ ready: true })}\n`);
