import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ScriptResult } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";
import { type RunAsResult, runAs } from "../run-as.ts";

const cliProgram = "/usr/bin/php";
const cgiProgram = "/usr/bin/php-cgi";
const longestRunMs = 60_000;

export interface PhpRun {
  /** Environment besides the path. */
  env: Readonly<Record<string, string>>;
  stdin?: string | Buffer;
  user: "psaadm" | "root";
}

/** The panel's own PHP, with the runtime of `php/` on its include path as sdk.php. */
export class Php {
  private readonly state: LabState;
  private readonly runtime: string;
  private readonly pages = new Set<() => void>();

  constructor(state: LabState) {
    if (!existsSync(cliProgram) || !existsSync(cgiProgram)) {
      throw new Error(`The extension side of the Plesk lab needs ${cliProgram} and ${cgiProgram}.`);
    }
    this.state = state;
    this.runtime = state.files.psa("admin/plib/lab-sdk");
    cpSync(join(import.meta.dirname, "../php"), this.runtime, { recursive: true });
    state.files.linkOnce(cliProgram, state.files.psa("admin/bin/php"));
    for (const folder of [this.sessionFolder(), state.files.psa("tmp")]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      state.files.give(folder, "psaadm");
    }
  }

  /** A script with words; standard input is its own. */
  script(path: string, words: readonly string[], run: PhpRun): Promise<ScriptResult> {
    return this.run(cliProgram, [...this.options(), "-f", path, "--", ...words], run);
  }

  /** A script of the runtime itself, `run/hook.php`. */
  ownScript(name: string, words: readonly string[], run: PhpRun): Promise<ScriptResult> {
    return this.script(join(this.runtime, "run", name), words, run);
  }

  /** A page over CGI: what it prints, headers first. */
  async page(run: PhpRun): Promise<Buffer> {
    let kill = (): void => undefined;
    const started = (killThis: () => void): void => {
      kill = killThis;
      this.pages.add(kill);
    };
    try {
      return (await this.run(cgiProgram, this.options(), run, started)).bytes;
    } finally {
      this.pages.delete(kill);
    }
  }

  /** Kills the pages under way. How many there were. */
  killPages(): number {
    for (const kill of this.pages) kill();
    return this.pages.size;
  }

  private options(): string[] {
    const settings = {
      include_path: `.:${this.runtime}`,
      auto_prepend_file: "sdk.php",
      memory_limit: "256M",
      display_errors: "stderr",
      log_errors: "0",
      error_reporting: "8191",
      "cgi.force_redirect": "0",
      "session.use_cookies": "0",
      "session.use_only_cookies": "0",
      "session.use_strict_mode": "0",
      "session.cache_limiter": "",
      "session.save_path": this.sessionFolder(),
    };
    return Object.entries(settings).flatMap(([name, value]) => ["-d", `${name}=${value}`]);
  }

  private sessionFolder(): string {
    return this.state.files.psa("var/lab-sessions");
  }

  private run(
    program: string,
    args: readonly string[],
    { env, stdin = "", user }: PhpRun,
    started: (kill: () => void) => void = () => undefined,
  ): Promise<RunAsResult> {
    const listener: Record<string, string> = this.state.switches.eventListener
      ? {}
      : { LAB_EVENT_LISTENER: "absent" };
    const options = { env: { ...listener, ...env }, stdin, timeoutMs: longestRunMs, started };
    return runAs(this.state.files.user(user), program, args, options);
  }
}
