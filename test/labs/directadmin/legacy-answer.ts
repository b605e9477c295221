import type { PanelReply } from "./panel-call.ts";
import { jsonReply, reply } from "./panel-call.ts";
import type { Switches } from "./switches.ts";

/** Why a legacy command is refused: a title and details, as the panel shows them. */
export class LegacyRefusal extends Error {
  readonly details: string;
  readonly status: number | undefined;

  constructor(title: string, details: string, status?: number) {
    super(title);
    this.details = details;
    this.status = status;
  }
}

/** What a legacy command answers, before it takes the form the caller asked for. */
export type LegacyAnswer =
  | { success: string; result?: string }
  | { list: readonly string[] }
  /** Values by name; nested records become urlencoded values of their own. `json` when the JSON form says more. */
  | { record: Readonly<Record<string, LegacyValue>>; json?: unknown };

export type LegacyValue = string | Readonly<Record<string, string>>;

/** One urlencoded line without an end, which published clients would take for data, or JSON (spec §3.2). */
export function writeLegacyAnswer(answer: LegacyAnswer, json: boolean, switches: Switches): PanelReply {
  if (json) return jsonReply(200, jsonOf(answer));
  return reply(200, "text/plain", textOf(answer, switches));
}

export function writeLegacyRefusal(refusal: LegacyRefusal, json: boolean, switches: Switches): PanelReply {
  if (json) {
    const body = { error: refusal.message, result: refusal.details };
    return jsonReply(refusal.status ?? switches.jsonErrorStatus, body);
  }
  return reply(
    refusal.status ?? 200,
    "text/plain",
    `error=1&text=${plain(refusal.message)}&details=${plain(refusal.details)}`,
  );
}

function jsonOf(answer: LegacyAnswer): unknown {
  if ("success" in answer) return { success: answer.success, result: answer.result ?? "" };
  if ("list" in answer) return answer.list;
  return answer.json ?? answer.record;
}

function textOf(answer: LegacyAnswer, switches: Switches): string {
  if ("success" in answer) {
    return `error=0&text=${plain(answer.success)}&details=${plain(answer.result ?? "")}`;
  }
  if ("list" in answer) return answer.list.map((item) => `list[]=${plain(item)}`).join("&");
  return Object.entries(answer.record)
    .map(([name, value]) =>
      // Clients look for these very characters before they decode anything.
      name === "error"
        ? `error=${flat(value)}`
        : `${escaped(name, switches)}=${escaped(flat(value), switches)}`,
    )
    .join("&");
}

function flat(value: LegacyValue): string {
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
    .join("&");
}

/** Texts and lists keep their spaces and digits, as recorded answers show. */
function plain(text: string): string {
  return text.replace(/[%&=+#\r\n]/g, encodeURIComponent);
}

/** Values of records may be escaped far more than needed (spec §3.2). */
function escaped(text: string, switches: Switches): string {
  switch (switches.valueEscapes) {
    case "entities":
      return text.replace(/[^A-Za-z0-9._ -]/g, (char) =>
        char.charCodeAt(0) < 100 && char.charCodeAt(0) > 9
          ? `&#${char.charCodeAt(0)}`
          : encodeURIComponent(char),
      );
    case "digits":
      return encodeURIComponent(text).replace(/%[0-9A-F]{2}|[0-9]/g, (part) =>
        part.length === 1 ? `%3${part}` : part,
      );
    default:
      return encodeURIComponent(text);
  }
}
