import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpanel } from "../../panels/cpanel/index.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/logging.ts";
import { type CpanelLab, startCpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import { atMost, type Figure, plain } from "./aim.ts";

const accounts = 1_000;
const websitesEach = 5;

/**
 * How long a full server is read: what is installed against what should be, as the hourly comparison asks, and every
 * website with its names, as the administrator's page asks. The lab answers faster than a real panel; calls are what counts.
 */
export async function benchCpanelReads(): Promise<Figure[]> {
  const rootDir = mkdtempSync(join(tmpdir(), "cpanel-bench-"));
  const lab = await startCpanelLab({
    rootDir,
    switches: { apacheRestarts: "manual", selfSignedOnCreate: true },
  });
  const credentialFile = join(rootDir, "whm-token");
  writeFileSync(credentialFile, `root:${lab.createToken("whm", "root")}\n`, { mode: 0o400 });
  const panel = cpanel.openPanel({
    rootDir,
    apiUrl: `${lab.whmUrl}/`,
    credentialFile,
    runDir: rootDir,
    trust: [],
    clock: systemClock,
    log: silentLog,
  });
  try {
    await furnish(lab);
    await panel.readFacts();
    const installed = await measure(lab, () => panel.listInstalled?.() ?? Promise.resolve([]));
    const vhosts = await measure(lab, () => panel.listVhosts());
    const total = accounts * websitesEach;
    if (installed.found !== total || vhosts.found !== total) {
      throw new Error(`${installed.found} and ${vhosts.found} of ${total} websites were read`);
    }
    return [
      atMost(`installed against expected, ${total} websites`, installed.seconds, 60, " s"),
      atMost("calls for it, per account", installed.calls / accounts, 5, ""),
      atMost(`all websites with names and addresses`, vhosts.seconds, 60, " s"),
      atMost("calls for it, per account", vhosts.calls / accounts, 5, ""),
      plain(
        "one account's websites",
        (await measure(lab, () => panel.listVhosts("u500"))).seconds * 1000,
        " ms",
      ),
    ];
  } finally {
    await panel.close();
    await lab.stop();
    rmSync(rootDir, { recursive: true, force: true });
  }
}

async function furnish(lab: CpanelLab): Promise<void> {
  for (let index = 0; index < accounts; index += 1) {
    const name = `u${index}`;
    await lab.addAccount({ name, domain: `${name}.test` });
    for (let site = 1; site < websitesEach; site += 1) {
      await lab.addDomain(name, `s${site}.${name}.test`, { kind: "sub" });
    }
  }
}

async function measure(
  lab: CpanelLab,
  read: () => Promise<readonly unknown[]>,
): Promise<{ found: number; seconds: number; calls: number }> {
  const [calls, start] = [lab.calls.length, performance.now()];
  const { length: found } = await read();
  return { found, seconds: (performance.now() - start) / 1000, calls: lab.calls.length - calls };
}
