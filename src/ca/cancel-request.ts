import type { CaTransport } from "./ca-transport.ts";

/** R11: cancels a pending request (spec xolphin-api §3.11). */
export async function cancelRequest(transport: CaTransport, id: number, reason: string): Promise<void> {
  await transport.post(`requests/${id}/cancel`, { reason });
}
