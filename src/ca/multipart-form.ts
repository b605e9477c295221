import { randomUUID } from "node:crypto";

/** Fields of a multipart form; `null` leaves the part out (spec xolphin-api §1.4). */
export type FormFields = Readonly<Record<string, string | number | null | FormFile>>;

export interface FormFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** Writes a form as browsers do (HTML "multipart/form-data encoding algorithm", RFC 7578). */
export function encodeForm(fields: FormFields): { body: Buffer; type: string } {
  const boundary = `xolphin-ssl-${randomUUID()}`;
  const parts: (string | Uint8Array)[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`);
    if (typeof value === "object") {
      parts.push(`; filename="${escapeName(value.name)}"\r\nContent-Type: ${value.type}\r\n\r\n`);
      parts.push(value.content, "\r\n");
    } else {
      parts.push(`\r\n\r\n${String(value).replace(/\r\n|\r|\n/g, "\r\n")}\r\n`);
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return {
    body: Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : part))),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

function escapeName(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}
