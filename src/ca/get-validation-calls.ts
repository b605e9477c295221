import type { CaTransport } from "./ca-transport.ts";
import { readAnswer, validationCalls } from "./schema.ts";

/** R8: planned calls (spec xolphin-api §3.8). */
export async function getValidationCalls(
  transport: CaTransport,
  id: number,
): Promise<{ requestId: number | null; date: string | null; time: string | null }[]> {
  const what = `requests/${id}/validation-calls`;
  return readAnswer(validationCalls, await transport.get(what, {}, "user"), what);
}
