import type { CaTransport } from "./ca-transport.ts";

/** R10: sends a message about a request (spec xolphin-api §3.10). */
export async function postNote(
  transport: CaTransport,
  id: number,
  note: { readonly message: string; readonly endCustomer: boolean },
): Promise<void> {
  await transport.post(`requests/${id}/notes`, {
    message: note.message,
    endCustomer: note.endCustomer ? 1 : null,
  });
}
