import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type CommandCall, type CommandResult, refused } from "./cli/utility.ts";
import { runAs } from "./run-as.ts";
import type { ServerFiles } from "./server-files.ts";

/**
 * `admin/bin/filemng SYSUSER COMMAND …`: works on files as the system user of a subscription, so that what the user
 * may not do fails, and a link leads nowhere the user couldn't go (spec plesk §3.8).
 */
export async function runFileManager(files: ServerFiles, call: CommandCall): Promise<CommandResult> {
  const [user = "", command = "", ...words] = call.words;
  const ids = user === "root" ? { uid: 0, gid: 0 } : files.user(user);
  if (ids === undefined) return refused(`filemng: user ${user} does not exist`);
  const path = (word = ""): string => (word.startsWith(files.rootDir) ? word : files.path(word));
  const last = words.at(-1);
  const run = (program: string, args: string[], stdin = Buffer.alloc(0)): Promise<CommandResult> =>
    runAs(ids, program, args, { stdin });
  switch (command) {
    case "mkdir":
      return run("mkdir", [...(words.includes("-p") ? ["-p"] : []), "--", path(last)]);
    case "cp2perm": {
      const [from = "", to, mode = "0644"] = words;
      const source = existsSync(from) ? from : path(from);
      if (!existsSync(source)) return refused(`filemng: ${from}: No such file or directory`);
      const copy = 'cat > "$1" && chmod "$2" "$1"';
      return run("sh", ["-c", copy, "sh", path(to), mode], readFileSync(resolve(call.cwd, source)));
    }
    case "rm":
      return run("rm", ["--", path(last)]);
    case "rmdir":
      return run("rmdir", ["--", path(last)]);
    case "list":
      return run("ls", ["-1A", "--", path(last)]);
    case "cat":
      return run("cat", ["--", path(last)]);
    case "chmod":
      return run("chmod", [words[0] ?? "", "--", path(last)]);
    case "file_exists": {
      const { code } = await run("test", ["-e", path(last)]);
      return { code: 0, stdout: code === 0 ? "0\n" : "1\n", stderr: "" };
    }
    default:
      return refused(`filemng: unknown command ${command}`);
  }
}
