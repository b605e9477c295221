import { join } from "node:path";
import { panelModule } from "../../panels/index.ts";
import { systemClock } from "../clock.ts";
import { startControlServer } from "../control/control-server.ts";
import { executorVerbs } from "../executor/executor-server.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";
import { panelOptions } from "./agent.ts";

/** The root side: serves the panel's verbs on a socket that only the agent's user can open (design §2). */
export async function startExecutor(
  settings: Settings,
  log: Log,
): Promise<{ reload(): void; stop(): Promise<void> }> {
  const panel = panelModule(settings.panel.kind).openPanel(panelOptions(settings, systemClock, log));
  const server = await startControlServer(join(settings.runDir, "executor.sock"), executorVerbs(panel), log);
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
