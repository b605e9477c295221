import type { Panel } from "../../src/panel.ts";
import type { PanelHarness } from "../contract/panel-contract.ts";
import { createServerCertificates } from "../labs/ca/server-certificates.ts";
import { FakePanel } from "./fake-panel.ts";

/** The fake panel as the contract suite wants it; `wrap` puts something between the suite and the panel. */
export async function openFakeHarness(
  wrap: (panel: FakePanel) => Promise<{ panel: Panel; close(): Promise<void> }>,
): Promise<PanelHarness> {
  const certificates = createServerCertificates("127.0.0.1");
  const fake = new FakePanel(certificates.contextFor("valid") as { cert: string; key: string });
  await fake.listen();
  fake.addAccount("bob");
  fake.addAccount("eve");
  fake.addVhost("bob", "bob.test", ["shop.bob.test"]);
  fake.addVhost("eve", "eve.test");
  const { panel, close } = await wrap(fake);
  return {
    panel,
    httpsPort: fake.httpsPort,
    httpPort: fake.httpPort,
    async settle() {},
    async lookUp(name, type) {
      return fake.records
        .filter((record) => record.name === name && record.type === type)
        .map((record) => String(record.data));
    },
    async suspend(name) {
      fake.addAccount(name, { suspended: true });
    },
    async removeVhost(id) {
      fake.vhosts.delete(id);
    },
    async keepKey(account, pem) {
      fake.keys.set(account, [...(fake.keys.get(account) ?? []), pem]);
    },
    async close() {
      await close();
      await fake.stop();
    },
  };
}
