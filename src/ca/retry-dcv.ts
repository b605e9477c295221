import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import type { DcvType } from "./order-fields.ts";

/**
 * R5: checks one name again, or changes its method (spec xolphin-api §3.5). `domain` exactly as the CA spelled it (U9).
 * The answer only says that it will be done.
 */
export async function retryDcv(
  transport: CaTransport,
  id: number,
  check: { readonly domain: string; readonly dcvType: DcvType; readonly email: string | null },
  priority: CaPriority,
): Promise<void> {
  const fields = { domain: check.domain, dcvType: check.dcvType, email: check.email };
  await transport.post(`requests/${id}/retry-dcv`, fields, priority);
}
