import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directadmin } from "../../panels/directadmin/index.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/logging.ts";
import type { PanelHarness } from "../contract/panel-contract.ts";
import { type DirectAdminLab, startDirectAdminLab } from "../labs/directadmin/directadmin-lab.ts";
import { lookUpAt } from "./look-up.ts";

/** A lab with the contract suite's accounts, and the adapter opened on it. */
export async function openDirectAdmin(
  options: Omit<Parameters<typeof startDirectAdminLab>[0], "rootDir"> = {},
  // Where there is no Unix user of that name, the lab leaves homes to root; a real panel never does.
  homesBelongToAccounts = true,
): Promise<{ lab: DirectAdminLab; harness: PanelHarness }> {
  const rootDir = mkdtempSync(join(tmpdir(), "directadmin-"));
  chmodSync(rootDir, 0o711);
  const lab = await startDirectAdminLab({ rootDir, ...options });
  await lab.addAccount({ name: "bob" });
  await lab.addAccount({ name: "eve" });
  await lab.addDomain("bob", "bob.test", { subdomains: ["shop"] });
  await lab.addDomain("eve", "eve.test");
  if (homesBelongToAccounts) execFileSync("chown", ["-R", "54321:54321", join(rootDir, "home/bob")]);
  await lab.runTaskQueue();
  const panel = directadmin.openPanel({
    rootDir,
    apiUrl: null,
    credentialFile: null,
    runDir: rootDir,
    trust: [],
    clock: systemClock,
    log: silentLog,
  });
  const harness: PanelHarness = {
    panel,
    httpsPort: lab.httpsPort,
    httpPort: lab.httpPort,
    settle: () => lab.runTaskQueue(),
    lookUp: lookUpAt(lab.dnsAddress),
    suspend: (account) => lab.suspend(account, true),
    async removeVhost(id) {
      await lab.removeDomain("bob", id);
    },
    async close() {
      await panel.close();
      await lab.stop();
      rmSync(rootDir, { recursive: true, force: true });
    },
  };
  return { lab, harness };
}
