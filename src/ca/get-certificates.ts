import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { listAll } from "./list-all.ts";
import { type CaCertificate, caCertificate } from "./schema.ts";

const fewestPages = 3;

/**
 * C1: issued certificates (spec xolphin-api §4.1). With `since`, stops once a page holds only older ones, but reads three
 * pages at least: the order is expected to be newest first, not promised.
 */
export function getCertificates(
  transport: CaTransport,
  priority: CaPriority,
  since: Date | null = null,
  signal?: AbortSignal,
): Promise<CaCertificate[]> {
  let pages = 0;
  return listAll(transport, "certificates", caCertificate, priority, (items) => {
    signal?.throwIfAborted();
    pages += 1;
    if (since === null || pages < fewestPages || items.length === 0) return false;
    return items.every(({ dateIssued }) => dateIssued !== null && dateIssued < since);
  });
}
