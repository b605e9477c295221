import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { asCodedError } from "../../src/errors.ts";
import type { Log } from "../../src/logging.ts";
import { parsePreference } from "./answers.ts";
import type { PleskCommands } from "./commands.ts";
import { isRunning, ownMark } from "./own-process.ts";

/** From this many changes on, the web server's restarts are held together. */
const worthwhile = 3;
/** Seconds that one change takes on a slow server: the restart that is held back shall come when the work is done. */
const secondsPerChange = 3;
/** Bulk tools use the same (spec plesk §4). */
const longestInterval = 600;
const preference = "restart-apache";

const note = z.object({ before: z.number().int(), raised: z.number().int(), by: z.string() });

/** What `doctor` says about the restart interval, in seconds as the panel has it. */
export function describeRestarts(seconds: number | null): string {
  if (seconds === null) {
    return "the web server's restart interval can't be read; bulk work is not held together";
  }
  return seconds === 0
    ? "the web server restarts after every change; bulk work is held together"
    : `the web server restarts at most every ${seconds} s`;
}

/**
 * The panel collects changes of websites and restarts the web server at most once per interval (spec plesk §4). During
 * bulk work the interval is raised, and put back afterwards. A note on disk, written before anything is raised, lets
 * the next process put it back when this one is killed; a value that somebody else set in the meantime is left alone.
 */
export class RestartInterval {
  private readonly commands: PleskCommands;
  private readonly noteFile: string;
  private readonly log: Log;
  private working = false;

  constructor(commands: PleskCommands, rootDir: string, log: Log) {
    this.commands = commands;
    this.noteFile = join(rootDir, "var/lib/xolphin-ssl-executor/restart-interval.json");
    this.log = log;
  }

  /**
   * Does `work` with few restarts when it is about many websites; in the end one of them is written again, so that a
   * restart follows at the usual interval. The work counts: what can't be raised or put back only costs restarts or time.
   */
  async during<T>(sites: readonly string[], work: () => Promise<T>): Promise<T> {
    const last = sites.at(-1);
    if (last === undefined || sites.length < worthwhile) return work();
    try {
      await this.raise(Math.min(longestInterval, sites.length * secondsPerChange));
    } catch (thrown) {
      this.log.warn("the web server's restart interval could not be raised", { error: asCodedError(thrown) });
    }
    this.working = true;
    try {
      return await work();
    } finally {
      this.working = false;
      if (await this.recover()) await this.writeAgain(last);
    }
  }

  /** Puts back what was left raised by a process that was killed, or by this one when the panel did not answer. */
  async recover(): Promise<boolean> {
    const found = this.readNote();
    if (found === null || (found.by === ownMark() ? this.working : isRunning(found.by))) return false;
    try {
      await this.restore(found);
      return true;
    } catch (thrown) {
      // The note stays, so the next call tries again; what is asked now does not depend on it.
      this.log.warn("the web server's restart interval could not be put back yet", {
        error: asCodedError(thrown),
      });
      return false;
    }
  }

  /** Has the panel write a website's configuration once more, after which it restarts the web server (spec plesk §3.10). */
  async writeAgain(site: string): Promise<void> {
    // It only makes what is on record show sooner, or once more.
    await this.commands.attempt("sbin", "httpdmng", "--reconfigure-domain", site).catch(() => undefined);
  }

  /** Seconds between two restarts at the least; 0 where each change restarts at once, null where the panel does not say. */
  async read(): Promise<number | null> {
    return parsePreference(await this.commands.run("bin", "server_pref", "-s"), preference);
  }

  private async raise(seconds: number): Promise<void> {
    await this.recover();
    const before = await this.read();
    if (before === null || before >= seconds || this.readNote() !== null) return;
    this.writeNote({ before, raised: seconds, by: ownMark() });
    await this.set(seconds);
  }

  private async restore({ before, raised }: z.output<typeof note>): Promise<void> {
    if ((await this.read()) === raised) await this.set(before);
    rmSync(this.noteFile, { force: true });
  }

  private async set(seconds: number): Promise<void> {
    await this.commands.run("bin", "server_pref", "-u", `-${preference}`, String(seconds));
  }

  private readNote(): z.output<typeof note> | null {
    try {
      return note.parse(JSON.parse(readFileSync(this.noteFile, "utf8")));
    } catch {
      // None, or half of one from before the change: nothing was raised then.
      return null;
    }
  }

  private writeNote(content: z.output<typeof note>): void {
    mkdirSync(dirname(this.noteFile), { recursive: true, mode: 0o700 });
    const draft = `${this.noteFile}.new`;
    const file = openSync(draft, "w", 0o600);
    try {
      writeSync(file, JSON.stringify(content));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.noteFile);
  }
}
