import {
  type CommandCall,
  type CommandResult,
  type CommandTable,
  failed,
  printed,
  splitWords,
} from "./command-call.ts";

/** Restarts, AutoSSL, and the way of Perl programs to root's side. */
export const serviceCommands: CommandTable = {
  "scripts/restartsrv_cpsrvd": (call) => asRoot(call, () => printed("cpsrvd restarted successfully.\n")),
  "scripts/restartsrv_chkservd": (call) => asRoot(call, () => printed("chkservd restarted successfully.\n")),
  "scripts/restartsrv_httpd": (call) =>
    asRoot(call, async () => {
      await call.state.apache.restart();
      return printed("httpd restarted successfully.\n");
    }),
  "scripts/rebuildhttpdconf": (call) =>
    asRoot(call, () => printed("Built /etc/apache2/conf/httpd.conf OK\n")),
  "bin/autossl_check": (call) => asRoot(call, () => autosslCheck(call)),
  "bin/lab/admin-call": async (call) => {
    const answer = await call.state.engine.callFromOutside(call.uid, call.words[0] ?? "");
    return answer === undefined ? failed("The caller’s program may not do this.") : printed(answer);
  },
};

async function autosslCheck({ state, words }: CommandCall): Promise<CommandResult> {
  const { options } = splitWords(words, ["user"]);
  const user = options.get("user");
  if (user === undefined && !options.has("all")) return failed("usage: autossl_check --user=NAME | --all");
  if (user !== undefined && state.files.account(user) === undefined)
    return failed(`The user “${user}” does not exist.`);
  let output = "";
  for (const account of user === undefined ? state.files.accounts() : [user]) {
    const changed = await state.autossl.run(account);
    output += `${account}: ${changed.length === 0 ? "nothing to do" : changed.join(" ")}\n`;
  }
  return printed(output);
}

async function asRoot(
  call: CommandCall,
  work: () => Promise<CommandResult> | CommandResult,
): Promise<CommandResult> {
  return call.uid === 0 ? work() : failed("You must be root to run this command.");
}
