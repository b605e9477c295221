import { appendFileSync, writeSync } from "node:fs";
import { type Log, type LogOptions, logLine } from "./logging.ts";

const standardError = 2;
/** From the place that threw outwards: where to look, and no more than fits into a field. */
const mostFrames = 2;

/**
 * What becomes of an error that nobody foresaw, in a callback or a promise that nobody waits for: one line in the log instead
 * of a trace that could hold anything, then the process ends as failed and the service manager starts a new one (spec
 * reliability F-49). What its memory is worth by then nobody knows; all that counts is in the store.
 */
export function endOnUnforeseen(options: LogOptions): void {
  const log = immediateLog(options);
  // Of a role that began anew the settings are newer. Rejections that nobody handles come along here as well.
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (thrown: unknown, origin) => {
    log.error("something that nobody foresaw; the process ends and is started again", {
      origin,
      error: thrown,
      at: framesOf(thrown),
    });
    process.exit(1);
  });
}

/** Written before the call returns, and to both places: the log's own stream would not get to it, and may be what has failed. */
function immediateLog({ now, file }: LogOptions): Pick<Log, "error"> {
  return {
    error(message, fields) {
      const line = `${logLine(now(), "error", message, fields)}\n`;
      attempt(() => writeSync(standardError, line));
      if (file !== null) attempt(() => appendFileSync(file, line));
    },
  };
}

function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // There is nobody left to tell.
  }
}

function framesOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "";
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, mostFrames)
    .map((frame) => frame.trim())
    .join(" ");
}
