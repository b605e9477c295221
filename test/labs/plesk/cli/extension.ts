import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { CommandCall, CommandResult, Utility, UtilityCall } from "./utility.ts";

/** `plesk bin extension` (spec plesk §1.4). */
export const extensionUtility: Utility = {
  commands: {
    "--install": {
      short: "-i",
      takes: "file",
      options: [],
      help: "Installs an extension from a package",
      run: async (call) => done(await call.state.extensions.install(fileOf(call), "install"), "installed"),
    },
    "--upgrade": {
      short: "-g",
      takes: "file",
      options: [],
      help: "Upgrades an extension, or installs it",
      run: async (call) => done(await call.state.extensions.install(fileOf(call), "upgrade"), "upgraded"),
    },
    "--register": {
      short: "-r",
      takes: "id",
      options: [],
      help: "Registers an extension whose files are in place",
      run: async ({ state, name }) => done(await state.extensions.register(name), "registered"),
    },
    "--uninstall": {
      short: "-u",
      takes: "id",
      options: [],
      help: "Uninstalls an extension",
      run: async ({ state, name }) => done(await state.extensions.uninstall(name), "uninstalled"),
    },
    "--list": {
      short: "-l",
      options: [],
      help: "Lists installed extensions",
      run: ({ state }) => state.database.tables.extensions.map((row) => `${row.id} - ${row.name}\n`).join(""),
    },
    "--enable": switchTo(true),
    "--disable": switchTo(false),
    "--info": {
      takes: "id",
      options: [],
      help: "Displays information about an extension",
      run({ state, name }) {
        const row = find(state, name);
        return `id: ${row.id}\nname: ${row.name}\nversion: ${row.version}\nrelease: ${row.release}\nstatus: ${row.active ? "enabled" : "disabled"}\n`;
      },
    },
  },
};

/** `--exec ID SCRIPT …` and `--call ID …` take any further words. */
export async function passOn(state: LabState, call: CommandCall): Promise<CommandResult | undefined> {
  const [command, id = "", ...rest] = call.words;
  if (command !== "--exec" && command !== "--call") return undefined;
  const known = state.database.tables.extensions.find((row) => row.id === id);
  if (known === undefined)
    return { code: 1, stdout: "", stderr: `Unable to find extension with id '${id}'\n` };
  if (!known.active) return { code: 1, stdout: "", stderr: `The extension '${id}' is disabled.\n` };
  return command === "--call"
    ? state.extensions.call(id, rest, call.stdin)
    : state.extensions.execute(id, rest[0] ?? "", rest.slice(1), call.stdin);
}

function switchTo(active: boolean): Utility["commands"][string] {
  return {
    takes: "id",
    options: [],
    help: active ? "Enables an extension" : "Disables an extension",
    run({ state, name }) {
      find(state, name).active = active;
      state.database.save();
      return done("", active ? "enabled" : "disabled");
    },
  };
}

function find(state: LabState, id: string): LabState["database"]["tables"]["extensions"][number] {
  const row = state.database.tables.extensions.find((one) => one.id === id);
  if (row === undefined) throw new PanelRefusal(1013, `Unable to find extension with id '${id}'`);
  return row;
}

function fileOf({ cwd, name }: UtilityCall): string {
  const path = resolve(cwd, name);
  try {
    readFileSync(path);
  } catch {
    throw new PanelRefusal(1019, `The file ${name} does not exist.`);
  }
  return path;
}

/** What the extension's own scripts printed comes first. */
function done(printed: string, what: string): string {
  return `${printed}The extension was successfully ${what}.\n`;
}
