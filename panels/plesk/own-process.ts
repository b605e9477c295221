import { readFileSync } from "node:fs";

/**
 * A mark of this very process: its number and the moment the kernel started it. With both, a number that was given again
 * is not taken for the process that died, not even after a restart of the server.
 */
export function ownMark(): string {
  return markOf(process.pid) ?? `${process.pid}-0`;
}

/** Whether the process that left this mark still runs. */
export function isRunning(mark: string): boolean {
  const pid = Number(mark.split("-")[0]);
  return Number.isSafeInteger(pid) && pid > 0 && markOf(pid) === mark;
}

function markOf(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8")
      .trim()
      .replaceAll("-", "")
      .slice(0, 8);
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold anything; what follows the last one is plain. The start is field 22.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : `${pid}-${boot}${fields[19] ?? ""}`;
  } catch {
    return null;
  }
}
