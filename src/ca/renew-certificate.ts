import type { CaTransport } from "./ca-transport.ts";
import { type OrderForm, orderFields } from "./order-fields.ts";
import { type CaRequest, caRequest, readAnswer } from "./schema.ts";

/** C5: a new term; costs money (spec xolphin-api §5.5). */
export async function renewCertificate(
  transport: CaTransport,
  id: number,
  form: OrderForm & { readonly productId: number; readonly years: number },
): Promise<CaRequest> {
  const what = `certificates/${id}/renew`;
  const fields = { product: form.productId, years: form.years, ...orderFields(form) };
  return readAnswer(caRequest, await transport.post(what, fields), what);
}
