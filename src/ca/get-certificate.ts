import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";
import { type CaCertificate, caCertificate, readAnswer, sameId } from "./schema.ts";

/** C2: one certificate's facts (spec xolphin-api §4.2). Throws `ca-not-found`. */
export async function getCertificate(
  transport: CaTransport,
  id: number,
  priority: CaPriority,
): Promise<CaCertificate> {
  const what = `certificates/${id}`;
  return sameId(readAnswer(caCertificate, await transport.get(what, {}, priority), what), id, what);
}
