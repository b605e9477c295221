import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type FurnishedAccount, furnish, pick, readLabSettings } from "../common/furnish.ts";
import { exitWith, type FaultOrder, serveLab, withPattern } from "../common/lab-process.ts";
import type { NewAccount, NewDomain } from "./account-desk.ts";
import { type DirectAdminLab, type DirectAdminLabOptions, startDirectAdminLab } from "./directadmin-lab.ts";
import type { PluginRuntimeFactory } from "./plugin-runtime-contract.ts";
import type { Switches } from "./switches.ts";

/** What the settings file may hold, JSON: options of the lab, and what is on the server from the start. */
type Settings = Omit<DirectAdminLabOptions, "rootDir" | "now" | "plugins" | "dnsServer"> & {
  dnsServer?: { port?: number; address?: string };
  accounts?: FurnishedAccount<NewAccount, NewDomain>[];
};

/** One line on standard input; the answer is one line with `ok`. */
type Order =
  | { do: "add-account"; account: NewAccount }
  | { do: "add-domain"; account: string; domain: string; options?: NewDomain }
  | { do: "suspend"; account: string; on: boolean }
  | { do: "run-task-queue" | "nightly-acme" | "clear-faults" }
  | { do: "set-switches"; switches: Partial<Switches> }
  | { do: "fault"; fault: FaultOrder };

const usage = "usage: node main.ts --dir DIRECTORY [--settings FILE] [--plugins MODULE]";

/** A person waits for this panel, so the queue runs more often than once a minute. */
const usualTaskEveryMs = 2000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      dir: { type: "string" },
      settings: { type: "string" },
      plugins: { type: "string" },
    },
  });
  if (values.dir === undefined) {
    console.error(usage);
    return 2;
  }
  const { accounts = [], ...settings } = readLabSettings<Settings>(values.settings);
  const adminPassword = settings.adminPassword ?? randomBytes(12).toString("base64url");
  mkdirSync(values.dir, { recursive: true });
  const plugins = values.plugins === undefined ? undefined : await loadRuntime(values.plugins);
  const lab = await startDirectAdminLab({
    taskEveryMs: usualTaskEveryMs,
    ...settings,
    adminPassword,
    rootDir: values.dir,
    ...(plugins === undefined ? {} : { plugins }),
  });
  for (const account of accounts) await furnish(lab, account);
  await lab.runTaskQueue();
  const passwordFile = join(values.dir, "admin-password");
  writeFileSync(passwordFile, `${adminPassword}\n`, { mode: 0o600 });
  await serveLab<Order>({
    describe: () => ({ ...describe(lab), passwordFile }),
    carryOut: (order) => carryOut(lab, order),
    stop: () => lab.stop(),
  });
  return 0;
}

/** The plugin side is a module of its own; `test/labs/directadmin/plugin-runtime.ts` is the usual one. */
async function loadRuntime(path: string): Promise<PluginRuntimeFactory> {
  const module = (await import(pathToFileURL(resolve(path)).href)) as {
    createPluginRuntime: PluginRuntimeFactory;
  };
  return module.createPluginRuntime;
}

function describe(lab: DirectAdminLab): Record<string, unknown> {
  return {
    ...pick(lab, ["url", "hostName", "address", "port", "httpPort", "httpsPort", "dnsAddress", "rootDir"]),
    trustFile: join(lab.rootDir, "usr/local/directadmin/conf/cacert.pem"),
    command: join(lab.rootDir, "usr/local/directadmin/directadmin"),
  };
}

async function carryOut(lab: DirectAdminLab, order: Order): Promise<unknown> {
  switch (order.do) {
    case "add-account":
      return lab.addAccount(order.account);
    case "add-domain":
      return lab.addDomain(order.account, order.domain, order.options);
    case "suspend":
      return lab.suspend(order.account, order.on);
    case "run-task-queue":
      return lab.runTaskQueue();
    case "nightly-acme":
      return lab.nightlyAcme();
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
