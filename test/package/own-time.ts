import { readFileSync } from "node:fs";

/**
 * How long `work` takes, in milliseconds, without the time in which something on this machine had to wait for a processor
 * (https://docs.kernel.org/accounting/psi.html): other tests run beside this one, and a limit for a server at rest says
 * nothing of them.
 */
export async function ownTime(work: () => Promise<unknown>): Promise<number> {
  const [begin, waited] = [performance.now(), waitedFor()];
  await work();
  return performance.now() - begin - (waitedFor() - waited);
}

function waitedFor(): number {
  try {
    const [, total = "0"] = /^some .* total=(\d+)$/m.exec(readFileSync("/proc/pressure/cpu", "utf8")) ?? [];
    return Number(total) / 1_000;
  } catch {
    return 0;
  }
}
