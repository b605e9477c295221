import { FairQueue } from "../../src/fleet/fair-queue.ts";

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

test("a server with many calls does not keep another one waiting for more than its turn", async () => {
  const queue = new FairQueue(1);
  const { begun, work, finish } = bench();
  for (let count = 0; count < 1_000; count += 1) void queue.run("big", "background", work("big"));
  void queue.run("small", "background", work("small"));
  await finish();
  await finish();
  expect(begun.slice(0, 3)).toContain("small");
});

test("people come before what nobody waits for, whichever server they are on", async () => {
  const queue = new FairQueue(1);
  const { begun, work, finish } = bench();
  void queue.run("a", "background", work("a background"));
  void queue.run("a", "background", work("a background"));
  void queue.run("b", "new-work", work("b new work"));
  void queue.run("b", "user", work("b person"));
  for (let count = 0; count < 4; count += 1) await finish();
  expect(begun).toEqual(["a background", "b person", "a background", "b new work"]);
});

test("never more at a time than there are places, and a failure gives its place back", async () => {
  const queue = new FairQueue(2);
  const { begun, work, finish } = bench();
  const failed = queue.run("a", "user", () => Promise.reject(new Error("no")));
  for (const node of ["b", "c", "d"]) void queue.run(node, "user", work(node));
  await expect(failed).rejects.toThrow("no");
  await finish();
  expect(queue.length).toBeLessThanOrEqual(1);
  expect(begun.length).toBeLessThanOrEqual(3);
});
