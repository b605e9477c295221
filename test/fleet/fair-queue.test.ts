import { Pacer } from "../../src/ca/pacer.ts";
import { FairQueue } from "../../src/fleet/fair-queue.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

const patience = 100_000;
let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

/** Work that is done when the test says so, and the order in which it began. */
function bench(): { begun: string[]; work(name: string): () => Promise<void>; finish(): Promise<void> } {
  const begun: string[] = [];
  const open: (() => void)[] = [];
  return {
    begun,
    work: (name) => () => {
      begun.push(name);
      return new Promise((resolve) => open.push(resolve));
    },
    async finish() {
      // What may begin has begun before something ends.
      await new Promise((resolve) => setImmediate(resolve));
      open.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("whoever has waited longer than anybody waits for an answer is refused, and its call is not made", async () => {
  const queue = new FairQueue(1, clock);
  const { begun, work, finish } = bench();
  void queue.run("a", "background", patience, work("first"));
  const late = queue.run("b", "background", patience, work("late"));
  const refusal = expect(late).rejects.toMatchObject({ code: "ca-busy" });
  await clock.advance(patience);
  void queue.run("c", "background", patience, work("in time"));
  await finish();
  await refusal;
  expect(begun).toEqual(["first", "in time"]);
  expect(queue.length).toBe(0);
});

test("when it is closed, whoever waits is refused, and so is whoever comes; what was begun ends", async () => {
  const queue = new FairQueue(1, clock);
  const { begun, work, finish } = bench();
  const first = queue.run("a", "user", patience, work("first"));
  const waiting = queue.run("a", "user", patience, work("waiting"));
  const refusals = [waiting, first.then(() => queue.run("b", "user", patience, work("late")))].map((one) =>
    expect(one).rejects.toMatchObject({ code: "ca-busy" }),
  );
  queue.close();
  await finish();
  await first;
  await Promise.all(refusals);
  expect(begun).toEqual(["first"]);
  expect(queue.length).toBe(0);
});

test("a server with many calls does not keep another one waiting for more than its turn", async () => {
  const queue = new FairQueue(1, clock);
  const { begun, work, finish } = bench();
  for (let count = 0; count < 1_000; count += 1) {
    void queue.run("big", "background", patience, work("big"));
  }
  void queue.run("small", "background", patience, work("small"));
  await finish();
  await finish();
  expect(begun.slice(0, 3)).toContain("small");
});

test("people come before what nobody waits for, whichever server they are on", async () => {
  const queue = new FairQueue(1, clock);
  const { begun, work, finish } = bench();
  void queue.run("a", "background", patience, work("a background"));
  void queue.run("a", "background", patience, work("a background"));
  void queue.run("b", "new-work", patience, work("b new work"));
  void queue.run("b", "user", patience, work("b person"));
  for (let count = 0; count < 4; count += 1) await finish();
  // The person waits for nothing that is calm, not even for its end.
  expect(begun).toEqual(["a background", "b person", "a background", "b new work"]);
});

test("F-07: while calm ones wait for what is left of the budget, an urgent one of another server goes at once", async () => {
  const queue = new FairQueue(4, clock);
  const pacer = new Pacer(clock);
  const said: string[] = [];
  const ask = (node: string, priority: "issued" | "background" | "new-work"): void =>
    void queue.run(node, priority, 3_600_000, () =>
      pacer.run(
        priority,
        async () => void said.push(`${node} ${priority}`),
        () => ({ outcome: "answered", limit: 100, remaining: 10, notBefore: null }),
      ),
    );
  // The first answer tells that the budget runs low.
  ask("web01", "background");
  await clock.advance(1_000);
  for (let count = 0; count < 20; count += 1) {
    ask("web01", "background");
    ask("web02", "new-work");
  }
  await clock.advance(10_000);
  expect(said).toEqual(["web01 background"]);
  ask("web03", "issued");
  await clock.advance(1_000);
  expect(said).toEqual(["web01 background", "web03 issued"]);
  await clock.advance(120_000);
  expect(said.length).toBeGreaterThan(2);
});

test("never more of one priority at a time than there are places, and a failure gives its place back", async () => {
  const queue = new FairQueue(2, clock);
  const { begun, work, finish } = bench();
  const failed = queue.run("a", "user", patience, () => Promise.reject(new Error("no")));
  for (const node of ["b", "c", "d"]) void queue.run(node, "user", patience, work(node));
  await expect(failed).rejects.toThrow("no");
  expect(begun).toHaveLength(2);
  await finish();
  expect(begun).toHaveLength(3);
  expect(queue.length).toBe(0);
});
