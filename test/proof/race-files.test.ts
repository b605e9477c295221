import { faultsOf, raceFiles } from "./race-files.ts";

/* Ten minutes of it: `scripts/race-files`. */

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const why = isRoot ? "" : " (skipped: only root can become the account)";

test("a race in which nothing was exchanged, or every operation was refused, shows nothing", () => {
  const refused = new Map(["publish, refused", "read, done", "remove, done"].map((what) => [what, 9]));
  expect(faultsOf({ outcomes: refused, swaps: 5_000, breaches: [] })).toEqual(["no publish came through"]);
  const done = new Map(["publish, done", "read, done", "remove, done"].map((what) => [what, 9]));
  expect(faultsOf({ outcomes: done, swaps: 0, breaches: [] })).toEqual(["no more than 0 exchanges"]);
  expect(faultsOf({ outcomes: done, swaps: 5_000, breaches: ["an escape"] })).toEqual(["an escape"]);
  expect(faultsOf({ outcomes: done, swaps: 5_000, breaches: [] })).toEqual([]);
});

asRoot(
  `T-07 an account that exchanges every step of the path for links all the time leads nothing out of its home${why}`,
  async () => {
    expect(faultsOf(await raceFiles(5))).toEqual([]);
  },
  60_000,
);

asRoot(
  `T-07 the attack would work on whoever kept root's rights, and be seen${why}`,
  async () => {
    const { breaches } = await raceFiles(5, { uid: 0, gid: 0 });
    expect(breaches.join("\n")).toContain("/outside/root/");
  },
  60_000,
);
