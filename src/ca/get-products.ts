import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { listAll } from "./list-all.ts";
import { type CaProduct, caProduct } from "./schema.ts";

/** S1: the catalogue with this account's prices (spec xolphin-api §6.1). Its first page also proves the credentials. */
export function getProducts(transport: CaTransport, priority: CaPriority): Promise<CaProduct[]> {
  return listAll(transport, "products", caProduct, priority);
}
