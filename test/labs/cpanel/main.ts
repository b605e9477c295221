import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type FurnishedAccount, furnish, pick, readLabSettings } from "../common/furnish.ts";
import { exitWith, type FaultOrder, serveLab, withPattern } from "../common/lab-process.ts";
import type { NewAccount } from "./account-desk.ts";
import { type CpanelLab, type CpanelLabOptions, startCpanelLab } from "./cpanel-lab.ts";
import type { NewDomain } from "./domain-desk.ts";
import type { Switches } from "./switches.ts";

/** What the settings file may hold, JSON: options of the lab, and what is on the server from the start. */
type Settings = Omit<CpanelLabOptions, "rootDir" | "now" | "dnsServer"> & {
  dnsServer?: { port?: number; address?: string };
  accounts?: FurnishedAccount<NewAccount, NewDomain>[];
};

/** One line on standard input; the answer is one line with `ok`. */
type Order =
  | { do: "add-account"; account: NewAccount }
  | { do: "add-domain"; account: string; domain: string; options: NewDomain }
  | { do: "suspend"; account: string; on: boolean }
  | { do: "set-feature"; account: string; feature: string; on: boolean }
  | { do: "run-deferred" | "clear-faults" | "settled" }
  | { do: "run-autossl"; account?: string }
  | { do: "trust"; pem: string }
  | { do: "run"; command: string[] }
  | { do: "set-switches"; switches: Partial<Switches> }
  | { do: "fault"; fault: FaultOrder };

const usage = "usage: node main.ts --dir DIRECTORY [--settings FILE]";

/** A person waits for this server, so deferred installs are worked off soon. */
const usualDeferredEveryMs = 5000;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { dir: { type: "string" }, settings: { type: "string" } } });
  if (values.dir === undefined) {
    console.error(usage);
    return 2;
  }
  const { accounts = [], ...settings } = readLabSettings<Settings>(values.settings);
  const rootPassword = settings.rootPassword ?? randomBytes(12).toString("base64url");
  mkdirSync(values.dir, { recursive: true });
  const options = { deferredEveryMs: usualDeferredEveryMs, ...settings, rootPassword, rootDir: values.dir };
  const lab = await startCpanelLab(options);
  for (const account of accounts) await furnish(lab, account);
  await lab.settled();
  const secrets = { passwordFile: rootPassword, tokenFile: lab.createToken("whm", "root") };
  const files = Object.entries(secrets).map(([name, secret]) => {
    const path = join(values.dir ?? "", name === "passwordFile" ? "root-password" : "root-token");
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    return [name, path];
  });
  await serveLab<Order>({
    describe: () => ({ ...describe(lab), ...Object.fromEntries(files) }),
    carryOut: (order) => carryOut(lab, order),
    stop: () => lab.stop(),
  });
  return 0;
}

function describe(lab: CpanelLab): Record<string, unknown> {
  const facts = pick(lab, [
    "cpanelUrl",
    "whmUrl",
    "hostName",
    "address",
    "cpanelPort",
    "whmPort",
    "httpPort",
  ]);
  const more = pick(lab, ["httpsPort", "dnsAddress", "rootDir"]);
  return { ...facts, ...more, trustFile: join(lab.rootDir, "var/cpanel/ssl/cpanel/cpanel.pem") };
}

async function carryOut(lab: CpanelLab, order: Order): Promise<unknown> {
  switch (order.do) {
    case "add-account":
      return lab.addAccount(order.account);
    case "add-domain":
      return lab.addDomain(order.account, order.domain, order.options);
    case "suspend":
      return lab.suspend(order.account, order.on);
    case "set-feature":
      return lab.setFeature(order.account, order.feature, order.on);
    case "run-deferred":
      return lab.runDeferred();
    case "run-autossl":
      return lab.runAutossl(order.account);
    case "settled":
      return lab.settled();
    case "trust":
      return lab.trust(order.pem);
    case "run":
      return lab.run(order.command);
    case "set-switches":
      return lab.set(order.switches);
    case "fault":
      return lab.fault(withPattern(order.fault));
    case "clear-faults":
      return lab.clearFaults();
    default:
      throw new Error("There is no such order.");
  }
}

exitWith(main());
