import { setTimeout as wait } from "node:timers/promises";
import type { FaultPlan } from "../common/faults.ts";
import type { Switches } from "./switches.ts";
import type { WebServer } from "./web-server.ts";

interface ApacheParts {
  webServer: WebServer;
  faults: FaultPlan;
  switches: Switches;
  /** Real milliseconds between a request and the restart. */
  delayMs: number;
}

/** Restarts of Apache (spec §6): asked for by whatever changes a website, done in the background, merged. */
export class Apache {
  /** Restarts so far. */
  reloads = 0;
  private readonly parts: ApacheParts;
  private readonly stopping = new AbortController();
  private waiting = false;
  private readonly underWay = new Set<Promise<void>>();

  constructor(parts: ApacheParts) {
    this.parts = parts;
  }

  /** Returns at once. A request while another waits joins it; one during a restart makes a further one. */
  requestRestart(): void {
    if (this.waiting || this.parts.switches.apacheRestarts === "manual") return;
    this.waiting = true;
    const work = this.later().finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Restarts now; resolves when the new configuration is served. */
  async restart(): Promise<void> {
    const { server } = this.parts.faults;
    if (server.reloadFails > 0) {
      server.reloadFails -= 1;
      return;
    }
    this.reloads += 1;
    await this.parts.webServer.reload();
  }

  /** Resolves when no restart is under way. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.idle();
  }

  /** The delay is real time, even of none: what asks for a restart right after another joins it. */
  private async later(): Promise<void> {
    const delay = this.parts.faults.server.reloadDelayMs || this.parts.delayMs;
    const gone = await wait(delay, false, { signal: this.stopping.signal }).catch(() => true);
    this.waiting = false;
    if (!gone) await this.restart().catch(() => undefined);
  }
}
