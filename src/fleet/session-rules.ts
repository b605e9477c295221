import type { SessionClaim } from "./operations.ts";

/** What the hub remembers of the process that speaks for a server. */
export interface SessionRecord {
  /** Null: a copy has withdrawn, and whoever speaks next is the server. */
  readonly id: string | null;
  /** Empty: no machine but a copy was ever heard. */
  readonly machine: string;
  /** When the process that speaks now was first heard, by its own clock. */
  readonly since: string;
  /** Two machines bore this name at the same time, and nobody has said yet which one is the server. */
  readonly disputed: boolean;
  /** Processes of machines that are the server no longer, latest last. */
  readonly retired: readonly string[];
}

export type SessionVerdict =
  | { readonly kind: "ours"; readonly record: SessionRecord }
  /** Somebody else bears the name. The record says so where it is a dispute. */
  | { readonly kind: "other"; readonly record: SessionRecord };

const retiredKept = 20;

/**
 * Whether a process speaks for its server. A restart names the process before it; a copy of the machine names it as well,
 * but then two processes go on from the same one, and as soon as both have spoken it is seen: one of them names a process
 * that is not the last. Another machine identity is never taken for a restart.
 */
export function judgeSession(record: SessionRecord | null, claim: SessionClaim): SessionVerdict {
  if (record === null) {
    return {
      kind: "ours",
      record: { id: claim.id, machine: claim.machine, since: claim.at, disputed: false, retired: [] },
    };
  }
  const same = claim.id === record.id && claim.machine === record.machine;
  if (same && !record.disputed) return { kind: "ours", record };
  if (isRetired(record, claim)) return { kind: "other", record: retire(record, claim.id) };
  if (record.disputed) return { kind: "other", record };
  if (record.machine !== "" && claim.machine !== record.machine) {
    // The one that was there goes on: only the newcomer must be told what it is.
    return { kind: "other", record };
  }
  if (record.id === null || claim.previous.includes(record.id))
    return { kind: "ours", record: { ...record, id: claim.id, machine: claim.machine, since: claim.at } };
  // Asked before the one that speaks now began: a question of a process that is dead, which was held up on its way.
  if (claim.at <= record.since) return { kind: "other", record };
  return { kind: "other", record: { ...record, disputed: true } };
}

/**
 * Root on this machine says that it is the server now: whoever spoke for it before does so no longer. It may have been called a
 * copy by mistake, and its next process goes on from this one.
 */
export function movedTo(record: SessionRecord | null, claim: SessionClaim): SessionRecord {
  const before = record === null || record.id === null ? [] : [record.id];
  const retired = [...(record?.retired ?? []), ...before].filter((id) => id !== claim.id);
  return {
    id: claim.id,
    machine: claim.machine,
    since: claim.at,
    disputed: false,
    retired: retired.slice(-retiredKept),
  };
}

/** Root on this machine says that it is a copy: the other one is the server, also where that was never heard of. */
export function copyOf(record: SessionRecord | null, claim: SessionClaim): SessionRecord {
  const known = record ?? { machine: "", since: claim.at, retired: [] };
  return retire({ ...known, id: null, disputed: false }, claim.id);
}

function isRetired({ retired }: SessionRecord, { id, previous }: SessionClaim): boolean {
  return [id, ...previous].some((one) => retired.includes(one));
}

function retire(record: SessionRecord, id: string): SessionRecord {
  if (record.retired.includes(id)) return record;
  return { ...record, retired: [...record.retired, id].slice(-retiredKept) };
}
