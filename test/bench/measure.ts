import { readdirSync, readFileSync, writeFileSync } from "node:fs";

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which `part` of them lie; 0.99 for p99. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick is (proc(5)). */
const tickMs = 10;

/** Milliseconds of processor time that these processes have used themselves, without their children. */
export function cpuMs(pids: readonly number[]): number {
  return sum(pids.map((pid) => ticks(pid).own)) * tickMs;
}

/** The same with the children that have ended. */
export function familyCpuMs(pids: readonly number[]): number {
  return sum(pids.map((pid) => ticks(pid).own + ticks(pid).children)) * tickMs;
}

function ticks(pid: number): { own: number; children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything; what follows the last bracket is fields 3 and up, 14 to 17 are wanted.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { own: Number(fields[11]) + Number(fields[12]), children: Number(fields[13]) + Number(fields[14]) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Resident memory in megabytes (10^6 bytes). */
export function rssMb(pid: number): number {
  return memoryMb("VmRSS", pid);
}

/** The most resident memory of each process since its start or since `forgetPeaks`, added up; megabytes. */
export function peakMb(pids: readonly number[]): number {
  return sum(pids.map((pid) => memoryMb("VmHWM", pid)));
}

/** What these processes have now counts as their peak (proc(5), `clear_refs`). */
export function forgetPeaks(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function memoryMb(field: string, pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024) / 1e6;
}

/** How often any thread of the process was woken so far. */
export function wakeUps(pid: number): number {
  return sum(
    readdirSync(`/proc/${pid}/task`)
      .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, "utf8"))
      .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])),
  );
}
