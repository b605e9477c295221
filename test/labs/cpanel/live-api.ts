import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { ApiArguments } from "./api-arguments.ts";
import { jsonText } from "./json-text.ts";
import type { LabState } from "./lab-state.ts";
import { callUapi } from "./uapi.ts";
import { callCpanelJson } from "./whm.ts";

interface LiveAction {
  module?: string;
  func?: string;
  apiversion?: string;
  reqtype?: string;
  /** Clients send null for none. */
  args?: Record<string, unknown> | string | null;
}

export interface LiveOwner {
  account: string;
  login: string;
  environment: Readonly<Record<string, string>>;
}

let made = 0;

/** The socket of one page (spec §2.3, §9.4): opened for it alone, closed when it has ended. */
export class LiveApiSocket {
  /** As the page sees it. */
  readonly path: string;
  private readonly state: LabState;
  private readonly owner: LiveOwner;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private used = false;
  private saidGoodbye = false;
  private finished: () => void = () => undefined;
  /** Resolves when the page has sent the shutdown element. */
  readonly goodbye: Promise<void>;

  constructor(state: LabState, owner: LiveOwner) {
    this.state = state;
    this.owner = owner;
    made += 1;
    this.path = `/run/cpanel-live/${process.pid}-${made}.sock`;
    this.goodbye = new Promise((resolve) => {
      this.finished = resolve;
    });
    this.server = createServer((socket) => {
      this.used = true;
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      void this.serve(socket);
    });
  }

  /** Did the page open the socket without closing it as it should? */
  get leftOpen(): boolean {
    return this.used && !this.saidGoodbye;
  }

  async open(): Promise<void> {
    const { files } = this.state;
    mkdirSync(files.path("run/cpanel-live"), { recursive: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(files.path(this.path), () => resolve());
    });
    const uid = files.uid(this.owner.account);
    chmodSync(files.path(this.path), 0o600);
    chownSync(files.path(this.path), uid, uid);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.state.files.path(this.path), { force: true });
  }

  /** Messages with their length in front, one after another; the last may come without. */
  private async serve(socket: Socket): Promise<void> {
    let pending: Buffer = Buffer.alloc(0);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      pending = Buffer.concat([pending, chunk as Buffer]);
      for (;;) {
        const taken = takeMessage(pending);
        if (taken === undefined) break;
        pending = taken.rest;
        if (/<cpanelxml\s+shutdown="1"\s*\/?>/.test(taken.message)) {
          this.saidGoodbye = true;
          this.finished();
          socket.end();
          return;
        }
        socket.write(await this.answer(taken.message));
      }
    }
  }

  private async answer(message: string): Promise<string> {
    if (/^<cpaneljson\s+enable="1"\s*\/?>$/.test(message.trim())) return block('{"data":{"result":"json"}}');
    const json = /^\s*<cpanelaction>\s*([\s\S]*?)\s*<\/cpanelaction>\s*$/.exec(message)?.[1];
    if (json === undefined) return block('{"result":0,"error":"The request could not be read."}');
    let action: LiveAction;
    try {
      action = JSON.parse(json) as LiveAction;
    } catch {
      return block('{"result":0,"error":"The request is not valid JSON."}');
    }
    const warning = this.state.switches.liveWarnings
      ? "<error>A warning occurred while processing this directive.</error>"
      : "";
    return block(warning + (await this.carryOut(action)));
  }

  private async carryOut({ module = "", func = "", apiversion, reqtype, args }: LiveAction): Promise<string> {
    const { state, owner } = this;
    const print = (value: unknown): string => jsonText(value, state.switches);
    if (reqtype === "feature") {
      const result = state.files.hasFeature(owner.account, typeof args === "string" ? args : func) ? 1 : 0;
      return print({ cpanelresult: { apiversion: 1, module, func, data: { result }, event: { result: 1 } } });
    }
    if (reqtype === "if")
      return print({
        cpanelresult: { apiversion: 1, module, func, data: { result: 0 }, event: { result: 1 } },
      });
    const pairs = Object.entries(typeof args === "object" ? (args ?? {}) : {}).map(
      ([name, value]): [string, string] => [name, String(value)],
    );
    if (apiversion === "uapi" || apiversion === "3") {
      const { result, printed } = await callUapi(state, {
        ...owner,
        module,
        func,
        args: new ApiArguments(pairs),
        via: "live",
      });
      return printed + print({ apiversion: 3, module, func, result });
    }
    const named = {
      cpanel_jsonapi_module: module,
      cpanel_jsonapi_func: func,
      cpanel_jsonapi_apiversion: String(apiversion),
    };
    const { body } = await callCpanelJson(
      state,
      owner.account,
      new ApiArguments([...Object.entries(named), ...pairs]),
    );
    return print(body);
  }
}

function takeMessage(pending: Buffer): { message: string; rest: Buffer } | undefined {
  if (pending.length === 0) return undefined;
  if (pending[0] === "<".charCodeAt(0)) {
    const end = pending.indexOf(">");
    return end === -1
      ? undefined
      : { message: pending.subarray(0, end + 1).toString("utf8"), rest: pending.subarray(end + 1) };
  }
  const line = pending.indexOf("\n");
  const length = Number(pending.subarray(0, line).toString("latin1"));
  if (line === -1 || !(pending.length >= line + 1 + length)) return undefined;
  return {
    message: pending.subarray(line + 1, line + 1 + length).toString("utf8"),
    rest: pending.subarray(line + 1 + length),
  };
}

function block(content: string): string {
  return `<?xml version="1.0" ?>\n<cpanelresult>${content}</cpanelresult>\n`;
}
