import type { z } from "zod";
import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { page, readAnswer } from "./schema.ts";

/** Asked for; the CA may give less (U15). */
const pageSize = 100;
/** A list that never ends is a fault of the other side. */
const maxPages = 5_000;

/**
 * Walks all pages of a collection. A page that fails fails the walk: a part of a list proves nothing about what is
 * missing from it (spec reliability §1.1).
 */
export async function listAll<T extends z.ZodType>(
  transport: CaTransport,
  name: string,
  item: T,
  priority: CaPriority,
  enough: (items: readonly z.output<T>[]) => boolean = () => false,
): Promise<z.output<T>[]> {
  const found: z.output<T>[] = [];
  for (let number = 1; number <= maxPages; number += 1) {
    const answer = await transport.get(name, { page: number, limit: pageSize }, priority);
    const { pages, items } = readAnswer(page(name, item), answer, name);
    found.push(...items);
    if (number >= pages || enough(items)) break;
  }
  return found;
}
