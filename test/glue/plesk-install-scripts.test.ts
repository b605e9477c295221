import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packPleskExtension } from "../demo/servers/plesk-package.ts";
import { withExtensions } from "../labs/plesk/extensions/extension-host.ts";
import { startPleskLab } from "../labs/plesk/plesk-lab.ts";

const run = promisify(execFile);

// No text says as whom the panel runs them (spec plesk §1.5).
test.each(["psaadm", "root"] as const)(
  "install, upgrade and removal do the same when the panel runs their scripts as %s",
  async (user) => {
    const folder = mkdtempSync(join(tmpdir(), "plesk-install-"));
    chmodSync(folder, 0o755);
    const rootDir = join(folder, "server");
    const lab = await startPleskLab({
      rootDir,
      secondMs: 20,
      extensions: withExtensions,
      switches: { installScriptsRunAs: user },
    });
    const plesk = async (...args: string[]): Promise<string> => (await run(lab.command, args)).stdout;
    const traces = async (): Promise<{ handlers: number; tasks: number; sbin: boolean }> => ({
      handlers: (await plesk("bin", "event_handler", "--list")).match(/xolevents wake/g)?.length ?? 0,
      tasks: readdirSync(join(rootDir, "var/spool/cron/crontabs")).flatMap(
        (name) =>
          readFileSync(join(rootDir, "var/spool/cron/crontabs", name), "utf8").match(/notify\.php/g) ?? [],
      ).length,
      sbin: existsSync(join(rootDir, "opt/psa/admin/sbin/modules/xolphin-ssl/xolctl")),
    });
    try {
      const archive = packPleskExtension(folder);
      for (const verb of ["--install", "--upgrade"]) {
        await plesk("bin", "extension", verb, archive);
        expect(await traces()).toEqual({ handlers: 5, tasks: 1, sbin: true });
      }
      await plesk("bin", "extension", "--uninstall", "xolphin-ssl");
      expect(await traces()).toEqual({ handlers: 0, tasks: 0, sbin: false });
    } finally {
      await lab.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
