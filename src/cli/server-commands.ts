import { CodedError } from "../errors.ts";
import type { InstallReport } from "../setup/install.ts";
import type { SetupReport } from "../setup/setup.ts";
import { noAnswers, readAnswers, type SetupAnswers } from "../setup/setup-answers.ts";
import type { UninstallReport } from "../setup/uninstall.ts";
import type { Invocation, ServerCommand } from "./arguments.ts";
import { askQuestions } from "./ask-questions.ts";
import { exitCodes } from "./exit-codes.ts";
import { printSetup } from "./print-setup.ts";

/** What changes the server itself; root's business. */
export interface ServerTools {
  setUp(answers: SetupAnswers): Promise<SetupReport>;
  /** What is configured now, to be offered as answers; no user name before the account was entered. */
  currentAccount(): Promise<{ readonly username: string | null; readonly baseUrl: string }>;
  install(source: string): Promise<InstallReport>;
  use(version: string): Promise<InstallReport>;
  /** Says whether the certificate is another one now. */
  renewHostCertificate(configFile: string): Promise<boolean>;
  describePurge(): Promise<string[]>;
  uninstall(purge: boolean): Promise<UninstallReport>;
}

export async function runServerCommand(
  command: ServerCommand,
  invocation: Invocation,
  { server, out }: { readonly server: ServerTools; out(text: string): void },
): Promise<number> {
  const print = (result: unknown, human: () => string): number => {
    out(invocation.json ? JSON.stringify(result, null, 2) : human());
    return exitCodes.done;
  };
  switch (command) {
    case "setup": {
      const report = await server.setUp(await readAllAnswers(invocation, server));
      return print(report, () => printSetup(report));
    }
    case "package install": {
      const from = invocation.text("from");
      if (from === null) throw new CodedError("usage", { detail: "--from is missing" });
      const report = await server.install(from);
      return print(report, () => printSetup(report));
    }
    case "package use": {
      const report = await server.use(invocation.positionals[0] ?? "");
      return print(report, () => printSetup(report));
    }
    case "package host-certificate": {
      const changed = await server.renewHostCertificate(invocation.config);
      return print({ changed }, () => (changed ? "The certificate was taken over." : "It is the same."));
    }
    case "package uninstall": {
      const purge = invocation.flag("purge");
      if (purge && !invocation.flag("yes")) {
        throw new CodedError("usage", {
          detail: `--purge destroys ${(await server.describePurge()).join("; ")}; say so with --yes`,
        });
      }
      const report = await server.uninstall(purge);
      return print(report, () => printUninstall(report));
    }
  }
}

/** A person at a terminal is asked; otherwise only the file of answers speaks. */
async function readAllAnswers(invocation: Invocation, server: ServerTools): Promise<SetupAnswers> {
  const file = invocation.text("answers");
  if (file !== null) return readAnswers(file);
  if (!process.stdin.isTTY || !process.stdout.isTTY || invocation.json) return noAnswers;
  return askQuestions(await server.currentAccount());
}

function printUninstall({ kept, destroyed }: UninstallReport): string {
  return [
    "Xolphin SSL is removed. Certificates stay installed and keep working.",
    ...kept.map((path) => `Kept: ${path}`),
    ...destroyed.map((what) => `Destroyed: ${what}`),
  ].join("\n");
}
