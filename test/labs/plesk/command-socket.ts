import { chmodSync, rmSync, writeFileSync } from "node:fs";
import type { ProgramEnd } from "./cli/plesk-command.ts";
import type { CommandCall } from "./cli/utility.ts";
import { JsonSocket } from "./json-socket.ts";
import type { ServerFiles } from "./server-files.ts";

/** A program of the emulated server: what it is, the path it was called by, and the words that follow. */
export interface ProgramCall extends CommandCall {
  program: string;
  called: string;
}

export type ProgramRunner = (call: ProgramCall) => Promise<ProgramEnd | undefined>;

/**
 * The programs of the server below the root folder: each asks the lab over a socket that only root and psaadm can open
 * (spec plesk §3.2). They need nothing of their environment.
 */
export class CommandSocket {
  private readonly files: ServerFiles;
  private readonly socket: JsonSocket;

  constructor(files: ServerFiles, run: ProgramRunner) {
    this.files = files;
    this.socket = new JsonSocket(files, "plesk.sock", (call) => run(call as ProgramCall));
  }

  listen(): Promise<void> {
    return this.socket.listen();
  }

  /** `readsInput`: the program passes its standard input on. */
  writeProgram(path: string, name: string, readsInput: boolean): void {
    rmSync(path, { force: true });
    writeFileSync(path, programText(this.socket.path, name, readsInput));
    chmodSync(path, 0o755);
    this.files.give(path, "root");
  }

  stop(): Promise<void> {
    return this.socket.stop();
  }
}

function programText(socketPath: string, name: string, readsInput: boolean): string {
  // Dynamic import works whether or not a package.json above calls this file a module.
  return `#!${process.execPath}
Promise.all([import("node:net"), import("node:fs")]).then(([{ connect }, { readFileSync }]) => {
  const stdin = ${readsInput} ? readFileSync(0, "utf8") : "";
  const call = { program: ${JSON.stringify(name)}, called: process.argv[1], words: process.argv.slice(2), cwd: process.cwd(), env: process.env, stdin };
  const socket = connect(${JSON.stringify(socketPath)});
  let text = "";
  socket.setEncoding("utf8");
  socket.on("connect", () => socket.end(JSON.stringify(call)));
  socket.on("data", (chunk) => { text += chunk; });
  socket.on("error", (cause) => { process.stderr.write(cause.message + "\\n"); process.exitCode = 1; });
  socket.on("end", () => {
    if (text === "") { process.exitCode = 1; return; }
    const { code, stdout, stderr, killed, refusal } = JSON.parse(text);
    if (killed) process.kill(process.pid, "SIGKILL");
    if (refusal !== undefined) { process.stderr.write(refusal + "\\n"); process.exitCode = 1; return; }
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  });
});
`;
}
