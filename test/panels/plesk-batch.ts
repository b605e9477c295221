import { plesk } from "../../panels/plesk/index.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/logging.ts";
import { bundleFor } from "../contract/panel-contract.ts";

// A process of its own that installs a batch, for a test to kill: plesk-batch ROOT-DIR SITE…
const [rootDir = "", ...sites] = process.argv.slice(2);
const panel = plesk.openPanel({
  rootDir,
  apiUrl: null,
  credentialFile: null,
  runDir: rootDir,
  trust: [],
  clock: systemClock,
  log: silentLog,
});
await panel.installCertificates(
  sites.map((id) => ({ vhost: { id, account: "bob" }, bundle: bundleFor([id]) })),
);
