import { readdirSync, readFileSync } from "node:fs";

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
  return pids.map(ownCpuMs).reduce((sum, ms) => sum + ms, 0);
}

function ownCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything; what follows the last bracket is fields 3 and up, 14 and 15 are wanted.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory in megabytes (10^6 bytes). */
export function rssMb(pid: number): number {
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return (kib * 1024) / 1e6;
}

/** How often any thread of the process was woken so far. */
export function wakeUps(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, "utf8"))
    .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]))
    .reduce((sum, count) => sum + count, 0);
}
