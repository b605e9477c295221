import { setTimeout as pause } from "node:timers/promises";
import type { DemoStage } from "../demo/demo-stage.ts";
import type { DemoServer } from "../demo/servers/demo-server.ts";
import type { BenchPanel } from "./bench-panels.ts";
import { cpuMs, familyCpuMs, forgetPeaks, peakMb } from "./measure.ts";
import { order, quiet, untilInstalled } from "./orders.ts";

/** After several batches in a row the web server is left alone for a while; those of the run before are none of this one's. */
const rowEnds = 60_000;

/** What bringing many certificates to their websites took. */
export interface ManyCost {
  /** Milliseconds from the first certificate that could be collected until all of them are served. */
  readonly wall: number;
  /** Milliseconds of processor time, and that with what was started for it. */
  readonly cpu: number;
  readonly familyCpu: number;
  readonly peakMb: number;
  readonly reloads: number;
}

/** Orders a certificate for each of these new websites, has all of them issued at the same moment, and waits for the handshakes. */
export async function installMany<Server extends DemoServer>(
  panel: BenchPanel<Server>,
  stage: DemoStage<Server>,
  names: readonly string[],
): Promise<ManyCost> {
  const { ca, server, pids } = stage;
  await panel.addSites(server, names);
  ca.set({ preValidated: ["test"], issueDelayMs: null, webhook: { hold: true } });
  const placed: Awaited<ReturnType<typeof order>>[] = [];
  for (const name of names) placed.push(await order(stage, name));
  for (const { id } of placed) ca.issue(id ?? 0);
  await ca.idle();
  await quiet(stage);
  await pause(rowEnds);
  forgetPeaks(pids);
  const before = {
    reloads: panel.reloads(server),
    cpu: cpuMs(pids),
    familyCpu: familyCpuMs(pids),
    at: performance.now(),
  };
  ca.set({ webhook: { hold: false } });
  await ca.releaseWebhooks();
  for (const { reference } of placed) await untilInstalled(stage, reference);
  const wall = performance.now() - before.at;
  await quiet(stage);
  return {
    wall,
    cpu: cpuMs(pids) - before.cpu,
    familyCpu: familyCpuMs(pids) - before.familyCpu,
    peakMb: peakMb(pids),
    reloads: panel.reloads(server) - before.reloads,
  };
}
