import type { PanelFiles } from "./files.ts";
import type { PanelApi } from "./panel-api.ts";

/** What the parts of the adapter work with. */
export interface Access {
  readonly files: PanelFiles;
  readonly api: PanelApi;
}

/** Reads that run at once; each of them is a program of a hundred megabytes over there (spec cpanel §6). */
const readsAtOnce = 2;

/** Runs `work` for each of `items`, a few at a time. The first failure ends it. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: readsAtOnce }, worker));
}
