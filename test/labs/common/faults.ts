/** What can go wrong with one panel call. Unless it says so, nothing was carried out. */
export type CallFault =
  | { kind: "status"; status: number }
  /** The login page with 200, as when a session is lost on the way. */
  | { kind: "html" }
  /** Carried out; half of the answer is sent, then the connection is closed. */
  | { kind: "half" }
  | { kind: "reset-before" }
  /** Carried out, then reset: the lost reply. */
  | { kind: "reset-after" }
  /** No answer at all; the connection stays open. */
  | { kind: "hang" }
  /** Carried out; the answer comes after `ms` of real time. */
  | { kind: "slow"; ms: number }
  /** Says that all went well, and changes nothing. */
  | { kind: "say-ok" }
  /** A refusal inside a 200. */
  | { kind: "error-in-200" }
  /** Carried out for another domain of the same account. */
  | { kind: "wrong-domain" };

/** What can go wrong behind the panel. */
export type ServerFault =
  /** nginx is stopped until the faults are cleared. */
  | { kind: "nginxDown" }
  /** nginx refuses its configuration; the old one stays in force. */
  | { kind: "reloadFails"; times?: number }
  /** A reload returns at once, and new workers come `ms` of real time later, as with LiteSpeed. */
  | { kind: "reloadDelayMs"; ms: number }
  /** The next certificate saved (of that domain) is stored well, but another one is served for it. */
  | { kind: "breakNext"; domain?: string };

export type Fault =
  | (CallFault & {
      /** Which calls it hits; `path` is matched against path and query. */
      match?: { method?: string; path?: RegExp };
      /** How many calls it hits; once when absent, `Infinity` until cleared. */
      times?: number;
      /** Lets so many matching calls pass first. */
      after?: number;
    })
  | ServerFault;

const serverKinds = ["nginxDown", "reloadFails", "reloadDelayMs", "breakNext"];

type PlannedFault = Exclude<Fault, ServerFault>;

/** The faults that wait for their call; the oldest matching one wins. */
export class FaultPlan {
  private planned: { fault: PlannedFault; passed: number; hits: number }[] = [];
  readonly server: {
    nginxDown: boolean;
    reloadFails: number;
    reloadDelayMs: number;
    /** Domains whose next certificate breaks; `*` for any. */
    breakNext: string[];
  } = { nginxDown: false, reloadFails: 0, reloadDelayMs: 0, breakNext: [] };

  add(fault: Fault): void {
    if (!isServerFault(fault)) this.planned.push({ fault, passed: 0, hits: 0 });
    else if (fault.kind === "nginxDown") this.server.nginxDown = true;
    else if (fault.kind === "reloadFails") this.server.reloadFails = fault.times ?? 1;
    else if (fault.kind === "reloadDelayMs") this.server.reloadDelayMs = fault.ms;
    else this.server.breakNext.push(fault.domain ?? "*");
  }

  clear(): void {
    this.planned = [];
    Object.assign(this.server, { nginxDown: false, reloadFails: 0, reloadDelayMs: 0, breakNext: [] });
  }

  /** The fault for this call, counted as a hit; undefined when none applies. */
  take(method: string, path: string): CallFault | undefined {
    for (const item of this.planned) {
      const { match, times = 1, after = 0 } = item.fault;
      if (match?.method !== undefined && match.method !== method) continue;
      if (match?.path !== undefined && path.search(match.path) === -1) continue;
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

  /** Is the certificate now saved for this domain the one that breaks? */
  takeBreak(domain: string): boolean {
    const index = this.server.breakNext.findIndex((name) => name === "*" || name === domain);
    if (index === -1) return false;
    this.server.breakNext.splice(index, 1);
    return true;
  }
}

function isServerFault(fault: Fault): fault is ServerFault {
  return serverKinds.includes(fault.kind);
}
