import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { ProgramEnd } from "./cli/plesk-command.ts";
import type { CommandCall } from "./cli/utility.ts";
import type { ServerFiles } from "./server-files.ts";

/** A program of the emulated server: what it is called, and the words that follow its name. */
export interface ProgramCall extends CommandCall {
  program: string;
}

export type ProgramRunner = (call: ProgramCall) => Promise<ProgramEnd | undefined>;

/**
 * The programs of the server below the root folder: each asks the lab over a socket that only root and psaadm can open
 * (spec plesk §3.2). They need nothing of their environment.
 */
export class CommandSocket {
  private readonly files: ServerFiles;
  private readonly run: ProgramRunner;
  private readonly connections = new Set<Socket>();
  private readonly server: Server;
  readonly path: string;

  constructor(files: ServerFiles, run: ProgramRunner) {
    this.files = files;
    this.run = run;
    this.path = files.psa("var/run/plesk.sock");
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.connections.add(socket);
      socket.on("close", () => this.connections.delete(socket));
      socket.on("error", () => socket.destroy());
      void this.answer(socket);
    });
  }

  async listen(): Promise<void> {
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(this.path, () => resolve());
    });
    chmodSync(this.path, 0o660);
    this.files.give(this.path, "root", "psaadm");
  }

  /** `readsInput`: the program passes its standard input on. */
  writeProgram(path: string, name: string, readsInput: boolean): void {
    rmSync(path, { force: true });
    writeFileSync(path, programText(this.path, name, readsInput));
    chmodSync(path, 0o755);
    this.files.give(path, "root");
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(socket: Socket): Promise<void> {
    try {
      let text = "";
      for await (const chunk of socket.setEncoding("utf8")) text += chunk;
      const end = await this.run(JSON.parse(text) as ProgramCall);
      if (end !== undefined) socket.end(JSON.stringify(end));
    } catch (cause) {
      const stderr = `${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`;
      socket.end(JSON.stringify({ code: 1, stdout: "", stderr }));
    }
  }
}

function programText(socketPath: string, name: string, readsInput: boolean): string {
  // Dynamic import works whether or not a package.json above calls this file a module.
  return `#!${process.execPath}
Promise.all([import("node:net"), import("node:fs")]).then(([{ connect }, { readFileSync, writeSync }]) => {
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
    const { code, stdout, stderr, killed } = JSON.parse(text);
    if (killed) process.kill(process.pid, "SIGKILL");
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  });
});
`;
}
