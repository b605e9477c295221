import type { CaTransport } from "./ca-transport.ts";

/**
 * C6: cancels, which revokes, whatever `revoke` says (spec xolphin-api §5.6, U5). For no, the part is left out.
 */
export async function cancelCertificate(
  transport: CaTransport,
  id: number,
  reason: string,
  revoke: boolean,
): Promise<void> {
  await transport.post(`certificates/${id}/cancel`, { reason, revoke: revoke ? 1 : null });
}
