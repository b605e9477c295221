import { Refusal } from "./refusal.ts";

export interface UploadedFile {
  fileName: string;
  contentType: string;
  content: Buffer;
}

/** What a call carries, whichever of the three encodings it came in (spec xolphin-api §1.4). */
export interface RequestForm {
  encoding: "multipart" | "urlencoded" | "json" | "none";
  /** Texts, and for JSON whatever it holds; a JSON null is an absent field. */
  fields: Record<string, unknown>;
  files: Record<string, UploadedFile>;
}

/** @throws Refusal 400 for a body that cannot be read, 415 for a type that is not taken */
export function readRequestForm(
  contentType: string | undefined,
  body: Buffer,
  jsonBodies: "accepted" | "refused",
): RequestForm {
  if (body.length === 0) return { encoding: "none", fields: {}, files: {} };
  const [type = ""] = (contentType ?? "").split(";");
  switch (type.trim().toLowerCase()) {
    case "multipart/form-data":
      return { encoding: "multipart", ...readMultipart(contentType ?? "", body) };
    case "application/x-www-form-urlencoded":
      return {
        encoding: "urlencoded",
        fields: Object.fromEntries(new URLSearchParams(body.toString("utf8"))),
        files: {},
      };
    case "application/json":
      if (jsonBodies === "accepted") return { encoding: "json", fields: readJson(body), files: {} };
  }
  throw new Refusal(415, "The content type is not supported.");
}

function readJson(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal(400, "The body is not valid JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal(400, "The body must be a JSON object.");
  }
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

const headEnd = Buffer.from("\r\n\r\n");

/** RFC 7578. A part with a file name is a file, any other a text in UTF-8. */
function readMultipart(contentType: string, body: Buffer): Pick<RequestForm, "fields" | "files"> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new Refusal(400, "The multipart body has no boundary.");
  const fields: Record<string, unknown> = {};
  const files: Record<string, UploadedFile> = {};
  for (const part of splitParts(body, mark)) {
    const end = part.indexOf(headEnd);
    if (end === -1) throw new Refusal(400, "A part of the multipart body has no head.");
    const head = part.subarray(0, end).toString("utf8");
    const content = part.subarray(end + headEnd.length);
    const name = /content-disposition:[^\r\n]*[;\s]name="([^"]*)"/i.exec(head)?.[1];
    if (name === undefined) throw new Refusal(400, "A part of the multipart body has no name.");
    const fileName = /content-disposition:[^\r\n]*;\s*filename="([^"]*)"/i.exec(head)?.[1];
    if (fileName === undefined) {
      fields[name] = content.toString("utf8");
    } else {
      const type = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? "application/octet-stream";
      files[name] = { fileName, contentType: type.trim(), content: Buffer.from(content) };
    }
  }
  return { fields, files };
}

function splitParts(body: Buffer, mark: string): Buffer[] {
  const opening = Buffer.from(`--${mark}`);
  const separator = Buffer.from(`\r\n--${mark}`);
  if (!body.subarray(0, opening.length).equals(opening)) {
    throw new Refusal(400, "The multipart body does not start with its boundary.");
  }
  const parts: Buffer[] = [];
  let start = opening.length;
  for (;;) {
    const after = body.subarray(start, start + 2).toString("latin1");
    if (after === "--") return parts;
    if (after !== "\r\n") throw new Refusal(400, "The multipart body is damaged.");
    const end = body.indexOf(separator, start);
    if (end === -1) throw new Refusal(400, "The multipart body is cut short.");
    parts.push(body.subarray(start + 2, end));
    start = end + separator.length;
  }
}

/** A field as text; undefined when absent or empty, as the clients send empty texts for "nothing" (spec §1.4). */
export function textField(form: RequestForm, name: string): string | undefined {
  const value = form.fields[name];
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return undefined;
}

/** A whole number, or NaN for a text that is none. */
export function integerField(form: RequestForm, name: string): number | undefined {
  const text = textField(form, name);
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** Spec §14 U35: PHP takes every text but the empty one and `0` for true, so `False` and `false` are true. */
export function booleanField(form: RequestForm, name: string, reading: "php" | "words"): boolean {
  const value = form.fields[name];
  if (typeof value === "boolean") return value;
  const text = textField(form, name);
  if (text === undefined || text === "0") return false;
  return reading === "php" || !/^(?:false|no|off)$/i.test(text);
}
