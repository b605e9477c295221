import type { CaTransport } from "./ca-transport.ts";
import { type OrderForm, orderFields } from "./order-fields.ts";
import { type CaRequest, caRequest, readAnswer } from "./schema.ts";

/** R3: orders a certificate; costs money (spec xolphin-api §3.3). A lost reply is `ca-outcome-unknown`. */
export async function createRequest(
  transport: CaTransport,
  form: OrderForm & { readonly productId: number; readonly years: number },
): Promise<CaRequest> {
  const fields = { product: form.productId, years: form.years, ...orderFields(form) };
  return readAnswer(caRequest, await transport.post("requests", fields), "requests");
}
