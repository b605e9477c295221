import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAgent } from "../../src/agent/agent.ts";
import { silentLog } from "../../src/logging.ts";
import type { PageHost } from "../../src/panel.ts";
import { parseSettings } from "../../src/settings.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { FakePanel } from "../fakes/fake-panel.ts";

/*
 * An agent with many requests in its store, as a process of its own, whose page host believes the bench: only the agent is
 * measured, not a panel. `pages-agent FOLDER REQUESTS`; pages on FOLDER/run/pages.sock, "ready" on standard output.
 */
const [folder = "", wanted = ""] = process.argv.slice(2);
const accounts = 1_000;
const states = ["needs-you", "validating", "installed", "installed", "installed", "cancelled"] as const;

function fill(stateDir: string, requests: number): void {
  const db = openDatabase(stateDir);
  const store = new Store(db);
  const start = Date.now();
  db.transaction(() => {
    for (let index = 0; index < requests; index += 1) {
      const state = states[index % states.length] ?? "installed";
      store.requests.add({
        reference: `xs-${String(index).padStart(16, "0")}`,
        kind: "order",
        predecessor: null,
        account: `user${index % accounts}`,
        accountCreatedAt: null,
        names: [`site${index}.example.test`, `www.site${index}.example.test`] as never,
        productId: 90,
        productName: "EssentialSSL",
        validation: "DV",
        years: 1,
        dcvMethod: "DNS",
        keyId: null,
        csr: null,
        caRequestId: 900_000_000 + index,
        caCertificateId: null,
        state,
        reason: state === "needs-you" ? "dcv-zone-elsewhere" : null,
        detail: "",
        steps: [],
        fingerprint: null,
        notAfter: state === "installed" ? new Date(start + 200 * 86_400_000) : null,
        goneSince: null,
        createdAt: new Date(start - index * 1_000),
      });
    }
  });
  store.close();
}

/** The handover names who asks and what for. */
const host: PageHost = {
  async readPageRequest(handover) {
    const { administrator, query } = JSON.parse(String(handover)) as {
      administrator: boolean;
      query: Record<string, string>;
    };
    return {
      caller: {
        account: administrator ? "admin" : "user7",
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
fill(stateDir, Number(wanted));
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
