import type { StoredRequest } from "../store/requests.ts";
import type { CaPriority } from "./ports.ts";

/**
 * How urgent a call about a request is. Somebody waits for what was ordered; a reissue has weeks, and thousands of them at
 * once must not stand in the way of one customer.
 */
export function caPriorityOf({ kind }: Pick<StoredRequest, "kind">): CaPriority {
  return kind === "reissue" ? "background" : "issued";
}
