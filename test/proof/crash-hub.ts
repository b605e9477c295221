import { writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { MovableClock } from "../fleet/movable-clock.ts";
import { dieAt } from "./die-at.ts";

/*
 * A role of a fleet's hub as its own process: `crash-hub.ts gateway|intake CONFIG TIME-FILE [POINT [TIMES]]`. Its clock is as far ahead
 * as TIME-FILE says. It is killed by SIGKILL when it passes POINT for the TIMES-th time. Prints one JSON line when it answers.
 */
// The compiled program, as it ships: compiling at every start would measure the compiler.
const built = (name: string): Promise<unknown> => import(join(import.meta.dirname, "../../build/src", name));
const { startGateway } = (await built("agent/gateway.js")) as typeof import("../../src/agent/gateway.ts");
const { startIntake } = (await built("agent/intake.js")) as typeof import("../../src/agent/intake.ts");
const { stayAwake, systemClock } = (await built("clock.js")) as typeof import("../../src/clock.ts");
const { onCrashPoint } = (await built("crash-point.js")) as typeof import("../../src/crash-point.ts");
const { createLog } = (await built("logging.js")) as typeof import("../../src/logging.ts");
const { readSettings } = (await built("settings.js")) as typeof import("../../src/settings.ts");

const [role = "", config = "", timeFile = "", point, times] = process.argv.slice(2);
dieAt(onCrashPoint, point, times);
const settings = readSettings(config, []);
const clock = new MovableClock(systemClock, timeFile);
const log = createLog({ ...settings.log, now: () => clock.now() });
const started =
  role === "gateway"
    ? await startGateway({ settings, version: "crash-test", log, clock })
    : await startIntake({ settings, log, clock });
stayAwake();
process.once("SIGTERM", () => {
  started.stop().then(() => process.exit(0));
});
while (!started.ready) await pause(20);
writeSync(1, `${JSON.stringify({ ready: role })}\n`);
