import type { CaPriority } from "../model/ca-priority.ts";
import type { CaTransport } from "./ca-transport.ts";

/** ZIP is left out on purpose: nobody knows what is in it (U27). */
export type DownloadFormat = "CRT" | "CA_BUNDLE" | "PKCS7" | "CA" | "CSR";

/** C3: a file of a certificate, raw (spec xolphin-api §5.1). */
export function downloadCertificate(
  transport: CaTransport,
  id: number,
  format: DownloadFormat,
  priority: CaPriority,
): Promise<Buffer> {
  return transport.download(`certificates/${id}/download`, { format }, priority);
}
