import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineProblem } from "../labs/machine/machine.ts";
import { account, openDirectAdminServer } from "./directadmin-server.ts";
import {
  acceptOwnWebhooks,
  grabPort,
  type LoadReport,
  packTwoVersions,
  StoredWebhooks,
  underLoad,
  unpackOn,
} from "./upgrade-run.ts";

/* The long form of upgrade.test.ts, for a person: see scripts/upgrade-test. */

const [rounds = 20, rate = 200, restarts = 100] = process.argv.slice(2).map(Number);
/** Less than this part of the rate that was asked for is another test than the one that was meant. */
const rateKept = 0.95;
const problem = machineProblem();
if (problem !== null) throw new Error(`no server can be started here: it ${problem}`);
const folder = mkdtempSync(join(tmpdir(), "upgrades-"));
const server = await openDirectAdminServer();
try {
  const archives = packTwoVersions(folder);
  const begin = performance.now();
  await server.installPlugin(archives.old);
  console.log(JSON.stringify({ what: "first installation", seconds: (performance.now() - begin) / 1000 }));
  const payloads = await unpackOn(server, archives);
  await acceptOwnWebhooks(server);
  const stored = new StoredWebhooks(server);
  const upgrades = await measure(stored, "upgrades and downgrades", rounds * 2, async (turn) => {
    await server.command(
      ...["xolphin-ssl", "package", "install", "--from", turn % 2 === 0 ? payloads.next : payloads.old],
    );
  });
  const again = await measure(stored, "restarts", restarts, async () => {
    await server.command("systemctl", "restart", "xolphin-ssl.service");
    // The next one only once this one answers.
    await server.command("curl", "-sk", "-m", "60", "https://server.lab.test:9770/healthz");
  });
  for (const { accepted, figures } of [upgrades, again]) {
    const lost = accepted.filter((id) => !stored.ids.has(id)).length;
    console.log(JSON.stringify({ ...figures, lost }, null, 1));
    const { sent, portTaken, perSecond } = figures;
    if (lost > 0 || accepted.length !== sent || portTaken > 0) process.exitCode = 1;
    if (perSecond < rate * rateKept) {
      console.error(`this machine was too busy for ${rate} webhooks a second`);
      process.exitCode = 1;
    }
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Does `one` so often while webhooks come in and a local user tries to take the port. */
async function measure(
  stored: StoredWebhooks,
  what: string,
  times: number,
  one: (turn: number) => Promise<void>,
): Promise<{ accepted: LoadReport["accepted"]; figures: Figures }> {
  const grabber = await grabPort(server, account);
  const begin = performance.now();
  const { accepted, outcomes, perSecond, slowest, strange } = await underLoad(server, rate, async () => {
    for (let turn = 0; turn < times; turn += 1) {
      await one(turn);
      await stored.read();
      if ((turn + 1) % 10 === 0) console.error(`${turn + 1} of ${times} ${what}`);
    }
  });
  await stored.read();
  const { tries, taken } = await grabber.stop();
  const figures = {
    what,
    times,
    seconds: Math.round((performance.now() - begin) / 1000),
    rate,
    perSecond,
    sent: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    answered: outcomes,
    slowest,
    strange,
    portTried: tries,
    portTaken: taken,
  };
  return { accepted, figures };
}

interface Figures {
  readonly perSecond: number;
  readonly sent: number;
  readonly portTaken: number;
}
