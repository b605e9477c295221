import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpanel } from "../../panels/cpanel/index.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { type Log, silentLog } from "../../src/logging.ts";
import type { PanelHarness } from "../contract/panel-contract.ts";
import { authority } from "../contract/panel-contract.ts";
import { type CpanelLab, type CpanelLabOptions, startCpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import { lookUpAt } from "./look-up.ts";

/** Has the panel's two commands write down what they are called with; returns the lines so far. */
export function recordCommands(lab: CpanelLab): () => string[] {
  const log = join(lab.rootDir, "commands.log");
  for (const name of ["uapi", "whmapi1"]) {
    const command = join(lab.rootDir, "usr/local/cpanel/bin", name);
    const kept = join(lab.rootDir, "usr/local/cpanel/bin/kept", name);
    mkdirSync(join(kept, ".."), { recursive: true });
    symlinkSync(realpathSync(command), kept);
    rmSync(command);
    const script = `#!/bin/sh\nprintf '%s\\n' "$0 $*" >> '${log}'\nexec '${kept}' "$@"\n`;
    writeFileSync(command, script, { mode: 0o755 });
  }
  return () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
}

export interface OpenedCpanel {
  readonly lab: CpanelLab;
  readonly harness: PanelHarness;
}

/** A website that every lab here has. */
export const bob = { id: "bob.test", account: "bob" } as const;

/** A lab with the two accounts of the contract, and the adapter on it as the executor runs it. */
export async function openCpanel(
  options: Partial<CpanelLabOptions> & {
    /** Of the API token; all of them when absent, null: there is no token. */
    readonly rights?: readonly string[] | null;
    readonly clock?: Clock;
    readonly log?: Log;
  } = {},
): Promise<OpenedCpanel> {
  const { rights, clock = systemClock, log = silentLog, ...labOptions } = options;
  const rootDir = mkdtempSync(join(tmpdir(), "cpanel-"));
  chmodSync(rootDir, 0o755);
  const switches = { selfSignedOnCreate: false, ...labOptions.switches };
  const lab = await startCpanelLab({ rootDir, ...labOptions, switches });
  lab.trust(authority.part("root").pem);
  await lab.addAccount({ name: "bob", domain: "bob.test" });
  await lab.addDomain("bob", "alias-of-bob.test", { kind: "alias" });
  await lab.addDomain("bob", "sub.bob.test", { kind: "sub" });
  await lab.addAccount({ name: "eve", domain: "eve.test" });
  await lab.settled();
  const credentialFile = join(rootDir, "whm-token");
  if (rights !== null) {
    writeFileSync(credentialFile, `root:${lab.createToken("whm", "root", rights)}\n`, { mode: 0o400 });
  }
  const panel = cpanel.openPanel({
    rootDir,
    apiUrl: `${lab.whmUrl}/`,
    credentialFile: rights === null ? null : credentialFile,
    runDir: join(rootDir, "run"),
    trust: [authority.part("root").pem],
    clock,
    log,
  });
  const harness: PanelHarness = {
    panel,
    sharedName: "alias-of-bob.test",
    removable: "sub.bob.test",
    httpsPort: lab.httpsPort,
    httpPort: lab.httpPort,
    settle: () => lab.settled(),
    lookUp: lookUpAt(lab.dnsAddress),
    suspend: (account) => lab.suspend(account, true),
    async removeVhost(id) {
      await lab.removeDomain("bob", id);
    },
    async keepKey(account, pem) {
      const file = join(rootDir, "kept-key");
      writeFileSync(file, pem);
      const done = await lab.run([
        "/usr/local/cpanel/bin/uapi",
        "--output=json",
        `--user=${account}`,
        "SSL",
        "upload_key",
        `key=${encodeURIComponent(pem)}`,
      ]);
      if (!/"status":"?1/.test(done.stdout))
        throw new Error(`the key was not kept: ${done.stdout}${done.stderr}`);
    },
    async close() {
      await panel.close();
      await lab.stop();
      rmSync(rootDir, { recursive: true, force: true });
    },
  };
  return { lab, harness };
}
