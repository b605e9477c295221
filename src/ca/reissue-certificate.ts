import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { type OrderForm, orderFields } from "./order-fields.ts";
import { type CaRequest, caRequest, readAnswer } from "./schema.ts";

/** C4: a new CSR and names within the running term (spec xolphin-api §5.4). The id in the answer may be new or not (U3). */
export async function reissueCertificate(
  transport: CaTransport,
  id: number,
  form: OrderForm,
  priority: CaPriority,
): Promise<CaRequest> {
  const what = `certificates/${id}/reissue`;
  return readAnswer(caRequest, await transport.post(what, orderFields(form), priority), what);
}
