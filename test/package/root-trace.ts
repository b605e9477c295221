import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../labs/machine/machine.ts";

export interface RootTrace {
  /** Calls with a path that were made with root's rights. */
  readonly calls: number;
  /** Those among them whose path lies in a place that a hosting account can write. */
  readonly inWritablePlaces: readonly string[];
}

const file = "/tmp/root.trace";

/**
 * Watches, by strace, every path that the root side and its children name until the result is asked for. A child that has
 * become another user counts as that user, and so do its children.
 */
export async function watchRoot(machine: Machine): Promise<() => Promise<RootTrace>> {
  const executor = "xolphin-ssl-executor.service";
  await machine.run(["systemctl", "start", executor]);
  const { out: pid } = await machine.run(["systemctl", "show", "--property=MainPID", "--value", executor]);
  const watcher = machine.start([
    ...["strace", "--follow-forks", "--trace=%file,%creds,%process", "--string-limit=300"],
    ...[`--output=${file}`, `--attach=${pid.trim()}`],
  ]);
  // It says on standard error when it is attached.
  await new Promise<void>((resolve, reject) => {
    watcher.stderr?.once("data", () => resolve());
    watcher.once("exit", () => reject(new Error("strace can't attach")));
  });
  return async () => {
    await machine.run(["systemctl", "stop", executor]);
    return readTrace(readFileSync(join(machine.root, file), "utf8"));
  };
}

/**
 * An account can write below its home, but not replace the home itself: that is an entry of root's folder. So looking at
 * `/home/bob` is root's right, and anything below it is not.
 */
const writable = /"(\/home\/[^/"]+\/[^"]*|\/(?:tmp|var\/tmp|dev\/shm)\/[^"]*)"/;

/** Reads what strace wrote with `-f` into one file: a process number, then the call. */
export function readTrace(text: string): RootTrace {
  const lines = text.split("\n").flatMap((line, at) => {
    const [, pid, call] = /^(\d+) +(.*)$/.exec(line) ?? [];
    return pid === undefined || call === undefined ? [] : [{ at, pid, call }];
  });
  const parents = new Map<string, { parent: string; at: number }>();
  const changes = new Map<string, { at: number; root: boolean }[]>();
  // A call that another one interrupted is written in two halves: what was asked, and later what came of it.
  const halves = new Map<string, string>();
  for (const { at, pid, call } of lines) {
    const child = /^(?:<\.\.\. )?(?:clone3?|v?fork)\b.*= (\d+)(?: |$)/.exec(call)?.[1];
    if (child !== undefined) parents.set(child, { parent: pid, at });
    const [, begun] = /^(set(?:re|res)?uid\(.*) <unfinished \.\.\.>$/.exec(call) ?? [];
    if (begun !== undefined) halves.set(pid, begun);
    const [, rest] = /^<\.\.\. set(?:re|res)?uid resumed>(.*)$/.exec(call) ?? [];
    const whole = rest === undefined ? call : `${halves.get(pid) ?? ""}${rest}`;
    const uid = /^set(?:re|res)?uid\((\d+)\b.*= 0$/.exec(whole)?.[1];
    if (uid !== undefined) changes.set(pid, [...(changes.get(pid) ?? []), { at, root: uid === "0" }]);
  }
  const isRoot = (pid: string, at: number): boolean => {
    const own = changes.get(pid)?.findLast((change) => change.at < at);
    if (own !== undefined) return own.root;
    const from = parents.get(pid);
    return from === undefined ? true : isRoot(from.parent, from.at);
  };
  const named = lines.filter(({ call }) => /^[a-z0-9_]+\(.*"\//.test(call));
  const asRoot = named.filter(({ pid, at }) => isRoot(pid, at));
  return {
    calls: asRoot.length,
    inWritablePlaces: asRoot.filter(({ call }) => writable.test(asked(call))).map(({ call }) => call),
  };
}

/** Where the tests and the lab's own programs lie; below /tmp it would look like a place that anybody can write. */
const checkout = `"${join(import.meta.dirname, "../..")}/`;

/** The call without what was answered: the second text of a readlink is where the link leads, and nothing was opened there. */
function asked(call: string): string {
  return call.replace(/^(readlink(?:at)?\([^"]*"[^"]*").*$/, "$1").replaceAll(checkout, '"/lab/');
}
