/** What can go wrong with one `plesk` command. */
export type CommandFault =
  /** Carried out; the program ends `ms` of real time later. */
  | { kind: "slow"; ms: number }
  /** Never ends; nothing is carried out. */
  | { kind: "hang" }
  /** The program dies of SIGKILL before, or after, it did its work. */
  | { kind: "killed"; done: boolean }
  /** Exit code and noise on stderr; nothing is carried out. */
  | { kind: "exit"; code: number; text?: string }
  /** Carried out, but says it failed: the lost reply. */
  | { kind: "fails-after" }
  /** Says that all went well, and changes nothing. */
  | { kind: "say-ok" }
  /** The hosting form is checked as a whole and something unrelated is missing (spec plesk §6). */
  | { kind: "component-missing" }
  /** Carried out for another site of the same subscription. */
  | { kind: "wrong-site" };

/** What can go wrong with one call over HTTPS. Unless it says so, nothing was carried out. */
export type CallFault =
  | { kind: "status"; status: number }
  | { kind: "html" }
  /** Carried out; half of the answer is sent, then the connection is closed. */
  | { kind: "half" }
  | { kind: "reset-before" }
  /** Carried out, then reset. */
  | { kind: "reset-after" }
  | { kind: "no-answer" }
  | { kind: "late"; ms: number };

/** What can go wrong behind the panel. */
export type ServerFault =
  /** nginx is stopped until the faults are cleared. */
  | { kind: "nginxDown" }
  /** The web server refuses its configuration; the old one stays in force. */
  | { kind: "reloadFails"; times?: number }
  | { kind: "reloadDelayMs"; ms: number }
  /** The next certificate assigned (to that site) is on record, but another one is served. */
  | { kind: "breakNext"; site?: string };

interface Planned {
  /** Which it hits: a command by its words joined with spaces, a call by `METHOD path`. */
  match?: RegExp;
  /** How many it hits; once when absent, `Infinity` until cleared. */
  times?: number;
  /** Lets so many matching ones pass first. */
  after?: number;
}

export type Fault = (CommandFault & Planned) | (CallFault & Planned) | ServerFault;

const commandKinds = [
  "slow",
  "hang",
  "killed",
  "exit",
  "fails-after",
  "say-ok",
  "component-missing",
  "wrong-site",
];
const callKinds = ["status", "html", "half", "reset-before", "reset-after", "no-answer", "late"];

/** The faults that wait for their turn; the oldest matching one wins. */
export class FaultPlan {
  private planned: { fault: (CommandFault | CallFault) & Planned; passed: number; hits: number }[] = [];
  readonly server: { nginxDown: boolean; reloadFails: number; reloadDelayMs: number; breakNext: string[] } = {
    nginxDown: false,
    reloadFails: 0,
    reloadDelayMs: 0,
    breakNext: [],
  };

  add(fault: Fault): void {
    if (fault.kind === "nginxDown") this.server.nginxDown = true;
    else if (fault.kind === "reloadFails") this.server.reloadFails = fault.times ?? 1;
    else if (fault.kind === "reloadDelayMs") this.server.reloadDelayMs = fault.ms;
    else if (fault.kind === "breakNext") this.server.breakNext.push(fault.site ?? "*");
    else this.planned.push({ fault, passed: 0, hits: 0 });
  }

  clear(): void {
    this.planned = [];
    Object.assign(this.server, { nginxDown: false, reloadFails: 0, reloadDelayMs: 0, breakNext: [] });
  }

  takeForCommand(words: readonly string[]): CommandFault | undefined {
    return this.take(commandKinds, words.join(" ")) as CommandFault | undefined;
  }

  takeForCall(method: string, path: string): CallFault | undefined {
    return this.take(callKinds, `${method} ${path}`) as CallFault | undefined;
  }

  /** Is the certificate now assigned to this site the one that is not served? */
  takeBreak(site: string): boolean {
    const index = this.server.breakNext.findIndex((name) => name === "*" || name === site);
    if (index === -1) return false;
    this.server.breakNext.splice(index, 1);
    return true;
  }

  private take(kinds: readonly string[], subject: string): CommandFault | CallFault | undefined {
    for (const item of this.planned) {
      const { match, times = 1, after = 0, kind } = item.fault;
      if (!kinds.includes(kind) || (match !== undefined && subject.search(match) === -1)) continue;
      if (item.passed < after) {
        item.passed += 1;
        continue;
      }
      item.hits += 1;
      if (item.hits >= times) this.planned = this.planned.filter((other) => other !== item);
      return item.fault;
    }
    return undefined;
  }
}
