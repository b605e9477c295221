import { raceFiles } from "./race-files.ts";

/* Ten minutes of it: `scripts/race-files`. */

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const why = isRoot ? "" : " (skipped: only root can become the account)";

asRoot(
  `T-07 an account that exchanges every step of the path for links all the time leads nothing out of its home${why}`,
  async () => {
    const { outcomes, swaps, breaches } = await raceFiles(5);
    expect(breaches).toEqual([]);
    expect(swaps).toBeGreaterThan(100);
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining(["publish, done", "read, done", "remove, done"]),
    );
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
