import { join } from "node:path";
import { callOperation } from "../control/control-client.ts";
import { CodedError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { settingsVerbs } from "../setup/settings-verbs.ts";

/**
 * Has the CA account written into the configuration: by the root side where that is another process, since the agent may
 * not write there, and by ourselves in development.
 */
export async function saveCa(
  settings: Settings,
  configFile: string | null,
  account: { username: string; password: string; address: "live" | "test" | null },
): Promise<void> {
  if (settings.panel.executor === "socket") {
    await callOperation(join(settings.runDir, "executor.sock"), "saveCaAccount", [account]);
    return;
  }
  if (configFile === null) throw new CodedError("setup-failed", { detail: "no configuration file is known" });
  const { saveCaAccount } = settingsVerbs(configFile);
  await saveCaAccount?.(...([account] as never[]));
}
