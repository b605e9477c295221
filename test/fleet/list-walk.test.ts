import { CodedError } from "../../src/errors.ts";
import { ListWalk } from "../../src/fleet/list-walk.ts";
import type { Ownership } from "../../src/fleet/ownership.ts";
import type { Records } from "../../src/fleet/records.ts";
import { silentLog } from "../../src/logging.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { recordsInMemory } from "./records-in-memory.ts";

const minute = 60_000;
const intervals = { pending: 5 * minute, full: 24 * 60 * minute };
let clock: FakeClock;
let records: Records & { away: boolean };
let announced: string[];
beforeEach(() => {
  clock = new FakeClock();
  records = recordsInMemory();
  announced = [];
});

/** A hub's walk over lists of which the test says when they are there; `signals` are those of walks over all certificates. */
function openWalk(lists: { full?: Promise<never>; pending?: () => { id: number }[] } = {}) {
  const seen = { pending: 0, signals: [] as AbortSignal[] };
  const walk = new ListWalk({
    ca: {
      async listPending() {
        seen.pending += 1;
        return (lists.pending?.() ?? []).map(({ id }) => ({ id, requiresAction: false, progress: "" }));
      },
      listCertificates(signal) {
        if (signal !== undefined) seen.signals.push(signal);
        if (lists.full === undefined) return Promise.resolve([]);
        return Promise.race([
          lists.full,
          new Promise<never>((_resolve, reject) =>
            signal?.addEventListener("abort", () => reject(signal.reason)),
          ),
        ]);
      },
    },
    records,
    ownership: {
      ofRequest: async () => ({ node: "web01", reference: "" }),
      ofCertificate: async () => ({ node: "web01", reference: "" }),
    } as unknown as Ownership,
    intervals,
    clock,
    log: silentLog,
    announce: async (_node, id) => void announced.push(String(id)),
  });
  return { walk, seen };
}

const never = new Promise<never>(() => undefined);

test("a walk over all certificates that takes long is one hub's alone, and the pending orders do not wait for it", async () => {
  const hubs = [openWalk({ full: never }), openWalk({ full: never })];
  for (const { walk } of hubs) walk.start();
  await clock.advance(30 * minute);
  expect(hubs.flatMap(({ seen }) => seen.signals).map(({ aborted }) => aborted)).toEqual([false]);
  expect(hubs.reduce((sum, { seen }) => sum + seen.pending, 0)).toBeGreaterThanOrEqual(5);
  expect(await hubs[1]?.walk.pendingOf("web01")).toEqual([]);
  for (const { walk } of hubs) await walk.stop();
});

test("a walk that is under way ends when its hub is stopped, and the other hub has the lease at once", async () => {
  const [first, second] = [openWalk({ full: never }), openWalk()];
  first.walk.start();
  await clock.advance(minute);
  await first.walk.stop();
  expect(first.seen.signals.map(({ aborted }) => aborted)).toEqual([true]);
  await second.walk.walk();
  expect(second.seen.signals).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});

test("a hub that can't keep its lease ends its walk before another one begins", async () => {
  const [first, second] = [openWalk({ full: never }), openWalk()];
  first.walk.start();
  await clock.advance(minute);
  records.away = true;
  await clock.advance(minute);
  expect(first.seen.signals.map(({ aborted }) => aborted)).toEqual([true]);
  await first.walk.stop();
  records.away = false;
  await second.walk.walk();
  expect(second.seen.signals).toHaveLength(1);
});

test("what is wanted at once is walked by whichever hub, also when another one has walked a moment ago", async () => {
  const [first, second] = [openWalk(), openWalk()];
  await first.walk.walk();
  await second.walk.walk();
  expect(first.seen.pending + second.seen.pending).toBe(1);
  await second.walk.again();
  await first.walk.walk();
  expect(first.seen.pending).toBe(2);
  await second.walk.walk();
  expect(second.seen.pending).toBe(0);
});

test("what is wanted at once stays wanted when the walk fails, and when it was under way already", async () => {
  let way: "fails" | "is wanted meanwhile" | "is well" = "fails";
  const other = openWalk();
  const { walk, seen } = openWalk({
    pending: () => {
      if (way === "fails") throw new CodedError("ca-unreachable");
      if (way === "is wanted meanwhile") void other.walk.again();
      return [{ id: 7 }];
    },
  });
  await other.walk.walk();
  await other.walk.again();
  walk.start();
  await clock.advance(0);
  expect(seen.pending).toBe(1);
  way = "is wanted meanwhile";
  await clock.advance(minute);
  expect(seen.pending).toBe(2);
  way = "is well";
  await clock.advance(2_000);
  expect(seen.pending).toBe(3);
  await clock.advance(2 * minute);
  expect(seen.pending).toBe(3);
  expect(announced).toEqual(["7"]);
  await walk.stop();
});
