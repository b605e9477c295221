import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientRow } from "./records.ts";

export interface ScriptResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Who is logged in, and as whom they act. */
export interface PanelSession {
  readonly id: string;
  readonly client: ClientRow;
  /** Set when an administrator or reseller acts as one of their customers. */
  readonly impersonatedBy: ClientRow | undefined;
  readonly forgeryToken: string;
  readonly locale: string;
}

export interface LongTask {
  instanceId: string;
  /** `task_sync`. */
  id: string;
  extension: string;
  class: string;
  domain: number | null;
  status: "not_started" | "running" | "error" | "done";
  progress: number;
  message: string;
  steps: unknown;
  hidden: boolean;
  trackProgress: boolean;
  params: Record<string, unknown>;
}

/** The side of the panel that runs extensions; it needs PHP, the rest of the lab doesn't. */
export interface ExtensionHost {
  /** `plesk bin extension …`. */
  install(archive: string, mode: "install" | "upgrade"): Promise<string>;
  register(id: string): Promise<string>;
  uninstall(id: string): Promise<string>;
  execute(id: string, script: string, words: readonly string[], stdin: string): Promise<ScriptResult>;
  /** `plesk ext ID …`: the hook `ApiCli`. */
  call(id: string, words: readonly string[], stdin: string): Promise<ScriptResult>;
  /** A script of `sbin` as root, as `mod_wrapper` runs it. */
  runSbin(
    id: string,
    script: string,
    words: readonly string[],
    env: Record<string, string>,
    stdin: string,
  ): Promise<ScriptResult>;
  /** Asks one hook of an extension; null when it has none. What it answers is plain data. */
  hook(id: string, hook: string, method: string, params: unknown, session?: PanelSession): Promise<unknown>;
  /** Runs the tasks of the scheduler, as cron would: all that are active, or those of one extension. */
  runScheduled(id?: string): Promise<ScriptResult[]>;
  /** Long tasks so far, newest last. */
  readonly longTasks: readonly LongTask[];
  /** Resolves when no long task runs. */
  longTasksDone(): Promise<void>;
  /** Lines that extensions want inside the site's servers. */
  webServerLines(siteId: number): Promise<string>;
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    session: PanelSession | undefined,
  ): Promise<void>;
  /** The panel's services are reloaded: pages under way break off (spec plesk §6). How many there were. */
  breakPages(): number;
  stop(): Promise<void>;
}
