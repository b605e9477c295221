import { chownSync, statSync } from "node:fs";
import { join } from "node:path";
import { panelModule } from "../../panels/index.ts";
import { systemClock } from "../clock.ts";
import { startControlServer } from "../control/control-server.ts";
import { executorVerbs } from "../executor/executor-server.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";
import { panelOptions } from "./agent.ts";

/** The agent's user is the one who owns the state; a socket that systemd made has its owner already. */
function giveToAgent(socket: string, stateDir: string): void {
  const owner = statSync(stateDir, { throwIfNoEntry: false });
  if (owner !== undefined && process.getuid?.() === 0) chownSync(socket, owner.uid, owner.gid);
}

/** The root side: serves the panel's verbs on a socket that only the agent's user can open (design §2). */
export async function startExecutor(
  settings: Settings,
  log: Log,
): Promise<{ reload(): void; stop(): Promise<void> }> {
  const panel = panelModule(settings.panel.kind).openPanel(panelOptions(settings, systemClock, log));
  const socket = join(settings.runDir, "executor.sock");
  const server = await startControlServer(socket, executorVerbs(panel), log);
  giveToAgent(socket, settings.stateDir);
  return {
    reload: () => undefined,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await panel.close();
    },
  };
}
