import { z } from "zod";
import type { CaTransport } from "./ca-transport.ts";
import { type CaNote, noteList, page, readAnswer } from "./schema.ts";

/** R9: the messages of a request, oldest first (spec xolphin-api §3.9). */
export async function getNotes(transport: CaTransport, id: number): Promise<CaNote[]> {
  const what = `requests/${id}/notes`;
  const answer = await transport.get(what, {}, "user");
  const { items } = readAnswer(page("notes", z.unknown()), answer, what);
  return noteList.parse(items);
}
