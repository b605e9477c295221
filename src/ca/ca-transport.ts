import { type Clock, sleep } from "../clock.ts";
import { asCodedError, CodedError, type FieldProblem } from "../errors.ts";
import { type HttpsAnswer, HttpsClient, HttpsFailure, ownCodes } from "../https-client.ts";
import type { Log } from "../logging.ts";
import type { CaPriority } from "../model/ca-priority.ts";
import type { Secret } from "../secret.ts";
import { encodeForm, type FormFields } from "./multipart-form.ts";
import { type PaceReport, Pacer } from "./pacer.ts";

export interface CaTransportOptions {
  /** Ends in a slash. */
  readonly baseUrl: string;
  readonly username: string;
  /** Asked for at every call, so that a changed password takes effect without a restart. */
  readonly password: () => Secret;
  /** Further roots in PEM, for test servers. Verification itself can't be switched off. */
  readonly trust: readonly string[];
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines?: Partial<CaDeadlines>;
}

/** Milliseconds; the CA's own clients have none and wait for ever (spec xolphin-api §1.6, F-10). */
export interface CaDeadlines {
  readonly connect: number;
  /** Without a single byte. */
  readonly idle: number;
  readonly get: number;
  readonly download: number;
  /** Orders call the CA behind the API. */
  readonly post: number;
}

const usualDeadlines: CaDeadlines = {
  connect: 5_000,
  idle: 10_000,
  get: 30_000,
  download: 60_000,
  post: 120_000,
};

const maxJson = 1024 * 1024;
const maxDownload = 65_536;
const retriesOfGet = 2;
const retryPause = 500;

export interface CaTransport {
  /** Reads JSON. Tried again at once where that is harmless. */
  get(
    path: string,
    query?: Readonly<Record<string, string | number>>,
    priority?: CaPriority,
  ): Promise<unknown>;
  /** Reads a file; JSON in its place is an error. */
  download(path: string, query: Readonly<Record<string, string>>, priority?: CaPriority): Promise<Buffer>;
  /** Sends a form once. A lost reply is `ca-outcome-unknown`, never a second try. */
  post(path: string, fields: FormFields, priority?: CaPriority): Promise<unknown>;
  /** The CA's time now, reckoned from its last answer; null before the first. */
  readonly time: Date | null;
  readonly budget: { limit: number | null; remaining: number | null };
  /** Nothing new is sent to the CA: `ca-busy`, also to what waits for its turn. What is under way ends. */
  leaveOff(): void;
  close(): Promise<void>;
}

/** Talks HTTPS to the CA. The one place where its statuses become errors of the catalogue. */
export function createCaTransport(options: CaTransportOptions): CaTransport {
  const deadlines = { ...usualDeadlines, ...options.deadlines };
  const pacer = new Pacer(options.clock);
  const https = new HttpsClient({
    trust: options.trust,
    loopback: false,
    connectTimeout: deadlines.connect,
    idleTimeout: deadlines.idle,
    clock: options.clock,
  });
  let said: { readonly date: number; readonly at: number } | null = null;

  async function call(
    method: "GET" | "POST",
    path: string,
    deadline: number,
    cap: number,
    send: { query?: Readonly<Record<string, string | number>>; body?: Buffer; type?: string },
  ): Promise<HttpsAnswer> {
    const url = new URL(path, options.baseUrl);
    for (const [name, value] of Object.entries(send.query ?? {})) url.searchParams.set(name, String(value));
    const credentials = Buffer.from(`${options.username}:${options.password().reveal()}`, "utf8").toString(
      "base64",
    );
    const answer = await https.call({
      method,
      url,
      headers: {
        accept: "application/json",
        authorization: `Basic ${credentials}`,
        "user-agent": options.userAgent,
        ...(send.type === undefined ? {} : { "content-type": send.type }),
      },
      ...(send.body === undefined ? {} : { body: send.body }),
      deadline,
      maxBody: cap,
    });
    const date = Date.parse(String(answer.headers.date));
    if (!Number.isNaN(date)) said = { date, at: options.clock.monotonic() };
    return answer;
  }

  async function paced(
    priority: CaPriority,
    method: "GET" | "POST",
    path: string,
    perform: () => Promise<HttpsAnswer>,
  ): Promise<HttpsAnswer> {
    let headers: HttpsAnswer["headers"] = {};
    return pacer.run(
      priority,
      async () => {
        try {
          const answer = await perform();
          headers = answer.headers;
          return accept(answer, method, options.clock.now());
        } catch (thrown) {
          const error = networkError(thrown, method);
          options.log.debug("a call to the CA did not succeed", { method, path, error });
          throw error;
        }
      },
      (settled) => paceReport(settled, headers),
    );
  }

  async function get(
    path: string,
    deadline: number,
    cap: number,
    query: Readonly<Record<string, string | number>>,
    priority: CaPriority,
  ): Promise<Buffer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await paced(priority, "GET", path, () => call("GET", path, deadline, cap, { query }))).body;
      } catch (thrown) {
        const passing =
          thrown instanceof CodedError && (thrown.code === "ca-unreachable" || thrown.code === "ca-fault");
        if (!passing || attempt >= retriesOfGet || thrown.detail === "paused after earlier failures")
          throw thrown;
        await sleep(options.clock, retryPause);
      }
    }
  }

  return {
    async get(path, query = {}, priority = "background") {
      return readJson(await get(path, deadlines.get, maxJson, query, priority));
    },
    async download(path, query, priority = "issued") {
      const body = await get(path, deadlines.download, maxDownload, query, priority);
      const first = body.toString("latin1").trimStart()[0];
      // An error or an empty file dressed as a success: not there yet (spec xolphin-api §5.3).
      if (first === undefined || first === "{" || first === "<") {
        throw new CodedError("certificate-unreadable", { detail: `${path} holds no file` });
      }
      return body;
    },
    async post(path, fields, priority = "user") {
      const { body, type } = encodeForm(fields);
      const answer = await paced(priority, "POST", path, () =>
        call("POST", path, deadlines.post, maxJson, { body, type }),
      );
      if (answer.body.length === 0) return {};
      try {
        return readJson(answer.body);
      } catch (cause) {
        // It was taken, but what came of it can't be read.
        throw new CodedError("ca-outcome-unknown", { cause, detail: path });
      }
    },
    get time() {
      return said === null ? null : new Date(said.date + options.clock.monotonic() - said.at);
    },
    get budget() {
      return pacer.budget;
    },
    leaveOff: () => pacer.leaveOff(),
    close: () => https.close(),
  };
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new CodedError("ca-answer-unreadable", { cause, detail: "not JSON" });
  }
}

/**
 * Passes a success on and throws what anything else means (spec xolphin-api §1.8). Only what was sent can be refused for good: a
 * question that gets a no, once, tells nothing about the order that it is about.
 */
function accept(answer: HttpsAnswer, method: "GET" | "POST", now: Date): HttpsAnswer {
  const { status, body } = answer;
  const refusal = method === "POST" ? "ca-refused-order" : "ca-answer-unreadable";
  const { message, fields } = readProblem(body);
  if (status >= 200 && status < 300) {
    if (fields.length > 0) throw new CodedError(refusal, { detail: message, fields });
    return answer;
  }
  const detail = `HTTP ${status}${message === "" ? "" : `: ${message}`}`;
  const notBefore = retryAfter(answer, now);
  const options = notBefore === null ? { detail, fields } : { detail, fields, notBefore };
  if (status === 401 || status === 403) throw new CodedError("ca-refused-us", options);
  if (status === 404 || status === 410) throw new CodedError("ca-not-found", options);
  if (status === 429 || (status === 503 && notBefore !== null)) throw new CodedError("ca-busy", options);
  if (status >= 500) throw new CodedError("ca-fault", options);
  if (status >= 400) throw new CodedError(refusal, options);
  // A redirect would carry the credentials elsewhere; it is never followed.
  throw new CodedError("ca-answer-unreadable", options);
}

function readProblem(body: Buffer): { message: string; fields: FieldProblem[] } {
  if (body[0] !== 0x7b || body.length > maxJson) return { message: "", fields: [] };
  try {
    const { message, errors } = JSON.parse(body.toString("utf8")) as { message?: unknown; errors?: unknown };
    return { message: typeof message === "string" ? message.slice(0, 300) : "", fields: flatten(errors, "") };
  } catch {
    return { message: "", fields: [] };
  }
}

/** `errors` comes as map of arrays, map of texts, array, or nested (U12); all become field and text. */
function flatten(errors: unknown, field: string): FieldProblem[] {
  if (typeof errors === "string") return errors === "" ? [] : [{ field, text: errors.slice(0, 300) }];
  if (Array.isArray(errors)) return errors.flatMap((entry) => flatten(entry, field));
  if (typeof errors !== "object" || errors === null) return [];
  return Object.entries(errors).flatMap(([name, value]) => {
    const structural = name === "children" || name === "errors" || /^\d+$/.test(name);
    return flatten(value, structural ? field : field === "" ? name : `${field}.${name}`);
  });
}

function retryAfter({ headers }: HttpsAnswer, now: Date): Date | null {
  const text = String(headers["retry-after"] ?? "").trim();
  if (/^\d{1,9}$/.test(text)) return new Date(now.getTime() + Number(text) * 1000);
  const date = new Date(text);
  return text === "" || Number.isNaN(date.getTime()) ? null : date;
}

/** What failed on the way. A form that may have arrived has an unknown outcome. */
function networkError(thrown: unknown, method: "GET" | "POST"): CodedError {
  if (!(thrown instanceof HttpsFailure)) return asCodedError(thrown);
  const options = { cause: thrown, detail: `${thrown.code} ${thrown.message}`.trim() };
  if (method === "POST" && !thrown.neverSent) return new CodedError("ca-outcome-unknown", options);
  return new CodedError(
    thrown.code === ownCodes.tooLong ? "ca-answer-unreadable" : "ca-unreachable",
    options,
  );
}

/** `headers`: of whatever answer there was; a refusal uses up the account's budget as well. */
function paceReport(
  settled: { value: HttpsAnswer } | { error: unknown },
  headers: HttpsAnswer["headers"],
): PaceReport {
  const budget = {
    limit: count(headers["x-ratelimit-limit"]),
    remaining: count(headers["x-ratelimit-remaining"]),
  };
  if ("value" in settled) return { outcome: "answered", ...budget, notBefore: null };
  const error = settled.error instanceof CodedError ? settled.error : null;
  const failing = ["ca-unreachable", "ca-fault", "ca-outcome-unknown"].includes(error?.code ?? "");
  const outcome = error?.code === "ca-refused-us" ? "refused-us" : failing ? "fault" : "answered";
  return { outcome, ...budget, notBefore: error?.notBefore ?? null };
}

function count(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
