import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../labs/machine/machine.ts";

/** Milliseconds in one unit of the kernel's accounting (USER_HZ, which is 100 on every architecture of Linux). */
const tick = 10;
const sampleEvery = 50;

export interface OwnTime {
  /** What it would take on a server that has nothing else to do, at most: milliseconds of `worked` and `waited`. */
  readonly total: number;
  /** Processor time of whatever ran on the server meanwhile. */
  readonly worked: number;
  /** In which nothing on the server wanted a processor: pauses, timers, disks. */
  readonly waited: number;
}

/**
 * How long `work` takes a server by itself. The clock on the wall would say more about the tests that run beside this one:
 * so what the server computed and what it waited for are counted, and not the time in which it was kept from a processor.
 */
export async function ownTime(machine: Machine, work: () => Promise<unknown>): Promise<OwnTime> {
  const before = cpuTime(machine);
  let waited = 0;
  let last = performance.now();
  const sampler = setInterval(() => {
    const now = performance.now();
    if (!processes(machine).some(({ wanting }) => wanting)) waited += now - last;
    last = now;
  }, sampleEvery);
  try {
    await work();
  } finally {
    clearInterval(sampler);
  }
  const worked = cpuTime(machine) - before;
  return { total: worked + waited, worked, waited };
}

/** Whatever ran on the server so far: what is there and what it has waited for, and the commands that were started from here. */
function cpuTime(machine: Machine): number {
  const there = processes(machine).reduce((sum, { cpu }) => sum + cpu, 0);
  return there + (readProcess("/proc/self/stat")?.childrenCpu ?? 0);
}

interface ProcessTimes {
  /** On a processor, or waiting for one. */
  readonly wanting: boolean;
  readonly cpu: number;
  readonly childrenCpu: number;
}

function processes(machine: Machine): ProcessTimes[] {
  const folder = join(machine.root, "proc");
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => readProcess(join(folder, id, "stat")) ?? []);
}

/** Null for one that has ended meanwhile (proc_pid_stat(5): after the name, state is the first and utime the twelfth field). */
function readProcess(file: string): ProcessTimes | null {
  try {
    const text = readFileSync(file, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15).map(Number);
    const childrenCpu = (childrenUser + childrenSystem) * tick;
    return { wanting: fields[0] === "R", cpu: (user + system) * tick + childrenCpu, childrenCpu };
  } catch {
    return null;
  }
}
