import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { types } from "node:util";
import { createLogger, format, type Logger, type transport, transports } from "winston";
import { CodedError } from "./errors.ts";

/** Facts that go with a log line: short, typed, never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log as the rest of the program sees it: a fixed message and fields. `error`: ours to fix. `warn`: may be ours.
 * `info`: something that happened, or someone else's mistake. `debug`: for whoever looks closely.
 */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} };

export interface LogOptions {
  readonly level: "error" | "warn" | "info" | "debug";
  /** Null: standard output, one JSON object per line. */
  readonly file: string | null;
  readonly now: () => Date;
}

const maxText = 256;
const pemBlock = /-----BEGIN [A-Z0-9 ]{0,40}-----[\s\S]*?(-----END [A-Z0-9 ]{0,40}-----|$)/g;
// Control and format characters, separators of lines and halves of characters could forge lines or reorder what an administrator
// reads (spec reliability T-18).
const unsafeCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Makes one JSON object per line with the time in UTC; long texts are cut, PEM blocks are replaced. A file that can't be written is
 * no reason to stop working: the log goes on at standard output and says so.
 */
export function createLog(options: LogOptions): Log {
  let fault: unknown = null;
  let sink: transport;
  try {
    sink = options.file === null ? new transports.Console() : fileSink(options.file);
  } catch (thrown) {
    fault = thrown;
    sink = new transports.Console();
  }
  const line = format.printf((info) => {
    const { level, message, fields } = info as { level: string; message: unknown; fields?: LogFields };
    return logLine(options.now(), level, String(message), fields);
  });
  const logger: Logger = createLogger({
    level: options.level,
    format: line,
    transports: [sink],
    exitOnError: false,
  });
  const write =
    (level: string) =>
    (message: string, fields?: LogFields): void => {
      logger.log({ level, message, fields });
    };
  const goOnAtOutput = (cause: unknown): void => {
    write("error")("the log file can't be written; the log goes on at standard output", {
      file: options.file,
      cause,
    });
  };
  if (fault !== null) goOnAtOutput(fault);
  logger.on("error", (cause: unknown) => {
    if (options.file === null || fault !== null) return;
    fault = cause;
    logger.clear().add(new transports.Console());
    goOnAtOutput(cause);
  });
  return { error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}

/** One line of the log without its end: a JSON object in which nothing can break the line or steer a terminal. */
export function logLine(at: Date, level: string, message: string, fields: LogFields = {}): string {
  return JSON.stringify({
    time: at.toISOString(),
    level,
    message: cleanText(message),
    ...cleanFields(fields),
  });
}

/** Throws what keeps the file from being written: the transport would keep that to itself. */
function fileSink(filename: string): transport {
  mkdirSync(dirname(filename), { recursive: true });
  closeSync(openSync(filename, "a"));
  return new transports.File({ filename, maxsize: 20 * 1024 * 1024, maxFiles: 5, tailable: true });
}

function cleanFields(fields: LogFields): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (key === "time" || key === "level" || key === "message") continue;
    if (value === undefined) continue;
    clean[key] = cleanValue(value);
  }
  return clean;
}

function cleanValue(value: unknown): unknown {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (types.isDate(value)) return value.toISOString();
  if (value instanceof CodedError) return describeError(value);
  if (value instanceof Error) return cleanText(`${value.name}: ${value.message}`);
  if (Array.isArray(value)) return value.slice(0, 50).map(cleanValue);
  return cleanText(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Code, detail and causes of an error as one text. */
export function describeError(error: CodedError): string {
  const parts: string[] = [error.code];
  if (error.detail !== "") parts.push(error.detail);
  let cause = error.cause;
  for (let depth = 0; cause instanceof Error && depth < 5; depth += 1) {
    parts.push(
      cause instanceof CodedError ? `${cause.code} ${cause.detail}` : `${cause.name}: ${cause.message}`,
    );
    cause = cause.cause;
  }
  return cleanText(parts.join(" < "));
}

/** Cuts a text for display in a log and takes the harm out of it. */
export function cleanText(text: string): string {
  const withoutPem = text.length > 100_000 ? text.slice(0, 100_000) : text;
  const escaped = withoutPem.replace(pemBlock, "[PEM removed]").replace(unsafeCharacters, escapeOf);
  if (escaped.length <= maxText) return escaped;
  // Not in the middle of a character.
  return `${escaped.slice(0, maxText).replace(/[\ud800-\udbff]$/, "")}…`;
}

function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
