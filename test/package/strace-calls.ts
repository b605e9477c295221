import { join, posix } from "node:path";

/** One call of a traced process, whole. */
export interface TracedCall {
  readonly name: string;
  /** As strace wrote it. */
  readonly text: string;
  readonly asRoot: boolean;
  /** Made by a program of ours, not by one of the panel or the system. */
  readonly ours: boolean;
  /** What the call names, as absolute paths; a link's own text is not among them. */
  readonly paths: readonly string[];
}

/** What `readCalls` expects a trace to be made with, besides where it goes and whom it watches. */
export const traceOptions = [
  ...["strace", "--follow-forks", "--trace=%file,%creds,%process,fchdir", "--decode-fds=path"],
  ...["--string-limit=1000", "--signal=none"],
];

/** The panels' own programs: what such a one opens is the panel's doing, also where it is us who run it. */
const panelPrograms =
  /^(?:\/usr\/local\/cpanel\/(?:bin\/)?(?:uapi|whmapi1)|\/usr\/(?:local\/)?s?bin\/plesk|\/usr\/local\/directadmin\/directadmin)$/;

/** By these a lab starts a program on its server, or as another user: what they do is not yet that program's doing. */
const starters = /\/(?:nsenter|setpriv)$/;

/** Whatever lies in a folder of ours: the program itself, the panel's side of the plugin, and what an interpreter reads of it. */
const oursByName = /xolphin/i;

/** Where the tests and the labs' own programs lie: nothing of it is installed on the server. */
const checkout = `${join(import.meta.dirname, "../..")}/`;

/** A call as it stands in a trace. */
export interface TraceLine {
  readonly pid: string;
  /** The line at which it began. */
  readonly at: number;
  /** The line at which it had returned; the same one for most. */
  readonly returnedAt: number;
  readonly text: string;
}

/** Whose program a process runs from a moment on, and with whose rights. */
interface Turn {
  readonly at: number;
  readonly ours?: boolean;
  readonly asRoot?: boolean;
  readonly folder?: string;
}

/**
 * Reads what strace wrote with `traceOptions` into one file: a process number, then the call. What is not known of a process
 * that was there before, it has from nobody: it is root's, not ours, and in the root folder.
 */
export function readCalls(trace: string): TracedCall[] {
  const lines = wholeLines(trace.replaceAll(checkout, "/lab/"));
  const parents = new Map<string, { pid: string; at: number }>();
  const turns = new Map<string, Turn[]>();
  for (const { pid, at, text } of lines) {
    const child = /^(?:clone3?|v?fork)\(.*= (\d+)(?: |$)/.exec(text)?.[1];
    if (child !== undefined) parents.set(child, { pid, at });
    const turn = turnOf(text);
    if (turn !== null) turns.set(pid, [...(turns.get(pid) ?? []), { ...turn, at }]);
  }
  const known = <K extends keyof Turn>(what: K, pid: string, at: number): Turn[K] | undefined => {
    const own = turns.get(pid)?.findLast((turn) => turn.at < at && turn[what] !== undefined);
    if (own !== undefined) return own[what];
    const from = parents.get(pid);
    return from === undefined ? undefined : known(what, from.pid, from.at);
  };
  return lines.map(({ pid, at, text }) => {
    const name = /^\w+/.exec(text)?.[0] ?? "";
    return {
      name,
      text,
      asRoot: known("asRoot", pid, at) ?? true,
      // A call that starts a program is the first of that program.
      ours: turnOf(text)?.ours ?? known("ours", pid, at) ?? false,
      paths: pathsOf(name, text, known("folder", pid, at) ?? "/"),
    };
  });
}

/** A call that another one interrupted is written in two halves; it stands where it began. */
export function wholeLines(trace: string): TraceLine[] {
  const lines: TraceLine[] = [];
  const begun = new Map<string, number>();
  for (const [at, line] of trace.split("\n").entries()) {
    const [, pid = "", text = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, first] = /^(.*?) ?<unfinished \.\.\.>$/.exec(text) ?? [];
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? [];
    if (rest !== undefined) {
      const index = begun.get(pid);
      const half = index === undefined ? undefined : lines[index];
      if (index !== undefined && half !== undefined)
        lines[index] = { ...half, returnedAt: at, text: half.text + rest };
      begun.delete(pid);
    } else if (/^[a-z]\w*\(/.test(text)) {
      if (first !== undefined) begun.set(pid, lines.length);
      lines.push({ pid, at, returnedAt: at, text: first ?? text });
    }
  }
  return lines;
}

/** What a call changes of its process; null for most. */
function turnOf(text: string): Omit<Turn, "at"> | null {
  const [, program, words = ""] = /^execve(?:at)?\((?:AT_FDCWD<[^>]*>, )?"([^"]*)"(.*?)= 0$/.exec(text) ?? [];
  if (program !== undefined) {
    if (panelPrograms.test(program)) return { ours: false };
    if (starters.test(program)) return null;
    return oursByName.test(program) || oursByName.test(words) ? { ours: true } : null;
  }
  const uid = /^set(?:re|res)?uid\((\d+)\b.*= 0$/.exec(text)?.[1];
  if (uid !== undefined) return { asRoot: uid === "0" };
  const folder = /^(?:chdir\("([^"]*)"|fchdir\(\d+<([^>]*)>)\).*= 0$/.exec(text);
  return folder === null ? null : { folder: folder[1] ?? folder[2] ?? "/" };
}

/** The calls whose first text is what they look at; the others are arguments, an answer, or the name of an attribute. */
const firstAlone = /^(?:readlink(?:at)?|execve(?:at)?|l?(?:set|get|list|remove)xattr)$/;
/** What a link leads to is only its text, and nothing is opened there. */
const lastAlone = /^symlink(?:at)?$/;

function pathsOf(name: string, text: string, folder: string): string[] {
  if (name === "getcwd") return [];
  const found = [...text.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].flatMap(
    // An empty one stands for what is open already.
    ([, from = folder, path = ""]) => (path === "" ? [] : [posix.resolve(from, path)]),
  );
  if (firstAlone.test(name)) return found.slice(0, 1);
  return lastAlone.test(name) ? found.slice(-1) : found;
}
