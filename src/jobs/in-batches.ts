import type { RequestState } from "../model/request.ts";
import type { Store } from "../store/store.ts";
import type { UnsettledRequest } from "../store/unsettled.ts";

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
    await othersTurn();
  }
}

/** The same with every request in these states, which are not settled. */
export async function eachUnsettled(
  { db, unsettled }: Pick<Store, "db" | "unsettled">,
  states: readonly RequestState[],
  act: (request: UnsettledRequest, state: RequestState) => void,
): Promise<void> {
  for (const state of states) {
    for (let after: string | null = ""; after !== null; await othersTurn()) after = onePage(state, after);
  }

  /** Returns the last of the page; null when there are no more. */
  function onePage(state: RequestState, after: string): string | null {
    const page = unsettled.page(state, after, batch);
    db.transaction(() => {
      for (const request of page) act(request, state);
    });
    return page.length < batch ? null : (page.at(-1)?.reference ?? null);
  }
}

/**
 * Lets webhooks, pages and other work have their turn; for what goes through a lot and waits for nobody. Memory is cleaned up
 * then: what the caller still holds counts as kept for long, so hold no page that is done with.
 */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
