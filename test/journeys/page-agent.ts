import { writeSync } from "node:fs";
import { panelKinds, panelModule } from "../../panels/index.ts";
import { panelOptions, startAgent } from "../../src/agent/agent.ts";
import { onCrashPoint } from "../../src/crash-point.ts";
import { createLog } from "../../src/logging.ts";
import type { Caller, PageHost } from "../../src/panel.ts";
import { readSettings } from "../../src/settings.ts";
import { pageRequest } from "../pages/page-fixtures.ts";
import { dieAt } from "../proof/die-at.ts";
import { fastClock } from "../proof/fast-clock.ts";

/*
 * The agent as a process whose pages take anybody's word for who they are: `page-agent.ts CONFIG FACTOR [POINT]`. It is
 * killed by SIGKILL when it passes POINT. Prints one JSON line when it is ready.
 */

/** What the test hands over in place of a panel's glue. */
export interface PlainHandover {
  readonly caller: Caller;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>> | null;
}

const host: PageHost = {
  async readPageRequest(handover) {
    const { caller, path, query, form } = JSON.parse(String(handover)) as PlainHandover;
    return pageRequest(path, {
      caller,
      query: new Map(Object.entries(query)),
      form: form === null ? null : new Map(Object.entries(form)),
    });
  },
};

const [config = "", factor = "1", point] = process.argv.slice(2);
dieAt(onCrashPoint, point);
const settings = readSettings(config, panelKinds);
const clock = fastClock(Number(factor));
const log = createLog({ ...settings.log, now: () => clock.now() });
const module = await panelModule(settings.panel.kind);
const panel = module.openPanel(panelOptions(settings, clock, log));
await startAgent({
  settings,
  version: "killed",
  log,
  clock,
  panel: { panel, host },
  role: "service",
});
writeSync(1, `${JSON.stringify({ ready: true })}\n`);
