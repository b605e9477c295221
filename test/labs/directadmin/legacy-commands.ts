import { accountCommands } from "./account-commands.ts";
import { dnsCommand } from "./dns-command.ts";
import { domainCommands } from "./domain-commands.ts";
import { hostCommands } from "./host-commands.ts";
import { LegacyRefusal, writeLegacyAnswer, writeLegacyRefusal } from "./legacy-answer.ts";
import type { LegacyCommand } from "./legacy-call.ts";
import { readLegacyForm } from "./legacy-form.ts";
import type { PanelCall, PanelReply } from "./panel-call.ts";
import { sslCommand } from "./ssl-command.ts";

export const legacyCommands: readonly LegacyCommand[] = [
  ...accountCommands,
  ...domainCommands,
  ...hostCommands,
  sslCommand,
  dnsCommand,
];

const ranks = { user: 0, reseller: 1, admin: 2 };

/** Answers `/CMD_X` and `/CMD_API_X`, which share their code (spec §3.2). */
export async function answerLegacyCommand(call: PanelCall): Promise<PanelReply> {
  const { switches } = call.state;
  const form = readLegacyForm(call);
  const json = form.get("json") === "yes";
  try {
    const command = findCommand(call);
    return writeLegacyAnswer(await command.answer({ ...call, form }), json, switches);
  } catch (cause) {
    if (cause instanceof LegacyRefusal) return writeLegacyRefusal(cause, json, switches);
    throw cause;
  }
}

function findCommand({ path, caller }: PanelCall): LegacyCommand {
  const word = path.slice(1).split("/")[0] ?? "";
  const allowed = caller.loginKey?.commands;
  if (allowed !== undefined && !allowed.includes(word)) {
    throw new LegacyRefusal("You cannot execute that command", `The login key does not allow ${word}`, 403);
  }
  const name = word.replace(/^CMD_(?:API_)?/, "");
  const command = legacyCommands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new LegacyRefusal("Unknown command", `${word} does not exist`, 404);
  if (ranks[caller.login.role] < ranks[command.role ?? "user"]) {
    throw new LegacyRefusal("You cannot execute that command", `${word} needs another level`, 403);
  }
  return command;
}
