import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetTools } from "../agent/fleet-tools.ts";
import type { Operations } from "../agent/operations.ts";
import { callOperation } from "../control/control-client.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { SupportFacts } from "../support/export-support.ts";
import {
  type CommandName,
  type FleetCommand,
  type Invocation,
  isFleetCommand,
  isServerCommand,
  readArguments,
  type ServerCommand,
  usageText,
} from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { printAdoptable, printReissues, runReissues } from "./many-commands.ts";
import { printDoctor, printHandovers, printRequest, printRequests, printStatus } from "./print.ts";
import { readPrivateFile, refuseExisting, writePrivateFile } from "./private-file.ts";
import type { ServerTools } from "./server-commands.ts";

export interface CliServices {
  readonly version: string;
  out(text: string): void;
  err(text: string): void;
  readSettings(path: string): Promise<Settings>;
  /**
   * The operations of an agent made just for this command, for when none is running; the second value lets go of it.
   */
  openOwnAgent(settings: Settings): Promise<{ operations: Operations; close(): Promise<void> }>;
  runAgent(configFile: string): Promise<number>;
  runExecutor(configFile: string): Promise<number>;
  runIntake(configFile: string): Promise<number>;
  runGateway(configFile: string): Promise<number>;
  openFleet(): Promise<FleetTools>;
  readonly server: ServerTools;
  exportSupport(out: string, facts: Omit<SupportFacts, "version">): Promise<string>;
}

/**
 * Runs one command line and returns the exit status (design §5.1). What a command needs is loaded when it is given: the
 * rest would only make it start later.
 */
export async function runCli(argv: readonly string[], given: CliServices): Promise<number> {
  const services: CliServices = {
    ...given,
    out: (text) => given.out(safeForTerminal(text)),
    err: (text) => given.err(safeForTerminal(text)),
  };
  let json = argv.includes("--json");
  try {
    const invocation = readArguments(argv);
    json = invocation.json;
    if (invocation.command === "help") {
      services.out(usageText());
      return exitCodes.done;
    }
    if (invocation.command === "version") {
      services.out(services.version);
      return exitCodes.done;
    }
    const { command } = invocation;
    if (command === "agent") return await services.runAgent(invocation.config);
    if (command === "executor") return await services.runExecutor(invocation.config);
    if (command === "intake") return await services.runIntake(invocation.config);
    if (command === "gateway") return await services.runGateway(invocation.config);
    if (isFleetCommand(command)) {
      const { runFleetCommand } = await import("./fleet-commands.ts");
      return await runFleetCommand(command, invocation, services);
    }
    if (command === "export-support") return await makeSupportArchive(invocation, services);
    if (isServerCommand(command)) {
      const { runServerCommand } = await import("./server-commands.ts");
      return await runServerCommand(command, invocation, services);
    }
    return await runCommand(command, invocation, await services.readSettings(invocation.config), services);
  } catch (thrown) {
    return explain(asCodedError(thrown), json, services);
  }
}

/** Names and messages come from outside: none of them may steer an administrator's terminal. */
function safeForTerminal(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, "\uFFFD");
}

/** Made also when the service does not run or its configuration has faults: that is when it is needed most. */
async function makeSupportArchive(invocation: Invocation, services: CliServices): Promise<number> {
  let settings: Settings | null = null;
  try {
    settings = await services.readSettings(invocation.config);
  } catch (thrown) {
    services.err(`xolphin-ssl: ${asCodedError(thrown).detail}`);
  }
  const reports: Record<string, unknown> = {};
  for (const name of ["status", "doctor", "metrics"] as const) {
    reports[name] =
      settings === null
        ? "the configuration has faults"
        : await callOperation(controlSocket(settings), name, []).catch((thrown: unknown) => {
            const { code, detail } = asCodedError(thrown);
            return `${code} ${detail}`;
          });
  }
  const out = invocation.text("out") ?? "xolphin-ssl-support.tar.gz";
  const file = await services.exportSupport(out, { configFile: invocation.config, settings, reports });
  services.out(
    invocation.json ? JSON.stringify({ file }) : `Written: ${file}. Look through it before you send it.`,
  );
  return exitCodes.done;
}

async function runCommand(
  command: Exclude<
    CommandName,
    "agent" | "executor" | "intake" | "gateway" | "export-support" | ServerCommand | FleetCommand
  >,
  invocation: Invocation,
  settings: Settings,
  services: CliServices,
): Promise<number> {
  if (command === "webhook send") {
    const { sendWebhook } = await import("./send-webhook.ts");
    const answer = await sendWebhook(invocation, settings);
    services.out(invocation.json ? JSON.stringify(answer) : `${answer.status} ${answer.body}`);
    return answer.status === 200 ? exitCodes.done : exitCodes.failed;
  }
  const print = (result: unknown, human: () => string): void => {
    services.out(invocation.json ? JSON.stringify(result, null, 2) : human());
  };
  return withOperations(settings, services, async (operations) => {
    const [id = ""] = invocation.positionals;
    const showRequest = async (work: ReturnType<Operations["showRequest"]>): Promise<number> => {
      const request = await work;
      print(request, () => printRequest(request));
      return exitCodes.done;
    };
    switch (command) {
      case "status": {
        const status = await operations.status();
        const requests = await operations.listRequests({ account: null, state: null, limit: 1_000_000 });
        print({ ...status, requests, counts: status.requests }, () => printStatus(status));
        return exitCodes.done;
      }
      case "doctor": {
        const report = await operations.doctor();
        print(report, () => printDoctor(report));
        return report.findings.some(({ level }) => level === "bad") ? exitCodes.failed : exitCodes.done;
      }
      case "metrics":
        services.out((await operations.metrics()).trimEnd());
        return exitCodes.done;
      case "request list": {
        const requests = await operations.listRequests({
          account: invocation.text("account"),
          state: invocation.text("state"),
          limit: 1_000_000,
        });
        print(requests, () => printRequests(requests));
        return exitCodes.done;
      }
      case "request show":
        return showRequest(operations.showRequest(id));
      case "order":
        return showRequest(operations.order(readOrder(invocation)));
      case "adopt": {
        const keyFile = invocation.text("key");
        return showRequest(
          operations.adopt({
            id,
            keyPem: keyFile === null ? null : readKeyFile(keyFile),
            account: invocation.text("account"),
          }),
        );
      }
      case "adopt list": {
        const found = await operations.listAdoptable();
        print(found, () => printAdoptable(found));
        return exitCodes.done;
      }
      case "collect":
        return showRequest(operations.collect(id));
      case "install":
        return showRequest(
          operations.install(id, { vhost: invocation.text("vhost"), force: invocation.flag("force") }),
        );
      case "verify":
        return showRequest(operations.verify(id));
      case "reissue":
        return showRequest(operations.reissue(id));
      case "reissue all":
      case "reissue runs":
      case "reissue stop": {
        const report = await runReissues(command, invocation, operations);
        print(report, () => printReissues(report));
        return exitCodes.done;
      }
      case "renew":
        return showRequest(operations.renew(id));
      case "cancel":
        if (!invocation.flag("yes")) {
          throw new CodedError("usage", {
            detail: "cancelling revokes an issued certificate; say so with --yes",
          });
        }
        return showRequest(
          operations.cancel(id, invocation.text("reason") ?? "Cancelled by the administrator"),
        );
      case "dcv retry":
        return showRequest(
          operations.retryDcv(id, {
            name: invocation.text("name"),
            method: invocation.text("method"),
            email: invocation.text("approver"),
          }),
        );
      case "fleet moved":
        print(await operations.fleetMoved(), () => "This machine is the server now.");
        return exitCodes.done;
      case "fleet copy":
        print(await operations.fleetCopy(), () => "This machine is a copy and stays read-only.");
        return exitCodes.done;
      case "account receive": {
        const { invitation, report } = await operations.receiveAccount(id);
        print({ ...report, invitation }, () => invitation);
        return exitCodes.done;
      }
      case "account export": {
        const out = required(invocation, "file");
        const invitation = required(invocation, "to");
        refuseExisting(out);
        const { file, report } = await operations.giveAccount({ account: id, invitation });
        writePrivateFile(out, file);
        print({ ...report, file: out }, () => printHandovers([report]));
        return exitCodes.done;
      }
      case "account import": {
        const report = await operations.takeAccount(readPrivateFile(id));
        print(report, () => printHandovers([report]));
        return exitCodes.done;
      }
      case "account take-back": {
        const report = await operations.takeAccountBack(id);
        print(report, () => printHandovers([report]));
        return exitCodes.done;
      }
      case "account list": {
        const reports = await operations.listHandovers();
        print(reports, () => printHandovers(reports));
        return exitCodes.done;
      }
      case "sweep": {
        const result = await operations.sweep();
        print(result, () => "Read the CA and compared what is installed.");
        return exitCodes.done;
      }
    }
  });
}

/** A running agent does the work; without one it is done here, so that every command works in both cases. */
async function withOperations(
  settings: Settings,
  services: CliServices,
  work: (operations: Operations) => Promise<number>,
): Promise<number> {
  const socket = controlSocket(settings);
  try {
    return await work(remoteOperations(socket));
  } catch (thrown) {
    if (asCodedError(thrown).code !== "agent-unreachable") throw thrown;
  }
  const own = await services.openOwnAgent(settings);
  try {
    return await work(own.operations);
  } finally {
    await own.close();
  }
}

export function controlSocket(settings: Settings): string {
  return join(settings.runDir, "control.sock");
}

function remoteOperations(socket: string): Operations {
  return new Proxy({} as Operations, {
    get:
      (_target, name) =>
      (...args: unknown[]) =>
        callOperation(socket, String(name), args),
  });
}

function readOrder(invocation: Invocation): Parameters<Operations["order"]>[0] {
  const years = required(invocation, "years");
  if (!/^\d{1,2}$/.test(years)) throw new CodedError("usage", { detail: "--years takes a number" });
  const names = invocation.texts("name");
  if (names.length === 0) throw new CodedError("usage", { detail: "--name is missing" });
  return {
    account: required(invocation, "account"),
    names,
    product: required(invocation, "product"),
    years: Number(years),
    dcv: required(invocation, "dcv"),
    approver: invocation.text("approver"),
    key: invocation.text("key"),
  };
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CodedError("input-invalid", { detail: `${path} can't be read`, cause });
  }
}

function required(invocation: Invocation, option: string): string {
  const text = invocation.text(option);
  if (text === null) throw new CodedError("usage", { detail: `--${option} is missing` });
  return text;
}

function explain(error: CodedError, json: boolean, services: CliServices): number {
  const fields = error.fields.map(({ field, text }) => `  ${field} ${text}`);
  const detail =
    error.detail === "" || (error.code === "settings-invalid" && fields.length > 0)
      ? ""
      : ` (${error.detail})`;
  services.err([`xolphin-ssl: ${error.code}: ${error.message}${detail}`, ...fields].join("\n"));
  if (json) {
    services.out(JSON.stringify({ error: { code: error.code, detail: error.detail, fields: error.fields } }));
  }
  if (error.code === "usage") return exitCodes.usage;
  return error.code === "nothing-to-do" ? exitCodes.nothing : exitCodes.failed;
}
