import { appendFile } from "node:fs/promises";
import { CodedError } from "../../src/errors.ts";
import { plain } from "../panel-words.ts";
import type { PanelFiles } from "./files.ts";
import type { PanelApi } from "./panel-api.ts";

/** Up to this many accounts are rewritten at once; more go to the panel's own queue, which reloads once for all of them. */
const rewrittenAtOnce = 1;

/**
 * Has the web server configuration of accounts written and taken up (spec directadmin §4.1–4.3). One account costs one
 * reload now; many cost one reload within a minute.
 */
export async function rewriteAccounts(
  files: PanelFiles,
  api: PanelApi,
  accounts: readonly string[],
): Promise<void> {
  const lines = [...new Set(accounts)].map((account) => `action=rewrite&value=httpd&user=${account}`);
  if (lines.length > rewrittenAtOnce) {
    await appendFile(files.taskQueue, lines.map((line) => `${line}\n`).join(""));
    return;
  }
  for (const line of lines) {
    const output = await api.command(["taskq", `--run=${line}`]);
    // Its exit status says nothing (spec directadmin §4.1).
    if (/error running/i.test(output)) {
      throw new CodedError("web-server-broken", { detail: plain(output) });
    }
  }
}
