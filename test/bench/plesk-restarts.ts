import { bundleFor, handshake } from "../contract/panel-contract.ts";
import { openPlesk } from "../panels/plesk-harness.ts";
import { atMost, type Figure, plain } from "./aim.ts";

const websites = 200;

/**
 * One batch of certificates, each for a domain of its own, on a panel whose seconds are real: how often the web server is
 * restarted for it, until everything that was queued is done and handshakes show every certificate.
 */
export async function benchPleskRestarts(): Promise<Figure[]> {
  const { lab, harness } = await openPlesk({ secondMs: 1_000 });
  try {
    const names = Array.from({ length: websites }, (_, index) => `bulk${index}.test`);
    await lab.inOneRestart(async () => {
      for (const name of names) await lab.addDomain("bob", name);
    });
    await lab.settle();
    const [before, start] = [lab.restarts, performance.now()];
    const installs = names.map((id) => ({ vhost: { id, account: "bob" }, bundle: bundleFor([id]) }));
    const outcomes = await harness.panel.installCertificates(installs);
    const seconds = (performance.now() - start) / 1000;
    await lab.settle();
    const failed = outcomes.filter(({ problem }) => problem !== null).length;
    if (failed > 0) throw new Error(`${failed} of ${websites} were not installed`);
    for (const { vhost, bundle } of installs) {
      const [shown] = await handshake(harness.httpsPort, vhost.id);
      if (shown !== bundle.leaf.fingerprint) throw new Error(`${vhost.id} shows another certificate`);
    }
    return [
      atMost(`restarts for ${websites} certificates on ${websites} websites`, lab.restarts - before, 3, ""),
      plain("the batch, all commands one after the other", seconds, " s"),
    ];
  } finally {
    await harness.close();
  }
}
