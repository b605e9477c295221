import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callOperation } from "../../src/control/control-client.ts";
import { startControlServer } from "../../src/control/control-server.ts";
import { executorVerbs } from "../../src/executor/executor-server.ts";
import { createRemotePanel } from "../../src/executor/remote-panel.ts";
import { silentLog } from "../../src/logging.ts";
import { describePanel } from "../contract/panel-contract.ts";
import { openFakeHarness } from "../fakes/fake-harness.ts";

async function serve(
  panel: Parameters<typeof executorVerbs>[0],
): Promise<{ socket: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "executor-"));
  const socket = join(folder, "executor.sock");
  const server = await startControlServer(socket, executorVerbs(panel), silentLog);
  return {
    socket,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describePanel("a panel behind the executor's socket", () =>
  openFakeHarness(async (fake) => {
    const { socket, close } = await serve(fake);
    return { panel: createRemotePanel("fake", socket), close };
  }),
);

test("the socket is for its owner alone, and an executor that is gone is a panel that can't be reached", async () => {
  const harness = await openFakeHarness(async (panel) => ({ panel, async close() {} }));
  const { socket, close } = await serve(harness.panel);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  await close();
  await harness.close();
  await expect(createRemotePanel("fake", socket).listAccounts()).rejects.toMatchObject({
    code: "panel-unreachable",
  });
});

const bob = { id: "bob.test", account: "bob" };
test.each<[string, unknown[]]>([
  ["readAccount", ["../../etc/passwd"]],
  ["readAccount", ["bob\nroot"]],
  ["readAccount", [{ name: "bob" }]],
  ["listVhosts", ["$(id)"]],
  ["readCertificate", [{ ...bob, id: "../../../etc/shadow" }]],
  ["readCertificate", [{ ...bob, extra: 1 }]],
  ["readBundle", [bob, bob]],
  ["installCertificates", [[{ vhost: bob, bundle: { leaf: "x", chain: [], key: "y" } }]]],
  ["installCertificates", [[{ vhost: { id: "-rf", account: "bob" }, bundle: null }]]],
  [
    "publishDcv",
    [{ method: "FILE", account: "bob", name: "bob.test", path: "/../../../etc/cron.d/x.txt", content: "x" }],
  ],
  [
    "publishDcv",
    [
      {
        method: "FILE",
        account: "bob",
        name: "bob.test",
        path: "/.well-known/pki-validation/a.php",
        content: "x",
      },
    ],
  ],
  [
    "publishDcv",
    [{ method: "DNS", account: "bob", name: "bob.test", owner: "a b", type: "CNAME", value: "x" }],
  ],
  [
    "publishDcv",
    [{ method: "DNS", account: "bob", name: "bob.test", owner: "_a.bob.test", type: "A", value: "1.2.3.4" }],
  ],
  ["withdrawDcv", [{ method: "SHELL", command: "id" }]],
  ["close", []],
  ["constructor", []],
  ["__proto__", []],
])("%s refuses %j before anything is touched", async (verb, args) => {
  const harness = await openFakeHarness(async (panel) => ({ panel, async close() {} }));
  const { socket, close } = await serve(harness.panel);
  const fake = harness.panel as unknown as { calls: unknown[] };
  await expect(callOperation(socket, verb, args)).rejects.toMatchObject({
    code: expect.stringMatching(/^(input-invalid|usage|host-name-invalid|certificate-unreadable)$/) as string,
  });
  expect(fake.calls).toEqual([]);
  await close();
  await harness.close();
});
