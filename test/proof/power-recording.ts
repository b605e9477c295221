import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wholeLines } from "../package/strace-calls.ts";

/** What a program did to the files below a folder, and what others heard of it meanwhile. Paths count from the folder. */
export type Step =
  | { readonly kind: "create" | "mkdir" | "remove" | "sync"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "write"; readonly path: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly path: string; readonly length: number }
  /** Something else went out to this address and port. */
  | { readonly kind: "sent"; readonly to: string }
  /** The webhook of this number was read. */
  | { readonly kind: "asked"; readonly requestId: number }
  /** The CA was told 200 for it. */
  | { readonly kind: "acknowledged"; readonly requestId: number }
  /** An order for this key is on its way to the CA. */
  | { readonly kind: "ordered"; readonly reference: string; readonly keyId: string };

/** Why nothing can be recorded on this machine; null where it can. */
export const recordingProblem = existsSync("/usr/bin/strace") ? null : "needs strace";

/** In memory where there is such a place: thousands of stores are written, and none is to outlive its case. */
const places = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export function makePlace(): string {
  return mkdtempSync(join(places, "power-"));
}

/** How a life is watched; besides, strace needs to know where to write and whom to watch. */
export const watching = [
  ...["--follow-forks", "--signal=none", "--decode-fds=path,socket", "-xx", "--string-limit=10000000"],
];
export const changing = [
  ...["openat", "write", "writev", "pwrite64", "ftruncate", "fallocate", "fsync", "fdatasync"],
  ...["rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "link", "linkat"],
  ...["pwritev", "pwritev2", "truncate", "copy_file_range", "sendmsg"],
].join();

/**
 * Lets a life write (power-life.ts) and returns every step of it, as the kernel saw them; between two promises the store's log is
 * written back and begun anew.
 */
export function recordLife(seed: number): Step[] {
  const folder = makePlace();
  try {
    const stateDir = join(folder, "state");
    const trace = join(folder, "trace");
    const life = spawnSync(
      "strace",
      [
        ...[...watching, "--seccomp-bpf", "--quiet=all", `--trace=${changing}`, `--output=${trace}`],
        ...[process.execPath, "--disable-warning=ExperimentalWarning"],
        ...[join(import.meta.dirname, "power-life.ts"), stateDir, String(seed)],
      ],
      { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } },
    );
    if (!life.stdout.endsWith("done\n")) throw new Error(`the life that was watched: ${life.stderr}`);
    const steps = readSteps(readFileSync(trace, "latin1"), stateDir);
    const promised = steps.findIndex(({ kind }) => kind === "acknowledged");
    if (!steps.slice(promised).some(beginsLog)) throw new Error("its log was not begun anew");
    return steps;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function beginsLog(step: Step): boolean {
  return step.kind === "write" && step.path === "store.sqlite-wal" && step.offset === 0;
}

/**
 * A call on a file counts from when it returned, and what goes out from when it was begun: so a sync that was still running is
 * no sync yet.
 */
export function readSteps(trace: string, stateDir: string): Step[] {
  const steps: { at: number; step: Step }[] = [];
  /** Where the next write without an offset goes, by descriptor. */
  const positions = new Map<string, number>();
  /** Webhooks that were sent and not answered, by the two ends of their connection. */
  const asked = new Map<string, number>();
  const below = (hex: string): string | null => {
    const path = text(hex);
    return path.startsWith(`${stateDir}/`) ? path.slice(stateDir.length + 1) : path === stateDir ? "." : null;
  };
  for (const { text: line, at, returnedAt } of wholeLines(trace)) {
    const [, name = "", rest = "", result = ""] = /^(\w+)\((.*)\) += (-?\d+)/s.exec(line) ?? [];
    if (name === "" || result.startsWith("-")) continue;
    const add = (step: Step): unknown => steps.push({ at: returnedAt, step });
    const [, fd = "", what = ""] = /^(\d+)<(TCPv?6?:\[[^\]]*\]|[^>]*)>/.exec(rest) ?? [];
    const strings = [...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = ""]) => hex);
    if (what.startsWith("TCP")) {
      const said = strings.map((hex) => bytes(hex).toString("latin1")).join("");
      const [, from = "", to = ""] = /\[(.*)->(.*)\]/.exec(what) ?? [];
      const id = Number(/^GET \/webhook\?RequestId=(\d+)&/.exec(said)?.[1]);
      if (name === "read") {
        if (Number.isNaN(id)) continue;
        asked.set(`${from} ${to}`, id);
        add({ kind: "asked", requestId: id });
        continue;
      }
      if (!Number.isNaN(id)) asked.set(`${to} ${from}`, id);
      const requestId = asked.get(`${from} ${to}`);
      const promise = said.startsWith("HTTP/1.1 200 ") && requestId !== undefined;
      steps.push({ at, step: promise ? { kind: "acknowledged", requestId } : { kind: "sent", to } });
      continue;
    }
    if (name === "read") continue;
    if (fd === "1" && name === "write") {
      const [, reference = "", keyId = ""] = /^order (\S+) (\S+)\n$/.exec(text(strings[0] ?? "")) ?? [];
      if (reference !== "") steps.push({ at, step: { kind: "ordered", reference, keyId } });
      continue;
    }
    const path = below(fd === "" ? (strings[0] ?? "") : what);
    // The index beside the log is made anew from the log.
    if (path?.endsWith("-shm") === true) continue;
    if (path === null) continue;
    if (name === "openat") {
      positions.set(result, 0);
      if (rest.includes("O_CREAT")) add({ kind: "create", path });
      if (rest.includes("O_TRUNC")) add({ kind: "truncate", path, length: 0 });
    } else if (name === "fsync" || name === "fdatasync") add({ kind: "sync", path });
    else if (name === "write") {
      const offset = positions.get(fd) ?? 0;
      positions.set(fd, offset + Number(result));
      add({ kind: "write", path, offset, bytes: bytes(strings[0] ?? "").subarray(0, Number(result)) });
    } else if (name === "pwrite64") {
      const offset = Number(/, (\d+)$/.exec(rest)?.[1]);
      add({ kind: "write", path, offset, bytes: bytes(strings[0] ?? "").subarray(0, Number(result)) });
    } else if (name === "ftruncate")
      add({ kind: "truncate", path, length: Number(/, (\d+)$/.exec(rest)?.[1]) });
    else if (name === "rename") add({ kind: "rename", path, to: below(strings[1] ?? "") ?? "" });
    else if (name === "unlink") add({ kind: "remove", path });
    else if (name === "mkdir") add({ kind: "mkdir", path });
    else throw new Error(`a call that nobody can replay: ${line.slice(0, 200)}`);
  }
  return steps.sort((one, other) => one.at - other.at).map(({ step }) => step);
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}

function text(hex: string): string {
  return bytes(hex).toString("utf8");
}
