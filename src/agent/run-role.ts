import { isDeepStrictEqual } from "node:util";
import { crashPoint } from "../crash-point.ts";
import { asCodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";

/** One of the long-running parts: the agent, its root side, and those of a fleet's hub. */
export interface Role {
  /** Reads certificates again. */
  reload(): void;
  stop(): Promise<void>;
  /** Resolves when there is nothing left to do for it, or when it is to begin anew. */
  readonly over: Promise<"end" | "again">;
}

/** What a role is given by the process that it runs in. */
export interface RoleProcess {
  /** Throws what is wrong with the settings. */
  readSettings(): Promise<Settings>;
  openLog(settings: Settings): Promise<Log>;
  /** Called each time that the role has begun. */
  begun(): void;
  /** Whether somebody else starts the process again when it ends to begin anew. */
  readonly startedAgain: boolean;
}

/**
 * Runs until SIGTERM, SIGINT or idleness. SIGHUP reads certificates and settings again: with other settings the role ends
 * and begins anew, and faulty ones are said and not taken.
 */
export async function runRole(
  { readSettings, openLog, begun, startedAgain }: RoleProcess,
  start: (settings: Settings, log: Log) => Promise<Role>,
): Promise<void> {
  // From the start on: whoever connected while the role was still starting is answered before it ends.
  const told = new Promise<"end">((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve("end"));
  });
  // What is starting reads the newest settings anyway; without a listener the signal would end the process.
  process.on("SIGHUP", () => undefined);
  for (;;) {
    const settings = await readSettings();
    const log = await openLog(settings);
    const role = await start(settings, log);
    begun();
    const end = await Promise.race([told, untilEnd(readSettings, settings, log, role)]);
    await role.stop();
    if (end === "end" || startedAgain) return;
    crashPoint("X-42");
  }
}

function untilEnd(
  readSettings: () => Promise<Settings>,
  settings: Settings,
  log: Log,
  role: Role,
): Promise<"end" | "again"> {
  return new Promise((resolve) => {
    const onHangup = async (): Promise<void> => {
      try {
        if (isDeepStrictEqual(await readSettings(), settings)) role.reload();
        else {
          crashPoint("X-42");
          process.off("SIGHUP", onHangup);
          resolve("again");
        }
      } catch (thrown) {
        log.error("the new settings have faults; the old ones stay", { error: asCodedError(thrown) });
      }
    };
    process.on("SIGHUP", onHangup);
    void role.over.then(resolve);
  });
}
