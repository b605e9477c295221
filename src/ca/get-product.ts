import type { CaTransport } from "./ca-transport.ts";
import { type CaProduct, caProduct, readAnswer, sameId } from "./schema.ts";

/** S2: one product. */
export async function getProduct(transport: CaTransport, id: number): Promise<CaProduct> {
  const what = `products/${id}`;
  return sameId(readAnswer(caProduct, await transport.get(what, {}, "user"), what), id, what);
}
