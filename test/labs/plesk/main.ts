import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { NewAccount, NewDomain } from "./account-desk.ts";
import { withExtensions } from "./extensions/extension-host.ts";
import type { Fault } from "./faults.ts";
import { type PleskLab, type PleskLabOptions, startPleskLab } from "./plesk-lab.ts";
import type { Switches } from "./switches.ts";

/** What the settings file may hold, JSON: options of the lab, and what is on the server from the start. */
type Settings = Omit<PleskLabOptions, "rootDir" | "now" | "extensions" | "dnsServer"> & {
  dnsServer?: { port?: number; address?: string };
  plans?: Record<string, Record<string, boolean>>;
  accounts?: (NewAccount & { domains?: Record<string, NewDomain> })[];
};

/** One line on standard input; the answer is one line with `ok`. */
type Order =
  | { do: "add-account"; account: NewAccount }
  | { do: "add-domain"; login: string; domain: string; options?: NewDomain }
  | { do: "suspend"; login: string; on: boolean }
  | { do: "settle" | "keep-secured" | "run-scheduled" | "clear-faults" }
  | { do: "set-switches"; switches: Partial<Switches> }
  /** `match` is a regular expression as text. */
  | { do: "fault"; fault: Fault & { match?: string } };

const usage = "usage: node main.ts --dir DIRECTORY [--settings FILE] [--no-extensions]";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { dir: { type: "string" }, settings: { type: "string" }, "no-extensions": { type: "boolean" } },
  });
  if (values.dir === undefined) {
    console.error(usage);
    return 2;
  }
  const {
    accounts = [],
    plans = {},
    ...settings
  }: Settings = values.settings === undefined ? {} : JSON.parse(readFileSync(values.settings, "utf8"));
  const adminPassword = settings.adminPassword ?? randomBytes(12).toString("base64url");
  mkdirSync(values.dir, { recursive: true });
  const lab = await startPleskLab({
    ...settings,
    adminPassword,
    rootDir: values.dir,
    ...(values["no-extensions"] === true ? {} : { extensions: withExtensions }),
  });
  for (const [name, permissions] of Object.entries(plans)) lab.addPlan(name, permissions);
  await lab.inOneRestart(async () => {
    for (const account of accounts) await furnish(lab, account);
  });
  await lab.settle();
  const passwordFile = join(values.dir, "admin-password");
  writeFileSync(passwordFile, `${adminPassword}\n`, { mode: 0o600 });
  const trustFile = join(values.dir, "trust.pem");
  writeFileSync(trustFile, lab.panelCaPem);
  console.log(JSON.stringify({ ready: true, ...describe(lab), trustFile, passwordFile }));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void answerLine(lab, line));
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  lines.close();
  await lab.stop();
  return 0;
}

/** A folder of an earlier run has its accounts and domains already. */
async function furnish(
  lab: PleskLab,
  { domains = {}, ...account }: NewAccount & { domains?: Record<string, NewDomain> },
): Promise<void> {
  if (!lab.has(account.login)) await lab.addAccount(account);
  for (const [domain, options] of Object.entries(domains)) {
    if (!lab.has(account.login, domain)) await lab.addDomain(account.login, domain, options);
  }
}

function describe(lab: PleskLab): Record<string, unknown> {
  const { url, hostName, address, port, httpPort, httpsPort, mailPort, dnsAddress, rootDir, command } = lab;
  return { url, hostName, address, port, httpPort, httpsPort, mailPort, dnsAddress, rootDir, command };
}

async function answerLine(lab: PleskLab, line: string): Promise<void> {
  try {
    const result = await carryOut(lab, JSON.parse(line) as Order);
    console.log(JSON.stringify({ ok: true, ...(result === undefined ? {} : { result }) }));
  } catch (cause) {
    console.log(
      JSON.stringify({ ok: false, problem: cause instanceof Error ? cause.message : String(cause) }),
    );
  }
}

async function carryOut(lab: PleskLab, order: Order): Promise<unknown> {
  switch (order.do) {
    case "add-account":
      return lab.addAccount(order.account);
    case "add-domain":
      return lab.addDomain(order.login, order.domain, order.options);
    case "suspend":
      return lab.suspend(order.login, order.on);
    case "settle":
      return lab.settle();
    case "keep-secured":
      return lab.keepSecured();
    case "run-scheduled":
      return lab.extensions.runScheduled();
    case "set-switches":
      return lab.set(order.switches);
    case "fault": {
      const { match, ...fault } = order.fault;
      return lab.fault((match === undefined ? fault : { ...fault, match: new RegExp(match) }) as Fault);
    }
    case "clear-faults":
      return lab.clearFaults();
    default:
      throw new Error("There is no such order.");
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (cause: unknown) => {
    console.error(cause instanceof Error ? cause.message : cause);
    process.exitCode = 1;
  },
);
