import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { listAll } from "./list-all.ts";
import { type CaRequest, caRequest } from "./schema.ts";

/** R1: all pending requests, reduced; details are in `getRequest` (spec xolphin-api §3.1). */
export function getRequests(
  transport: CaTransport,
  priority: CaPriority,
  signal?: AbortSignal,
): Promise<CaRequest[]> {
  return listAll(transport, "requests", caRequest, priority, () => {
    signal?.throwIfAborted();
    return false;
  });
}
