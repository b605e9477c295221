import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineProblem } from "../labs/machine/machine.ts";
import { openDirectAdminServer } from "./directadmin-server.ts";
import { acceptOwnWebhooks, packTwoVersions, storedIds, underLoad, unpackOn } from "./upgrade-run.ts";

/* The long form of upgrade.test.ts, for a person: see scripts/upgrade-test. */

const [rounds = 20, rate = 200] = process.argv.slice(2).map(Number);
const problem = machineProblem();
if (problem !== null) throw new Error(`no server can be started here: it ${problem}`);
const folder = mkdtempSync(join(tmpdir(), "upgrades-"));
const server = await openDirectAdminServer();
try {
  const archives = packTwoVersions(folder);
  await server.installPlugin(archives.old);
  const payloads = await unpackOn(server, archives);
  await acceptOwnWebhooks(server);
  const begin = performance.now();
  const report = await underLoad(server, rate, async () => {
    for (let round = 1; round <= rounds; round += 1) {
      for (const payload of [payloads.next, payloads.old]) {
        await server.command("xolphin-ssl", "package", "install", "--from", payload);
      }
      console.error(`round ${round} of ${rounds}`);
    }
  });
  const stored = await storedIds(server);
  const lost = report.accepted.filter((id) => !stored.has(id)).length;
  const sent = Object.values(report.outcomes).reduce((sum, count) => sum + count, 0);
  const { accepted, slowest, outcomes, strange } = report;
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(
    JSON.stringify(
      { rounds, rate, seconds, sent, answered: outcomes, accepted: accepted.length, lost, slowest, strange },
      null,
      1,
    ),
  );
  if (lost > 0 || accepted.length !== sent) process.exitCode = 1;
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
