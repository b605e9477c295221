import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { asCodedError } from "../../src/errors.ts";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { ForgetfulDisk, type Luck } from "./power-disk.ts";
import { makePlace, type Step } from "./power-recording.ts";

/*
 * What a power cut leaves behind: everything that was synced, and any part of what was not. A life is recorded step by step; a
 * case cuts the power after one of them. (SQLite's file formats: https://www.sqlite.org/fileformat2.html §4)
 */

export interface PowerCut {
  readonly what: string;
  /** The power went when so many steps were done. */
  readonly after: number;
  readonly luck: Luck;
}

const all: Luck = { change: (change) => change, naming: () => true };
const nothing: Luck = { change: () => null, naming: () => false };
const frameHeader = 24;

/**
 * Systematically: at every frame of the log and at every step with a key, all that was done so far being there; and whenever
 * something was promised, nothing but what was synced. Of the thousand pages that are written back one in fifty.
 */
export function everyBoundary(steps: readonly Step[]): PowerCut[] {
  const from = steps.findIndex(({ kind }) => kind === "acknowledged" || kind === "ordered");
  const promised = steps.map(({ kind }) => kind === "acknowledged" || kind === "ordered");
  return steps.flatMap((step, index): PowerCut[] => {
    const after = index + 1;
    if (promised[index] === true)
      return promised[after] === true
        ? []
        : [{ what: `only what is synced, ${after}`, after, luck: nothing }];
    const path = "path" in step ? step.path : "";
    const key = path.endsWith(".key") || path.endsWith(".tmp") || path === "keys";
    const frame =
      step.kind === "write" && path.endsWith("-wal") && step.bytes.length > frameHeader && index > from;
    const page = step.kind === "write" && path === "store.sqlite" && index > from && index % 50 === 0;
    return key || frame || page ? [{ what: `cut off after step ${after}`, after, luck: all }] : [];
  });
}

/** At any step from the first promise on: some of what was not synced is there, in any order, whole, in part, or torn. */
export function anyCut(steps: readonly Step[], random: () => number): PowerCut {
  const from = steps.findIndex(({ kind }) => kind === "acknowledged" || kind === "ordered");
  const after = from + 1 + Math.floor(random() * (steps.length - from));
  const share = random();
  const some = (): boolean => random() < share;
  const kind = Math.floor(random() * 3);
  if (kind === 0) {
    let broken = false;
    return {
      what: `cut off at a byte, ${after}`,
      after,
      luck: {
        naming: () => true,
        change(change) {
          if (broken || some() || change.kind === "truncate") return broken ? null : change;
          broken = true;
          return { ...change, bytes: change.bytes.subarray(0, Math.floor(random() * change.bytes.length)) };
        },
      },
    };
  }
  if (kind === 1)
    return {
      what: `some of it, ${after}`,
      after,
      luck: { naming: some, change: (change) => (some() ? change : null) },
    };
  return {
    what: `the length, and some of the contents, ${after}`,
    after,
    luck: {
      naming: some,
      change(change) {
        if (change.kind === "truncate" || some()) return change;
        const bytes = Buffer.from(change.bytes);
        for (let at = Math.floor(random() * bytes.length); at < bytes.length; at += 1)
          bytes[at] = (random() * 256) | 0;
        return { ...change, bytes };
      },
    },
  };
}

/** Starts on what the cut left; says what is wrong, or null. */
export async function startAfter(
  steps: readonly Step[],
  { what, after, luck }: PowerCut,
): Promise<string | null> {
  const place = makePlace();
  const stateDir = join(place, "state");
  const disk = new ForgetfulDisk();
  const acknowledged = new Set<number>();
  const ordered: Extract<Step, { kind: "ordered" }>[] = [];
  for (const step of steps.slice(0, after)) {
    if (step.kind === "acknowledged") acknowledged.add(step.requestId);
    else if (step.kind === "ordered") ordered.push(step);
    else disk.carryOut(step);
  }
  try {
    disk.loseAllBut(luck, stateDir);
    const store = new Store(openDatabase(stateDir));
    try {
      const kept = new Set(store.db.lists("SELECT request_id FROM hints").map(([id]) => Number(id)));
      const lost = [...acknowledged].filter((id) => !kept.has(id));
      if (lost.length > 0) return `${what}: ${acknowledged.size} webhooks acknowledged, ${lost.length} lost`;
      const keys = await openKeyStore(stateDir);
      for (const { reference, keyId } of ordered) {
        if (store.requests.get(reference)?.keyId !== keyId) return `${what}: order ${reference} is forgotten`;
        if (keyIdOfPrivateKey(readAnyPrivateKey(await keys.read(keyId))) !== keyId)
          return `${what}: the key of ${reference} is another one`;
      }
      const drafts = readdirSync(join(stateDir, "keys")).filter((name) => name.endsWith(".tmp"));
      return drafts.length === 0 ? null : `${what}: drafts are left: ${drafts.join(", ")}`;
    } finally {
      store.close();
    }
  } catch (thrown) {
    const { code, detail } = asCodedError(thrown);
    return `${what}: it can't go on: ${code} ${detail ?? ""}`;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
