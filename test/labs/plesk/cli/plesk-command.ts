import { setTimeout as wait } from "node:timers/promises";
import { rewrite } from "../account-desk.ts";
import type { CommandFault } from "../faults.ts";
import type { LabState } from "../lab-state.ts";
import { certificateUtility } from "./certificate.ts";
import { dnsUtility } from "./dns.ts";
import { extensionUtility, passOn } from "./extension.ts";
import { localize } from "./messages.ts";
import {
  adminUtility,
  domainAliasUtility,
  eventHandlerUtility,
  ipManageUtility,
  mailServerUtility,
  secretKeyUtility,
  serverPrefUtility,
} from "./server.ts";
import { siteUtility } from "./site.ts";
import { type CommandCall, type CommandResult, refused, runUtility, type Utility } from "./utility.ts";

export const utilities: Readonly<Record<string, Utility>> = {
  certificate: certificateUtility,
  site: siteUtility("site"),
  subscription: siteUtility("subscription"),
  domain: siteUtility("domain"),
  subdomain: siteUtility("subdomain"),
  domalias: domainAliasUtility,
  dns: dnsUtility,
  mailserver: mailServerUtility,
  server_pref: serverPrefUtility,
  ipmanage: ipManageUtility,
  extension: extensionUtility,
  event_handler: eventHandlerUtility,
  secret_key: secretKeyUtility,
  admin: adminUtility,
};

/** What the program does at its end: exit, or die as the fault has it. */
export type ProgramEnd = CommandResult & { killed?: boolean };

/** The command `plesk` with all its words; undefined when it hangs. */
export async function runPlesk(state: LabState, call: CommandCall): Promise<ProgramEnd | undefined> {
  const fault = state.faults.takeForCommand(call.words);
  if (fault === undefined) return localized(state, await carryOut(state, call));
  return withFault(state, call, fault);
}

async function withFault(
  state: LabState,
  call: CommandCall,
  fault: CommandFault,
): Promise<ProgramEnd | undefined> {
  switch (fault.kind) {
    case "hang":
      return undefined;
    case "exit":
      return refused(fault.text ?? "PHP Warning:  something in the panel went wrong", fault.code);
    case "killed":
      if (fault.done) await carryOut(state, call);
      return { code: 137, stdout: "", stderr: "", killed: true };
    case "slow": {
      const result = await carryOut(state, call);
      await wait(fault.ms);
      return localized(state, result);
    }
    case "fails-after":
      await carryOut(state, call);
      return refused("An internal error has occurred.");
    case "say-ok":
      return { code: 0, stdout: "", stderr: "" };
    case "component-missing":
      return refused("Unable to update hosting preferences. The component FastCGI was not installed.");
    case "wrong-site":
      return localized(state, await carryOut(state, aboutAnotherSite(state, call)));
  }
}

async function carryOut(state: LabState, call: CommandCall): Promise<CommandResult> {
  const [area = "", name = "", ...rest] = call.words;
  switch (area) {
    case "version":
    case "-v":
      return printed(versionText(state));
    case "login":
      return printed(`${state.loginLink("admin")}\n`);
    case "bin": {
      const utility = utilities[name];
      if (utility === undefined) return refused(`Unknown utility: ${name}`);
      const own = { ...call, words: rest };
      return (
        (name === "extension" ? await passOn(state, own) : undefined) ?? runUtility(state, name, utility, own)
      );
    }
    case "ext":
      if (name === "sslit") return state.sslIt.command(rest);
      return (
        (await passOn(state, { ...call, words: ["--call", name, ...rest] })) ?? refused("Unknown extension")
      );
    case "sbin":
      return sbin(state, name, rest);
    case "repair":
      return repair(state, name, rest);
    default:
      return refused(`Unknown command: ${area}`);
  }
}

function versionText({ switches }: LabState): string {
  return [
    `Product version: Plesk Obsidian ${switches.version}`,
    "     OS version: Debian 12.0 x86_64",
    "     Build date: 2026/05/05 10:00",
    "       Revision: 6e0c7b3f1d5a4a2f9a8b",
    "",
  ].join("\n");
}

/** `plesk sbin httpdmng` (spec plesk §3.10). */
async function sbin(
  state: LabState,
  program: string,
  [option, ...names]: readonly string[],
): Promise<CommandResult> {
  if (program !== "httpdmng") return refused(`Unknown utility: ${program}`);
  const { sites } = state.database.tables;
  if (option === "--reconfigure-all" || option === "--reconfigure-server") {
    await refreshExtensionLines(
      state,
      sites.map(({ name }) => name),
    );
    await rewrite(state, sites);
    return printed("");
  }
  if (option !== "--reconfigure-domain" && option !== "--reconfigure-domains")
    return refused(`Unknown option: ${option}`);
  const wanted = names.flatMap((name) => name.split(","));
  const found = wanted.map((name) => state.database.site(name));
  const missing = wanted.find((_, index) => found[index] === undefined);
  if (missing !== undefined || wanted.length === 0)
    return refused(`Unable to find domain with name '${missing ?? ""}'`);
  await refreshExtensionLines(state, wanted);
  await rewrite(
    state,
    found.filter((site) => site !== undefined),
  );
  return printed("");
}

async function refreshExtensionLines(state: LabState, names: readonly string[]): Promise<void> {
  for (const name of names) await state.refreshExtensionLines(name);
}

/** `plesk repair web D -y|-n`. */
async function repair(state: LabState, aspect: string, words: readonly string[]): Promise<CommandResult> {
  if (aspect !== "web") return refused(`Unknown aspect: ${aspect}`);
  const name = words.find((word) => !word.startsWith("-"));
  const found = name === undefined ? state.database.tables.sites : [state.database.site(name)];
  if (found.includes(undefined)) return refused(`Unable to find domain with name '${name}'`);
  if (!words.includes("-n")) {
    // What was served in place of the certificate on record is mended.
    for (const site of found) if (site !== undefined) state.foreignCertificates.delete(site.name);
    await rewrite(
      state,
      found.filter((site) => site !== undefined),
    );
  }
  return printed(
    "Checking web server configuration .................................. [OK]\n\nError messages: 0; Warnings: 0; Errors resolved: 0\n",
  );
}

/** The same words about another site of the subscription; unchanged when there is none. */
function aboutAnotherSite(state: LabState, call: CommandCall): CommandCall {
  const at = call.words.findIndex((word) => state.database.site(word) !== undefined);
  const site = state.database.site(call.words[at] ?? "");
  const other =
    site === undefined ? undefined : state.database.sitesOf(site.webspaceId).find((one) => one !== site);
  if (other === undefined) return call;
  return { ...call, words: call.words.with(at, other.name) };
}

function localized(state: LabState, result: CommandResult): CommandResult {
  const { language } = state.switches;
  return { ...result, stdout: localize(result.stdout, language), stderr: localize(result.stderr, language) };
}

function printed(stdout: string): CommandResult {
  return { code: 0, stdout, stderr: "" };
}
