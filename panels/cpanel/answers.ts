import { z } from "zod";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { parseJson, plain } from "../panel-words.ts";

/** An answer as it came in over HTTP. */
export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Numbers come as numbers, texts or booleans (spec cpanel §4.2). */
export const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 1 || value === "1");

const words = z.preprocess((value) => (Array.isArray(value) ? value : []), z.array(z.unknown()));

const uapiResult = z.looseObject({ status: flag, errors: words.optional(), data: z.unknown().optional() });
const whmAnswer = z.looseObject({
  metadata: z.looseObject({ result: flag, reason: z.string().nullish() }),
  data: z.unknown().optional(),
});
/** What comes when the engine gave up before the function ran. */
const brokenAnswer = z.looseObject({
  error: z.string().nullish(),
  data: z.looseObject({ reason: z.string().nullish() }).nullish(),
});

/** What is bare has metadata as well, but its verdict is a status of its own. */
const wrappedAnswer = z.looseObject({
  status: z.undefined().optional(),
  metadata: z.looseObject({}),
  data: z.unknown().optional(),
});
const nestedAnswer = z.looseObject({ result: z.looseObject({ status: z.unknown() }) });

/** What a function of the account's API said: yes with data, or no with the panel's words. */
export type Outcome =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly words: string; readonly data: unknown };

/**
 * Reads what HTTP brought. Failures come inside a 200 (spec cpanel §4.4), so the status only tells about the way there;
 * a web page means that something else answered: a login form, a security question, another host.
 */
export function jsonOfHttp({ status, type, body }: RawAnswer, call: string): unknown {
  const detail = `${call}: HTTP ${status}`;
  if (status === 401 || status === 403) throw new CodedError("panel-refused-us", { detail });
  if (status >= 500) throw new CodedError("panel-fault", { detail });
  if (type.includes("text/html") || /^\s*<(!doctype|html|head|body)\b/i.test(body)) {
    throw new CodedError("panel-answer-unreadable", { detail: `${detail}, a web page` });
  }
  if (status !== 200) throw new CodedError("panel-answer-unreadable", { detail });
  return parseJson(body, call);
}

/**
 * Reads what a command printed: the last line that is JSON. Warnings, words of other people's hooks and even JSON within
 * such lines may stand before it (spec cpanel §4.3).
 */
export function jsonOfCommand(output: string, call: string): unknown {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  for (const line of lines.reverse()) {
    try {
      return JSON.parse(line);
    } catch {
      // Noise that only looks like the answer.
    }
  }
  throw new CodedError("panel-answer-unreadable", { detail: `${call}: printed no JSON` });
}

/** A server-level answer. Throws what it means when it says no. */
export function acceptWhm(json: unknown, call: string): unknown {
  const answer = whmAnswer.safeParse(json);
  if (!answer.success) throw broken(json, call);
  const { metadata, data } = answer.data;
  if (metadata.result) return data ?? {};
  throw refusal(call, metadata.reason ?? "");
}

/**
 * An answer of the account's API in any of its shapes: bare, below `result`, below `data.uapi` (spec cpanel §4.2). Both
 * levels of a call through the server must say yes.
 */
export function outcomeOf(json: unknown, call: string): Outcome {
  const wrapped = wrappedAnswer.safeParse(json);
  // A failure within may fail the outer call as well or not; where it is told, it says more.
  const within = wrapped.success ? (wrapped.data.data as { uapi?: unknown } | null | undefined)?.uapi : json;
  const inner = within === undefined && wrapped.success ? acceptWhm(json, call) : within;
  const nested = nestedAnswer.safeParse(inner);
  const result = uapiResult.safeParse(nested.success ? nested.data.result : inner);
  if (!result.success || !hasStatus(nested.success ? nested.data.result : inner)) throw broken(json, call);
  const { status, errors, data } = result.data;
  // Messages say "OK" on failures as well, and a failure may have no words at all.
  return status
    ? { ok: true, data }
    : { ok: false, words: plain((errors ?? []).map(String).join(" ")), data };
}

/** The same where a refusal is an error and nothing else. */
export function dataOf(outcome: Outcome, call: string): unknown {
  if (outcome.ok) return outcome.data;
  throw refusal(call, outcome.words);
}

/** Fits data to a shape. Throws `panel-answer-unreadable`. */
export function readData<T extends z.ZodType>(schema: T, data: unknown, call: string): z.output<T> {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const place = read.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new CodedError("panel-answer-unreadable", {
    detail: `${call}: unexpected data at ${place || "the top"}`,
  });
}

/**
 * The panel has no codes, only words (spec cpanel §4.7): fragments tell the few cases apart that are somebody else's turn,
 * everything else is shown as it is.
 */
export function refusal(call: string, reason: string): CodedError {
  const text = reason.toLowerCase();
  const matched = meanings.find(([fragments]) => fragments.some((fragment) => text.includes(fragment)));
  return new CodedError(matched?.[1] ?? "panel-refused", {
    detail: `${call}: ${plain(reason) || "no reason given"}`,
  });
}

const meanings: readonly (readonly [readonly string[], ErrorCode])[] = [
  [
    ["user parameter is invalid", "no such user", "user does not exist", "you do not have a user named"],
    "account-unknown",
  ],
  [
    ["access denied", "permission denied", "you do not have permission", "does not have permission"],
    "panel-refused-us",
  ],
  [
    ["could not find the function", "function not found", "unknown app", "could not find the module"],
    "panel-feature-missing",
  ],
  [["disk quota", "quota exceeded", "no space left"], "panel-disk-full"],
  [["is suspended"], "account-suspended"],
  [["is locked", "currently locked", "try again later"], "panel-fault"],
];

function broken(json: unknown, call: string): CodedError {
  const { data } = brokenAnswer.safeParse(json);
  const reason = data?.error ?? data?.data?.reason ?? "";
  return reason === ""
    ? new CodedError("panel-answer-unreadable", { detail: `${call}: an answer of another shape` })
    : refusal(call, reason);
}

function hasStatus(value: unknown): boolean {
  return typeof value === "object" && value !== null && "status" in value;
}
