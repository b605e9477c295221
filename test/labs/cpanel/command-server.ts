import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, lstatSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { type CommandCall, type CommandResult, type CommandTable, failed } from "./command-call.ts";
import type { LabState } from "./lab-state.ts";

interface Said {
  command: string;
  words: string[];
  cwd: string;
  /** Device and inode of the caller's root folder: the server's own, or this machine's. */
  root: string;
}

/**
 * The server's commands (spec §9.1, §9.2): each name is a link to one small program, which asks the lab over a socket. Who
 * calls is seen by the owner of a file that the caller has to make.
 */
export async function serveCommands(
  state: LabState,
  commands: CommandTable,
): Promise<{ stop(): Promise<void> }> {
  const socketPath = state.files.path("run/cpsrvd.sock");
  rmSync(socketPath, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    void answer(state, commands, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => resolve());
  });
  chmodSync(socketPath, 0o666);
  for (const path of Object.keys(commands)) {
    const place = state.files.cpanel(path);
    const folder = path.startsWith("bin/lab/") ? "" : path.startsWith("bin/") ? "lab/" : "../bin/lab/";
    if (!existsSync(place)) symlinkSync(`${folder}command`, place);
  }
  return {
    async stop() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(state: LabState, commands: CommandTable, socket: Socket): Promise<void> {
  const nonce = randomBytes(16).toString("hex");
  const proof = state.files.path("run/proof", nonce);
  socket.write(`${nonce}\n`);
  try {
    const said = await readSaid(socket);
    send(socket, await run(state, commands, said, uidOf(proof)));
  } catch (cause) {
    send(socket, failed(cause instanceof Error ? cause.message : String(cause)));
  } finally {
    rmSync(proof, { force: true });
  }
}

/** A line with the number of bytes, then words with NUL between: command, folder, root, and what it was given. */
async function readSaid(socket: Socket): Promise<Said> {
  let read: Buffer = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    read = Buffer.concat([read, chunk as Buffer]);
    const end = read.indexOf("\n");
    const length = Number(read.subarray(0, end).toString());
    if (end === -1 || read.length < end + 1 + length) continue;
    const [command = "", cwd = "/", root = "", ...words] = read
      .subarray(end + 1, end + 1 + length)
      .toString("utf8")
      .split("\0");
    return { command, words, cwd, root };
  }
  throw new Error("The command ended before it had said anything.");
}

function send(socket: Socket, { code, stdout, stderr }: CommandResult): void {
  socket.end(`${code} ${Buffer.byteLength(stderr)}\n${stderr}${stdout}`);
}

function uidOf(proof: string): number {
  const found = lstatSync(proof, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw new Error("The caller did not show whose process it is.");
  // A lab without root has one user only, who plays root.
  return process.getuid?.() === 0 ? found.uid : 0;
}

async function run(state: LabState, commands: CommandTable, said: Said, uid: number): Promise<CommandResult> {
  const path = Object.keys(commands).find((one) => one.endsWith(`/${said.command}`));
  const command = path === undefined ? undefined : commands[path];
  if (command === undefined) return failed(`${said.command}: there is no such command`, 127);
  const server = statSync(state.files.root);
  const inside = said.root === `${server.dev}:${server.ino}`;
  const toReal = (given: string): string => {
    const absolute = given.startsWith("/") ? given : `${said.cwd}/${given}`;
    return inside ? state.files.path(absolute) : absolute;
  };
  const call: CommandCall = { state, words: said.words, uid, toReal };
  return command(call);
}
