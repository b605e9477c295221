import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directadmin } from "../../panels/directadmin/index.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/logging.ts";

test.each(["listAccounts", "listVhosts", "readFacts"] as const)(
  "%s on a server without the panel's files says that the panel does not answer, and that is no fault of ours",
  async (method) => {
    const rootDir = mkdtempSync(join(tmpdir(), "no-panel-"));
    const panel = directadmin.openPanel({
      rootDir,
      apiUrl: "https://localhost:1/",
      credentialFile: null,
      runDir: rootDir,
      trust: [],
      clock: systemClock,
      log: silentLog,
    });
    try {
      await expect(panel[method]()).rejects.toMatchObject({ code: "panel-unreachable" });
    } finally {
      await panel.close();
      rmSync(rootDir, { recursive: true });
    }
  },
);
