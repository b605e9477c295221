import type { CaTransport } from "./ca-transport.ts";

/** R6: mails the subscriber agreement (spec xolphin-api §3.6). */
export async function sendSubscriberAgreement(
  transport: CaTransport,
  id: number,
  to: { readonly email: string; readonly language: string | null },
): Promise<void> {
  await transport.post(`requests/${id}/sa`, { sa_email: to.email, language: to.language });
}
