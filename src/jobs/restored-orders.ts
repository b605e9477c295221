import { asCodedError } from "../errors.ts";
import { workPriority } from "../store/work.ts";
import type { JobContext } from "./context.ts";
import { adoptFound } from "./find-adoptable.ts";

/** Names the meta row with the numbers at the CA that a restored backup named, and since when. */
export const restoredMark = "restored";

/** The websites of a restored server may come back days after our own part of the backup. */
const restoredPeriod = 30 * 86_400_000;

interface Restored {
  readonly since: string;
  readonly ids: readonly number[];
}

/** Remembers what a restored backup named, and has it looked for now; what is followed already is left alone. */
export function noteRestored(
  { store, clock, wake }: Pick<JobContext, "store" | "clock" | "wake">,
  ids: readonly number[],
): void {
  const now = clock.now();
  const all = [...new Set([...(read(store.readMeta(restoredMark))?.ids ?? []), ...ids])];
  store.writeMeta(restoredMark, JSON.stringify({ since: now.toISOString(), ids: all } satisfies Restored));
  store.work.plan("sweep", "full", workPriority.background, now, now);
  wake();
}

/**
 * Takes over what a restored backup named: without a new order, with its key from the website that shows the certificate
 * (the panel's own backup brings that back). A website that is not there yet is waited for.
 */
export async function takeOverRestored(context: JobContext): Promise<void> {
  const { store, clock, panel, log } = context;
  const restored = read(store.readMeta(restoredMark));
  if (restored === null) return;
  const vhosts = await panel.listVhosts();
  const left: number[] = [];
  for (const id of restored.ids) {
    if (store.requests.byCaId(id).length > 0) continue;
    try {
      await adoptFound(context, { id, key: null, vhosts }, "sweep");
    } catch (thrown) {
      left.push(id);
      log.info("a restored order is not taken over yet", { id, error: asCodedError(thrown) });
    }
  }
  const over = clock.now().getTime() - new Date(restored.since).getTime() > restoredPeriod;
  if (left.length === 0 || over) store.removeMeta(restoredMark);
  else store.writeMeta(restoredMark, JSON.stringify({ since: restored.since, ids: left } satisfies Restored));
}

function read(text: string | null): Restored | null {
  return text === null ? null : (JSON.parse(text) as Restored);
}
