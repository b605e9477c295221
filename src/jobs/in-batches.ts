import type { Store } from "../store/store.ts";

const batch = 200;

/**
 * Goes through many requests in transactions of some hundred, and lets webhooks and pages have their turn between two of them:
 * one transaction each would sync the disk for every request, one for all would keep everybody waiting.
 */
export async function inBatches(
  { db }: Pick<Store, "db">,
  references: readonly string[],
  act: (reference: string) => void,
): Promise<void> {
  for (let from = 0; from < references.length; from += batch) {
    db.transaction(() => {
      for (const reference of references.slice(from, from + batch)) act(reference);
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
