import { bundleFor, handshake } from "../contract/panel-contract.ts";
import { openPlesk } from "./plesk-harness.ts";

const patience = 900_000;

test(
  "200 certificates for 200 websites in one batch cost at most three restarts of the web server, and all are served",
  async () => {
    const { lab, harness } = await openPlesk({ secondMs: 1_000 });
    try {
      const names = Array.from({ length: 200 }, (_, index) => `bulk${index}.test`);
      await lab.inOneRestart(async () => {
        for (const name of names) await lab.addDomain("bob", name);
      });
      await lab.settle();
      const before = lab.restarts;
      const installs = names.map((id) => ({ vhost: { id, account: "bob" }, bundle: bundleFor([id]) }));
      const outcomes = await harness.panel.installCertificates(installs);
      expect(outcomes.filter(({ problem }) => problem !== null)).toEqual([]);
      await lab.settle();
      expect(lab.restarts - before).toBeLessThanOrEqual(3);
      for (const { vhost, bundle } of installs) {
        expect([vhost.id, (await handshake(harness.httpsPort, vhost.id))[0]]).toEqual([
          vhost.id,
          bundle.leaf.fingerprint,
        ]);
      }
    } finally {
      await harness.close();
    }
  },
  patience,
);
