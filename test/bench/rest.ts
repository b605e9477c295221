import { setTimeout as pause } from "node:timers/promises";
import type { DemoStage } from "../demo/demo-stage.ts";
import { atMost, type Figure } from "./aim.ts";
import { cpuMs, median, rssMb, wakeUps } from "./measure.ts";

const restMs = 10_000;

/** The agent when nothing is asked of it; call it before any work, so that nothing of that is still under way. */
export async function benchRest({ pids }: DemoStage, turns: number): Promise<Figure[]> {
  const [agent = 0] = pids;
  // Its start has its own first looks around.
  await pause(10_000);
  const [rss, wakes, cpu]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < turns; turn += 1) {
    const before = { wakes: wakeUps(agent), cpu: cpuMs([agent]) };
    await pause(restMs);
    wakes.push(((wakeUps(agent) - before.wakes) * 1_000) / restMs);
    cpu.push(((cpuMs([agent]) - before.cpu) * 100) / restMs);
    rss.push(rssMb(agent));
  }
  return [
    atMost("resident memory of the agent", median(rss), 80, " MB"),
    atMost("its threads are woken, per second", median(wakes), 1, ""),
    atMost("processor time of the agent", median(cpu), 0.1, " %"),
  ];
}
