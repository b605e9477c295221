import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { type Ended, runCommand } from "../run-command.ts";
import { failure, readFacts } from "./answers.ts";

/** The panel's own command starts its PHP each time; more than this is no longer slow but stuck (spec plesk §4). */
const commandTimeout = 120_000;
const maxOutput = 64 * 1024 * 1024;
/** Where the panel's own command is, by operating system and version. */
const programs = ["usr/sbin/plesk", "usr/local/sbin/plesk", "usr/bin/plesk", "usr/local/bin/plesk"];

export const extensionId = "xolphin-ssl";

/**
 * Runs the panel's own commands: by absolute path, with an argument array and a fixed environment, one at a time, because
 * the panel says little about concurrent changes (spec plesk §4). The exit status decides.
 */
export class PleskCommands {
  private readonly rootDir: string;
  private readonly timeout: number;
  private last: Promise<unknown> = Promise.resolve();

  /** `timeout`: milliseconds after which a command is ended. */
  constructor(rootDir: string, timeout = commandTimeout) {
    this.rootDir = rootDir;
    this.timeout = timeout;
  }

  /** `plesk version`, `plesk bin …` and the like; returns what it printed. Throws what a failure means. */
  async run(...args: string[]): Promise<string> {
    const ended = await this.attempt(...args);
    if (ended.code === 0) return ended.stdout;
    throw failure(`plesk ${args.slice(0, 3).join(" ")}`, ended);
  }

  /** The same for commands whose exit status means more than yes or no. Throws only when it can't be run. */
  attempt(...args: string[]): Promise<Ended> {
    const turn = this.last.then(() => this.spawn(args));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** One of our own scripts inside the panel's PHP, which knows what the command line does not tell (spec plesk §1.4, §1.7). */
  async ask<T>(schema: z.ZodType<T>, script: string, ...args: string[]): Promise<T> {
    const stdout = await this.run("bin", "extension", "--exec", extensionId, script, ...args);
    return readFacts(stdout, script, schema);
  }

  private spawn(args: readonly string[]): Promise<Ended> {
    const program = programs.map((name) => join(this.rootDir, name)).find((path) => existsSync(path));
    if (program === undefined) {
      throw new CodedError("panel-unreachable", { detail: "the command plesk is not on this server" });
    }
    return runCommand(program, args, { timeout: this.timeout, maxOutput });
  }
}
