import type { z } from "zod";
import type { CaTransport } from "./ca-transport.ts";
import { readAnswer, sslCheck } from "./schema.ts";

/** S5: the CA's own look at an installed certificate; ours decides (spec xolphin-api §6.5). */
export async function checkInstalled(
  transport: CaTransport,
  name: string,
): Promise<z.output<typeof sslCheck>> {
  return readAnswer(sslCheck, await transport.get("ssl-check", { domain: name }, "background"), "ssl-check");
}
