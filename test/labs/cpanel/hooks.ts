import { readText, writeText } from "../common/text-files.ts";
import type { ServerFiles } from "./server-files.ts";
import type { ServerShell } from "./server-shell.ts";

/** A registration of `manage_hooks` (spec §1.8). */
export interface RegisteredHook {
  id: string;
  exectype: "script" | "module";
  /** Path of the script, or `Module::function`. */
  hook: string;
  category: string;
  event: string;
  stage: "pre" | "post";
  escalateprivs: 0 | 1;
  blocking: 0 | 1;
  weight: number;
}

export interface HookOutcome {
  /** A blocking hook said `0` with `BAILOUT`. */
  blocked: boolean;
  /** What hooks wrote to standard error; the command line shows it in front of its output. */
  noise: string[];
}

const longestRunMs = 20_000;

/** Standardized hooks: registered in `/var/cpanel/hooks.yaml`, run one after another by weight. */
export class Hooks {
  private readonly files: ServerFiles;
  private readonly shell: ServerShell;
  /** What hooks answered, the oldest first: `1 done`, `0 failed`. */
  readonly answers: { hook: string; answer: string }[] = [];

  constructor(files: ServerFiles, shell: ServerShell) {
    this.files = files;
    this.shell = shell;
  }

  list(): RegisteredHook[] {
    return JSON.parse(readText(this.path()) ?? "[]") as RegisteredHook[];
  }

  save(hooks: readonly RegisteredHook[]): void {
    writeText(this.path(), JSON.stringify(hooks, null, 1), 0o600);
  }

  /** Runs what is registered for an event. Hooks of the category `Cpanel` have the account's rights unless they ask for more. */
  async fire(
    category: string,
    event: string,
    stage: "pre" | "post",
    data: Readonly<Record<string, unknown>>,
    account?: string,
  ): Promise<HookOutcome> {
    const outcome: HookOutcome = { blocked: false, noise: [] };
    const wanted = this.list().filter(
      (one) => one.category === category && one.event === event && one.stage === stage,
    );
    for (const hook of wanted.toSorted((a, b) => a.weight - b.weight)) {
      const input = JSON.stringify({
        context: { category, event, stage, point: "main", escalateprivs: hook.escalateprivs },
        data,
        hook: { id: hook.id, exectype: hook.exectype, hook: hook.hook },
      });
      const asRoot = account === undefined || hook.escalateprivs === 1;
      const command =
        hook.exectype === "script" ? [hook.hook] : ["/usr/local/cpanel/bin/lab/run-module-hook", hook.hook];
      const { stdout, stderr } = await this.shell.run(command, {
        input,
        timeoutMs: longestRunMs,
        ...(asRoot ? {} : { uid: this.files.uid(account) }),
      });
      const answer = stdout.trim().split("\n").at(-1) ?? "";
      this.answers.push({ hook: hook.hook, answer });
      const lines = stderr.split("\n").filter((line) => line !== "");
      outcome.noise.push(...lines.map((line) => `info [uapi] STDERR output from hook ${hook.hook}: ${line}`));
      if (hook.blocking === 1 && answer.startsWith("0") && answer.includes("BAILOUT"))
        return { ...outcome, blocked: true };
    }
    return outcome;
  }

  private path(): string {
    return this.files.var("hooks.yaml");
  }
}
