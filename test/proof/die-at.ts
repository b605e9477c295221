import { writeSync } from "node:fs";
import type { onCrashPoint } from "../../src/crash-point.ts";

/**
 * Has this process die by SIGKILL when it passes a point of the program for the `times`-th time, and say so before. `listen`
 * is the `onCrashPoint` of the program that runs here, compiled or not.
 */
export function dieAt(listen: typeof onCrashPoint, point = "", times = "1"): void {
  if (point === "") return;
  let left = Number(times);
  listen((passed) => {
    if (passed !== point) return;
    left -= 1;
    if (left > 0) return;
    writeSync(1, `${JSON.stringify({ reached: point })}\n`);
    process.kill(process.pid, "SIGKILL");
  });
}
