import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PageHost } from "../../src/panel.ts";
import { FakePanel } from "../fakes/fake-panel.ts";

/*
 * An agent on a store that `fill-store` filled, as a process of its own, whose page host believes the bench: only the agent
 * is measured, not a panel. `pages-agent FOLDER`; pages on FOLDER/run/pages.sock, "ready" on standard output.
 */
// The compiled program, as it ships: a compiler in the same process would be measured too.
const built = (name: string): Promise<unknown> => import(join(import.meta.dirname, "../../build", name));
const { startAgent } = (await built("src/agent/agent.js")) as typeof import("../../src/agent/agent.ts");
const { silentLog } = (await built("src/logging.js")) as typeof import("../../src/logging.ts");
const { parseSettings } = (await built("src/settings.js")) as typeof import("../../src/settings.ts");

const [folder = ""] = process.argv.slice(2);
const accounts = 1_000;

/** The handover names who asks and what for. */
const host: PageHost = {
  async readPageRequest(handover) {
    const { administrator, query } = JSON.parse(String(handover)) as {
      administrator: boolean;
      query: Record<string, string>;
    };
    return {
      caller: {
        account: administrator ? "admin" : "user0",
        role: administrator ? "administrator" : "account",
        level: administrator ? "administrator" : "account",
        actingFor: null,
        language: "en",
        sessionBinding: "bench",
        readOnly: false,
      },
      output: "page",
      path: "/requests",
      query: new Map(Object.entries(query)),
      form: null,
      href: (path, parameters = {}) => `${path}?${new URLSearchParams(parameters)}`,
      rawHref: (path, parameters = {}) => `${path}?${new URLSearchParams(parameters)}`,
      asset: (name) => `/images/${name}`,
      theme: "bare-frame",
    };
  },
};

const stateDir = join(folder, "state");
mkdirSync(join(folder, "run"));
writeFileSync(join(folder, "password"), "none\n", { mode: 0o600 });
const panel = new FakePanel({} as never);
panel.addAccount("admin", { role: "administrator", owner: null });
for (let index = 0; index < accounts; index += 1) panel.addAccount(`user${index}`);
await startAgent({
  settings: parseSettings(
    JSON.stringify({
      ca: { baseUrl: "https://127.0.0.1:1/v1/", username: "nobody", passwordFile: join(folder, "password") },
      webhook: { listen: ["127.0.0.1:0"], tls: false },
      panel: { kind: "fake" },
      stateDir,
      runDir: join(folder, "run"),
    }),
    "bench",
    ["fake"],
  ),
  version: "bench",
  log: silentLog,
  panel: { panel, host },
  role: "service",
});
console.log("ready");
