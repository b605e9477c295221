import { registerAppConfig, registeredApps, unregisterAppConfig } from "./app-config.ts";
import {
  type CommandCall,
  type CommandResult,
  type CommandTable,
  failed,
  printed,
  splitWords,
} from "./command-call.ts";
import { hookCommand } from "./hook-command.ts";
import { installPlugin, PluginProblem, uninstallPlugin } from "./plugin-install.ts";

/** The tools that plugins are registered with (spec §1.2, §1.6, §1.8, §9.7). All are root's. */
export const pluginCommands: CommandTable = {
  "scripts/install_plugin": (call) => withPlugin(call, installPlugin),
  "scripts/uninstall_plugin": (call) => withPlugin(call, uninstallPlugin),
  "bin/register_appconfig": (call) =>
    asRoot(call, () => {
      const [file] = call.words;
      if (file === undefined) return failed("usage: register_appconfig FILE");
      return printed(`${registerAppConfig(call.state.files, call.toReal(file))} registered\n`);
    }),
  "bin/unregister_appconfig": (call) =>
    asRoot(call, () => {
      const [name] = call.words;
      if (name === undefined) return failed("usage: unregister_appconfig FILE|NAME");
      return printed(`${unregisterAppConfig(call.state.files, name, call.toReal(name))} unregistered\n`);
    }),
  "bin/is_registered_with_appconfig": (call) =>
    asRoot(call, () => {
      const [service, name] = call.words;
      const found = registeredApps(call.state.files).some(
        (app) => app.name === name && app.service === service,
      );
      return printed(`${found ? 1 : 0}\n`);
    }),
  "bin/show_appconfig": (call) =>
    asRoot(call, () => {
      const apps = registeredApps(call.state.files).map(
        (app) => `${app.name}:\n${[...app.values].map(([key, value]) => `  ${key}: ${value}\n`).join("")}`,
      );
      return printed(`---\n${apps.join("")}`);
    }),
  "bin/manage_hooks": (call) => asRoot(call, () => hookCommand(call)),
};

async function withPlugin(
  call: CommandCall,
  work: (
    files: CommandCall["state"]["files"],
    path: string,
    theme: string,
    leaves: boolean,
  ) => Promise<string>,
): Promise<CommandResult> {
  return asRoot(call, async () => {
    const { options, rest } = splitWords(call.words, ["theme"]);
    const [path] = rest;
    if (path === undefined) return failed("usage: install_plugin PATH [--theme=jupiter]");
    const { files, switches } = call.state;
    return printed(
      await work(
        files,
        call.toReal(path),
        options.get("theme") ?? "jupiter",
        switches.uninstallLeavesDynamicui,
      ),
    );
  });
}

async function asRoot(
  call: CommandCall,
  work: () => Promise<CommandResult> | CommandResult,
): Promise<CommandResult> {
  if (call.uid !== 0) return failed("You must be root to run this command.");
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PluginProblem) return failed(cause.message);
    throw cause;
  }
}
