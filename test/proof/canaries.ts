import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";

/*
 * Secrets that are known beforehand, looked for wherever they must not be, in every form in which a program might write them
 * (spec reliability T-09, I6, §5 row 16).
 */

/** A secret's bytes as they are, and as text in the usual codes. */
export function formsOf(secret: Buffer): Buffer[] {
  const texts = [
    secret.toString("hex"),
    secret.toString("hex").toUpperCase(),
    encodeURIComponent(String(secret)),
  ];
  return [
    secret,
    ...texts.map((text) => Buffer.from(text)),
    // In base64 a secret begins at one of three places within its group; the ends depend on what stands beside it.
    ...[0, 1, 2].map((shift) => {
      const coded = Buffer.concat([Buffer.alloc(shift), secret]).toString("base64");
      return Buffer.from(coded.slice(shift === 0 ? 0 : shift + 1, -4));
    }),
  ].filter((form) => form.length >= 8);
}

/** Where below `folder` any of the secrets stands, as `name in path`. Files that may hold it are named by `mayHold`. */
export function findInFiles(
  folder: string,
  secrets: ReadonlyMap<string, Buffer>,
  mayHold: (path: string) => boolean,
): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || mayHold(path)) continue;
    found.push(...findIn(readFileSync(path), secrets).map((name) => `${name} in ${path}`));
  }
  return found;
}

export function findIn(content: Buffer, secrets: ReadonlyMap<string, Buffer>): string[] {
  // PEM and mails break base64 into lines, JSON writes those breaks in two characters.
  const joined = Buffer.from(content.toString("latin1").replaceAll(/\s+|\\[rn]/g, ""), "latin1");
  return [...secrets].flatMap(([name, secret]) =>
    formsOf(secret).some((form) => content.includes(form) || joined.includes(form)) ? [name] : [],
  );
}

/** What a server got, byte for byte, whatever it keeps of it itself. */
export interface HeardCall {
  readonly port: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Buffer;
  /** Whole once the call was answered. */
  readonly body: Buffer;
}

/** Hears every call to an HTTP server of this process, until it is told to stop. */
export function hearCalls(): { readonly calls: readonly HeardCall[]; stop(): void } {
  const calls: HeardCall[] = [];
  const begin = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    const chunks: Buffer[] = [];
    const { push } = request;
    // Nobody else's reading is disturbed: listening for data would begin it.
    request.push = (chunk: unknown, ...rest) => {
      if (Buffer.isBuffer(chunk)) chunks.push(Buffer.from(chunk));
      return push.call(request, chunk, ...rest);
    };
    calls.push({
      port: request.socket.localPort ?? 0,
      method: request.method ?? "",
      url: request.url ?? "",
      headers: Buffer.from(request.rawHeaders.join("\n")),
      get body() {
        return Buffer.concat(chunks);
      },
    });
  };
  subscribe("http.server.request.start", begin);
  return { calls, stop: () => void unsubscribe("http.server.request.start", begin) };
}

/** What any local user can read of a process and everything it started: arguments, environment, names of open files. */
export class ProcessWatch {
  /** Everything that was ever there, once each. */
  readonly seen = new Map<string, Buffer>();
  private readonly root: number;
  private readonly timer: NodeJS.Timeout;

  constructor(root: number, everyMs: number) {
    this.root = root;
    this.timer = setInterval(() => this.look(), everyMs);
    this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const pid of this.family()) {
      for (const part of ["cmdline", "environ"]) {
        const content = attempt(() => readFileSync(`/proc/${pid}/${part}`));
        if (content !== null) this.seen.set(`${part} ${content.toString("latin1")}`, content);
      }
      for (const fd of attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
        const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
        if (target !== null) this.seen.set(`file ${target}`, Buffer.from(target));
      }
    }
  }

  private family(): number[] {
    const members = [this.root];
    for (const pid of members) {
      const children = attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")) ?? "";
      members.push(...children.split(" ").filter(Boolean).map(Number));
    }
    return members;
  }
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    // Processes come and go while they are looked at.
    return null;
  }
}
