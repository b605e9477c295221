import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { ServerFiles } from "./server-files.ts";

/**
 * A Unix socket of the server that only root and psaadm can open: one JSON text in until the caller's end, one out.
 * What the answerer throws becomes `{"refusal": …}`; undefined leaves the caller waiting.
 */
export class JsonSocket {
  private readonly files: ServerFiles;
  private readonly connections = new Set<Socket>();
  private readonly server: Server;
  readonly path: string;

  constructor(files: ServerFiles, name: string, answer: (call: unknown) => Promise<unknown>) {
    this.files = files;
    this.path = files.psa("var/run", name);
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.connections.add(socket);
      socket.on("close", () => this.connections.delete(socket));
      socket.on("error", () => socket.destroy());
      void reply(socket, answer);
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

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}

async function reply(socket: Socket, answer: (call: unknown) => Promise<unknown>): Promise<void> {
  try {
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) text += chunk;
    if (text === "") return void socket.destroy();
    const said = await answer(JSON.parse(text));
    if (said !== undefined) socket.end(JSON.stringify(said));
  } catch (cause) {
    const { message, code } = cause as Error & { code?: number };
    socket.end(JSON.stringify({ refusal: message, code: typeof code === "number" ? code : 0 }));
  }
}
