import type { z } from "zod";
import type { CaTransport } from "./ca-transport.ts";
import { decodedCsr, readAnswer } from "./schema.ts";

/** S3: what the CA reads in a CSR; a cross-check, we read CSRs ourselves (spec xolphin-api §6.3). */
export async function decodeCsr(transport: CaTransport, csr: string): Promise<z.output<typeof decodedCsr>> {
  return readAnswer(decodedCsr, await transport.post("decode-csr", { csr }), "decode-csr");
}
