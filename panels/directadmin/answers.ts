import { CodedError } from "../../src/errors.ts";
import { parseJson, plain } from "../panel-words.ts";

/** An answer as it came in. */
export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Reads an urlencoded answer; values may be escaped more than needed and hold entities (spec directadmin §3.2). */
export function readFields(body: string): URLSearchParams {
  return new URLSearchParams(decodeEntities(body.trim()));
}

/** Turns the entities that some versions write into characters. A real `&` of a value is `%26`, so nothing is lost. */
export function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: "&", quot: '"', lt: "<", gt: ">", apos: "'" };
  return text.replace(/&(?:#(\d{1,6})|(amp|quot|lt|gt|apos));/g, (whole, code?: string, name?: string) => {
    if (code !== undefined) {
      const point = Number(code);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    }
    return named[name ?? ""] ?? whole;
  });
}

/**
 * Passes an answer of a legacy command on when it says success, whatever its status (errors come inside a 200), and throws
 * what it means otherwise. HTML means that something else answered: a login page, a block, another host.
 */
export function acceptLegacy(answer: RawAnswer, command: string): URLSearchParams {
  checkStatus(answer, command, "panel-feature-missing");
  if (looksLikeHtml(answer))
    throw new CodedError("panel-answer-unreadable", { detail: `${command} answered a web page` });
  const fields = answer.body.trimStart().startsWith("{")
    ? fieldsOfJson(answer.body, command)
    : readFields(answer.body);
  if (fields.get("error") !== null && fields.get("error") !== "0") throw refusal(command, fields);
  return fields;
}

/** Reads JSON of the newer API or of `json=yes`. */
export function acceptJson(answer: RawAnswer, command: string): unknown {
  checkStatus(answer, command, "vhost-unknown");
  if (answer.status === 204 || answer.body === "") return null;
  if (looksLikeHtml(answer)) {
    throw new CodedError("panel-answer-unreadable", { detail: `${command} answered a web page` });
  }
  return acceptObject(answer.body, command);
}

/**
 * Throws for a refusal that came inside a success: `error` and `result` of the old commands, or the newer API's
 * `{"type": "INTERNAL_ERROR", "message": …}` (spec directadmin §3.3). No answer of data is such an object.
 */
function acceptObject(body: string, command: string): unknown {
  const json = parseJson(body, command);
  const { error, result, type, message } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof error === "string" && error !== "0") {
    throw refusal(command, new URLSearchParams({ text: error, details: text(result) }));
  }
  if (typeof type === "string" && /^[A-Z][A-Z_]+$/.test(type)) {
    throw refusal(command, new URLSearchParams({ text: type, details: text(message) }));
  }
  return json;
}

/** Legacy commands are missing as a whole, where the newer API says that a domain is unknown. */
function checkStatus(
  { status, body }: RawAnswer,
  command: string,
  notFound: "panel-feature-missing" | "vhost-unknown",
): void {
  if (status >= 200 && status < 300) return;
  const detail = `${command}: HTTP ${status} ${messageOf(body)}`.trim();
  if (status === 401 || status === 403) throw new CodedError("panel-refused-us", { detail });
  if (status === 404) throw new CodedError(notFound, { detail });
  if (status === 507) throw new CodedError("panel-disk-full", { detail });
  if (status >= 500) throw new CodedError("panel-fault", { detail });
  if (status >= 400) throw new CodedError("panel-refused", { detail });
  throw new CodedError("panel-answer-unreadable", { detail });
}

function looksLikeHtml({ type, body }: RawAnswer): boolean {
  return type.includes("text/html") || /^\s*<(!doctype|html|head|body)\b/i.test(body);
}

function fieldsOfJson(body: string, command: string): URLSearchParams {
  const json = acceptObject(body, command);
  if (typeof json !== "object" || json === null) {
    throw new CodedError("panel-answer-unreadable", { detail: `${command}: no object` });
  }
  const entries = Object.entries(json).filter(([, value]) => typeof value === "string");
  return new URLSearchParams(Object.fromEntries(entries) as Record<string, string>);
}

function refusal(command: string, fields: URLSearchParams): CodedError {
  const detail = [fields.get("text"), fields.get("details")]
    .map((part) => plain(part ?? ""))
    .filter((part) => part !== "")
    .join(": ");
  return new CodedError("panel-refused", { detail: `${command}: ${detail}` });
}

function messageOf(body: string): string {
  try {
    const { type, message, error, result } = JSON.parse(body) as Record<string, unknown>;
    return [type, message, error, result]
      .filter((part) => typeof part === "string")
      .map((part) => plain(String(part)))
      .join(" ");
  } catch {
    const fields = readFields(body);
    return plain([fields.get("text"), fields.get("details")].filter((part) => part !== null).join(" "));
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
