import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { type CaRequest, caRequest, readAnswer, sameId } from "./schema.ts";

/** R2: one pending request with its validation (spec xolphin-api §3.2). Throws `ca-not-found`. */
export async function getRequest(
  transport: CaTransport,
  id: number,
  priority: CaPriority,
): Promise<CaRequest> {
  const what = `requests/${id}`;
  return sameId(readAnswer(caRequest, await transport.get(what, {}, priority), what), id, what);
}
