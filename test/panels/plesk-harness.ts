import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { plesk } from "../../panels/plesk/index.ts";
import { systemClock } from "../../src/clock.ts";
import { type Log, silentLog } from "../../src/logging.ts";
import type { PanelHarness } from "../contract/panel-contract.ts";
import { packPleskExtension } from "../demo/servers/plesk-package.ts";
import { withExtensions } from "../labs/plesk/extensions/extension-host.ts";
import { type PleskLab, type PleskLabOptions, startPleskLab } from "../labs/plesk/plesk-lab.ts";
import { lookUpAt } from "./look-up.ts";

const run = promisify(execFile);

/** A lab with the contract suite's accounts and our extension, and the adapter opened on it. */
export async function openPlesk(
  options: Partial<PleskLabOptions> = {},
  log: Log = silentLog,
): Promise<{ lab: PleskLab; harness: PanelHarness }> {
  const rootDir = mkdtempSync(join(tmpdir(), "plesk-"));
  const lab = await startPleskLab({ secondMs: 20, ...options, rootDir, extensions: withExtensions });
  // Setting the server up belongs to other tests and takes its time.
  const archive = packPleskExtension(rootDir, { leaveOut: ["plib/scripts/post-install.php"] });
  await run(lab.command, ["bin", "extension", "--install", archive]);
  await lab.addAccount({ login: "bob" });
  await lab.addAccount({ login: "eve" });
  await lab.addDomain("bob", "bob.test", { aliases: { "shop.bob.test": "web" } });
  await lab.addDomain("eve", "eve.test");
  await lab.settle();
  const panel = plesk.openPanel({
    rootDir,
    apiUrl: null,
    credentialFile: null,
    runDir: rootDir,
    trust: [],
    clock: systemClock,
    log,
  });
  const harness: PanelHarness = {
    panel,
    httpsPort: lab.httpsPort,
    httpPort: lab.httpPort,
    settle: () => lab.settle(),
    lookUp: lookUpAt(lab.dnsAddress),
    suspend: (account) => lab.suspend(account, true),
    removeVhost: (id) => lab.removeDomain(id),
    async close() {
      await panel.close();
      await lab.stop();
      rmSync(rootDir, { recursive: true, force: true });
    },
  };
  return { lab, harness };
}
