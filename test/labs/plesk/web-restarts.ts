import { setTimeout as wait } from "node:timers/promises";
import type { Nginx, ReloadResult } from "../nginx/nginx.ts";
import type { FaultPlan } from "./faults.ts";

export interface RestartSettings {
  /** `server_pref` restart-apache, in the panel's seconds. */
  interval(): number;
  /** Real milliseconds of one of the panel's seconds. */
  secondMs: number;
  /** Reload nginx at once and not with the restart? */
  nginxAtOnce(): boolean;
}

/**
 * The restart of the web servers after changes (spec plesk §4): changes within the restart interval are collapsed into
 * one restart at its end; with an interval of 0 each change restarts at once, and the command waits for it.
 */
export class WebRestarts {
  /** Restarts of the web servers so far. */
  count = 0;
  private readonly nginx: Nginx;
  private readonly faults: FaultPlan;
  private readonly settings: RestartSettings;
  private readonly stopping = new AbortController();
  private held = 0;
  private planned: Promise<unknown> | undefined;
  private readonly delayed = new Set<Promise<unknown>>();
  /** Ends the wait for the interval early. */
  private hurry: (() => void) | undefined;

  constructor(nginx: Nginx, faults: FaultPlan, settings: RestartSettings) {
    this.nginx = nginx;
    this.faults = faults;
    this.settings = settings;
  }

  /** Whatever changes meanwhile is taken up by one restart at the end. */
  async once(work: () => Promise<void>): Promise<void> {
    this.held += 1;
    try {
      await work();
    } finally {
      this.held -= 1;
    }
    await this.queue();
  }

  /** A vhost has changed. */
  async queue(): Promise<void> {
    if (this.held > 0) return;
    const interval = this.settings.interval();
    if (this.settings.nginxAtOnce()) await this.reload();
    if (interval <= 0) {
      await this.restart();
      return;
    }
    this.planned ??= this.restartLater(interval * this.settings.secondMs);
  }

  /** Does at once what waits for the interval. */
  async flush(): Promise<void> {
    this.hurry?.();
    await this.planned;
    await Promise.allSettled([...this.delayed]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([this.planned, ...this.delayed]);
  }

  private async restartLater(ms: number): Promise<void> {
    const hurry = new Promise<void>((resolve) => {
      this.hurry = resolve;
    });
    const { signal } = this.stopping;
    await Promise.race([wait(ms, undefined, { signal, ref: false }).catch(() => undefined), hurry]);
    this.planned = undefined;
    this.hurry = undefined;
    if (!signal.aborted) await this.restart();
  }

  private async restart(): Promise<void> {
    this.count += 1;
    if (!this.settings.nginxAtOnce()) await this.reload();
  }

  private async reload(): Promise<ReloadResult> {
    const { server } = this.faults;
    if (server.reloadFails > 0) {
      server.reloadFails -= 1;
      return { ok: false, output: "nginx: [emerg] the configuration test failed\n" };
    }
    if (server.reloadDelayMs === 0) return this.nginx.reload();
    const { signal } = this.stopping;
    const later = wait(server.reloadDelayMs, undefined, { signal })
      .then(() => this.nginx.reload())
      .catch(() => undefined);
    this.delayed.add(later);
    void later.finally(() => this.delayed.delete(later));
    return { ok: true, output: "" };
  }
}
