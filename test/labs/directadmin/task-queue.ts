import { appendFileSync, existsSync, renameSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { FaultPlan } from "../common/faults.ts";
import { readLines, removeFile, writeText } from "../common/text-files.ts";
import { giveTo } from "../common/unix-owner.ts";
import type { ReloadResult } from "../nginx/nginx.ts";
import type { PanelFiles } from "./panel-files.ts";
import type { Switches } from "./switches.ts";
import { accountConfig } from "./vhosts.ts";
import type { WebServer } from "./web-server.ts";

export interface TaskQueueParts {
  files: PanelFiles;
  switches: Switches;
  faults: FaultPlan;
  webServer: WebServer;
  foreignCertificates: ReadonlyMap<string, { cert: string; key: string }>;
  address: string;
  /** A run of the queue is also when named reads its zones again. */
  publishZones(): void;
}

/** Services that run on a real server and can be told to restart; here there is nothing behind them. */
const otherServices = ["exim", "dovecot", "directadmin", "named", "php-fpm", "pure-ftpd"];

/** The task queue of the panel (spec §4.1): lines in `data/task.queue`, carried out once a minute. */
export class TaskQueue {
  /** Reloads of the web server so far. */
  reloads = 0;
  private readonly parts: TaskQueueParts;
  private readonly stopping = new AbortController();
  private readonly delayed = new Set<Promise<unknown>>();
  /** Runs happen one after another, those of the timer and those of the command. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(parts: TaskQueueParts) {
    this.parts = parts;
  }

  append(line: string): void {
    appendFileSync(this.path(), `${line}\n`);
  }

  /** Carries out everything queued: equal lines once, one reload for all; the files are gone afterwards. */
  run(): Promise<string> {
    return this.inTurn(async () => {
      const lines = ["", ".cb"].flatMap((suffix) => this.take(`${this.path()}${suffix}`));
      const output = await this.carryOut([...new Set(lines)]);
      this.parts.publishZones();
      return output;
    });
  }

  /** One task now, past the queue; what it prints. Failing is said in the text only. */
  runLine(line: string): Promise<string> {
    return this.inTurn(() => this.carryOut([line]));
  }

  /** Writes the configuration of every account without a reload, for a web server that isn't running yet. */
  rewriteAll(): void {
    for (const account of this.parts.files.accounts()) this.rewrite(account);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([this.turn, ...this.delayed]);
  }

  private path(): string {
    return this.parts.files.panel("data/task.queue");
  }

  /** Moved aside first, so that what is appended meanwhile starts a new file. */
  private take(path: string): string[] {
    if (!existsSync(path)) return [];
    const aside = `${path}.running`;
    renameSync(path, aside);
    const lines = readLines(aside);
    removeFile(aside);
    return lines;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  private async carryOut(lines: readonly string[]): Promise<string> {
    let output = "";
    let reload = false;
    for (const line of lines) {
      const problem = this.carryOutLine(new URLSearchParams(line));
      if (problem === undefined) reload ||= touchesWebServer(line);
      else output += `error running '${line}': ${problem}\n`;
    }
    if (!reload) return output;
    const { ok, output: said } = await this.reload();
    return ok ? output : `${output}error running 'reload of nginx': ${said}`;
  }

  /** What is wrong with the task; undefined when it was done. */
  private carryOutLine(task: URLSearchParams): string | undefined {
    const [action, value, user] = [task.get("action"), task.get("value"), task.get("user")];
    if (action === "rewrite" && (value === "httpd" || value === "nginx")) {
      const accounts = user === null ? this.parts.files.accounts() : [user];
      if (accounts.some((account) => this.parts.files.account(account) === undefined)) {
        return "no such user";
      }
      for (const account of accounts) this.rewrite(account);
      return undefined;
    }
    const known = action === "httpd" || action === "nginx" || otherServices.includes(action ?? "");
    if (known && ["restart", "reload", "graceful", "start"].includes(value ?? "")) return undefined;
    return "unknown task";
  }

  private rewrite(account: string): void {
    const { files, switches, foreignCertificates, address } = this.parts;
    const path = files.userFile(account, "nginx.conf");
    const text = accountConfig(files, account, {
      httpPort: Number(files.config("port_80")),
      httpsPort: Number(files.config("port_443")),
      address,
      forceHttps: switches.forceHttps,
      privateHtml: switches.profile === "old",
      foreignCertificates,
    });
    writeText(path, text, 0o640);
    giveTo(path, "diradmin");
  }

  private async reload(): Promise<ReloadResult> {
    const { server } = this.parts.faults;
    if (server.reloadFails > 0) {
      server.reloadFails -= 1;
      return { ok: false, output: "nginx: [emerg] the configuration test failed\n" };
    }
    this.reloads += 1;
    if (server.reloadDelayMs === 0) return this.parts.webServer.reload();
    const later = wait(server.reloadDelayMs, undefined, { signal: this.stopping.signal })
      .then(() => this.parts.webServer.reload())
      .catch(() => undefined);
    this.delayed.add(later);
    void later.finally(() => this.delayed.delete(later));
    return { ok: true, output: "" };
  }
}

function touchesWebServer(line: string): boolean {
  const action = new URLSearchParams(line).get("action");
  return action === "rewrite" || action === "httpd" || action === "nginx";
}
