import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { giveTo } from "../common/unix-owner.ts";
import type { LabState } from "./lab-state.ts";

interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

const version = { old: "1.650", "1.689": "1.689", current: "1.709" };

/**
 * The command `directadmin` (spec §3.1, §4.1): a program in its usual place below the root folder that asks the lab
 * over a socket only root can open. It needs nothing of its environment.
 */
export async function serveRootCommand(state: LabState): Promise<{ stop(): Promise<void> }> {
  const socketPath = state.files.path("run/directadmin.sock");
  rmSync(socketPath, { force: true });
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    void answer(state, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => resolve());
  });
  chmodSync(socketPath, 0o600);
  writeProgram(state.files.panel("directadmin"), socketPath);
  return {
    async stop() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function writeProgram(path: string, socketPath: string): void {
  // Dynamic import works whether or not a package.json above calls this file a module.
  writeFileSync(
    path,
    `#!${process.execPath}
import("node:net").then(({ connect }) => {
  const socket = connect(${JSON.stringify(socketPath)});
  let text = "";
  socket.setEncoding("utf8");
  socket.on("connect", () => socket.end(JSON.stringify(process.argv.slice(2))));
  socket.on("data", (chunk) => { text += chunk; });
  socket.on("error", (cause) => { process.stderr.write(cause.message + "\\n"); process.exitCode = 1; });
  socket.on("end", () => {
    if (text === "") { process.exitCode = 1; return; }
    const { code, stdout, stderr } = JSON.parse(text);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  });
});
`,
    { mode: 0o755 },
  );
  chmodSync(path, 0o755);
  giveTo(path, "root");
}

async function answer(state: LabState, socket: Socket): Promise<void> {
  try {
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) text += chunk;
    socket.end(JSON.stringify(await runCommand(state, JSON.parse(text) as string[])));
  } catch (cause) {
    socket.end(JSON.stringify(failed(cause instanceof Error ? cause.message : String(cause))));
  }
}

async function runCommand(state: LabState, words: readonly string[]): Promise<CommandResult> {
  const [command = "", ...rest] = words;
  switch (command) {
    case "api-url":
    case "root-auth-url":
      return apiUrl(state, rest);
    case "version":
    case "v":
      return printed(`DirectAdmin v.${version[state.switches.profile]}\n`);
    case "taskq":
      return taskq(state, rest);
    case "config-get": {
      const value = state.files.config(rest[0] ?? "");
      return printed(`${value}\n`);
    }
    case "config-set":
      if (rest[0] === undefined || rest[1] === undefined) return failed("usage: config-set KEY VALUE");
      state.files.setConfig(rest[0], rest[1]);
      return printed("");
    default:
      return failed(`unknown command "${command}"`);
  }
}

function apiUrl(state: LabState, options: readonly string[]): CommandResult {
  const name = optionOf(options, "--user") ?? "admin";
  if (state.files.account(name) === undefined) return failed(`user "${name}" does not exist`);
  const expires = new Date(state.now().getTime() + state.switches.apiUrlKeyMinutes * 60_000);
  const { secret } = state.loginKeys.create(name, { expires });
  return printed(`https://${name}:${secret}@${state.hostName}:${state.port}\n`);
}

/** The exit code says nothing about the task (spec §4.1). */
async function taskq(state: LabState, options: readonly string[]): Promise<CommandResult> {
  const line = optionOf(options, "--run");
  return printed(await (line === undefined ? state.tasks.run() : state.tasks.runLine(line)));
}

/** `--name=value` or `--name value`. */
function optionOf(words: readonly string[], name: string): string | undefined {
  const index = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (index === -1) return undefined;
  const word = words[index] ?? "";
  return word === name ? words[index + 1] : word.slice(name.length + 1);
}

function printed(stdout: string): CommandResult {
  return { code: 0, stdout, stderr: "" };
}

function failed(problem: string): CommandResult {
  return { code: 1, stdout: "", stderr: `${problem}\n` };
}
