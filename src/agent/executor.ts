import { chownSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { panelModule } from "../../panels/index.ts";
import { type Clock, systemClock } from "../clock.ts";
import { startControlServer } from "../control/control-server.ts";
import { executorVerbs } from "../executor/executor-server.ts";
import type { Log } from "../logging.ts";
import type { Panel } from "../panel.ts";
import type { Settings } from "../settings.ts";
import { settingsVerbs } from "../setup/settings-verbs.ts";
import { panelOptions } from "./agent.ts";
import type { InheritedSockets } from "./inherited-sockets.ts";

export interface Executor {
  reload(): void;
  /** Finishes the calls that run, then lets go. */
  stop(): Promise<void>;
  /** Resolves when nobody has called for a while; never for one that was not started on demand. */
  readonly over: Promise<void>;
}

/** Without a call for this long there is no reason to keep a root process. */
const idleTime = 60_000;

/** The root side: serves the panel's verbs on a socket that only the agent's user can open (design §2). */
export async function startExecutor(parts: {
  readonly settings: Settings;
  readonly configFile: string;
  readonly log: Log;
  readonly sockets: InheritedSockets;
  /** Instead of the panel that the settings name. */
  readonly panel?: Panel;
  readonly clock?: Clock;
}): Promise<Executor> {
  const { settings, log } = parts;
  const clock = parts.clock ?? systemClock;
  const panel =
    parts.panel ?? (await panelModule(settings.panel.kind)).openPanel(panelOptions(settings, clock, log));
  const [fd] = parts.sockets.get("executor") ?? [];
  const path = join(settings.runDir, "executor.sock");
  const verbs = { ...executorVerbs(panel), ...settingsVerbs(parts.configFile) };
  const server = await startControlServer(fd === undefined ? path : { fd }, verbs, log);
  if (fd === undefined) giveToAgent(path, settings.stateDir);
  const over = fd === undefined ? new Promise<void>(() => undefined) : untilIdle(server, clock);
  return {
    over,
    reload: () => undefined,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      await panel.close();
    },
  };
}

/** The agent's user is the one who owns the state; a socket that systemd made has its owner already. */
function giveToAgent(socket: string, stateDir: string): void {
  const owner = statSync(stateDir, { throwIfNoEntry: false });
  if (owner !== undefined && process.getuid?.() === 0) chownSync(socket, owner.uid, owner.gid);
}

function untilIdle(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let open = 0;
    let cancel = clock.after(idleTime, resolve);
    server.on("request", (_request, response) => {
      open += 1;
      cancel();
      response.once("close", () => {
        open -= 1;
        if (open > 0) return;
        cancel();
        cancel = clock.after(idleTime, resolve);
      });
    });
  });
}
