import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import { seededRandom } from "../simulation/events.ts";
import { anyCut, everyBoundary, type PowerCut, startAfter } from "./power-cuts.ts";
import { recordingProblem, recordLife, type Step } from "./power-recording.ts";

/* Many more cuts than here: `scripts/power-cut-test`. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "power-cut-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const why = recordingProblem === null ? "" : ` (skipped: ${recordingProblem})`;

(recordingProblem === null ? describe : describe.skip)(`a life that is cut off${why}`, () => {
  const random = seededRandom(20_261_127);
  let steps: Step[];
  beforeAll(() => {
    steps = recordLife(1);
  }, 60_000);

  test("a power cut: whatever it left, every acknowledged webhook is there, and the key of every order that was sent", async () => {
    const planned = everyBoundary(steps).filter((_cut, index) => index % 30 === 0);
    const byChance = Array.from({ length: 20 }, () => anyCut(steps, random));
    expect(planned.length).toBeGreaterThan(10);
    expect(await problemsAfter(steps, [...planned, ...byChance])).toEqual([]);
  }, 60_000);

  test.each([
    ["the store's log", /-wal$/, /acknowledged, \d+ lost/],
    ["a key", /^keys\/.+\.tmp$/, /key-unreadable/],
    ["the folder of the keys", /^keys$/, /key-missing/],
    ["the key that seals them", /^machine\.key\.tmp$/, /key-unreadable/],
    ["the folder of the store", /^\.$/, /lost/],
    ["the store, before its log is begun anew", /^store\.sqlite$/, /lost|can't go on/],
  ])("a program that never synced %s is found out", async (_what, path, problem) => {
    const unsynced = steps.filter((step) => step.kind !== "sync" || !path.test(step.path));
    const cut = everyBoundary(unsynced).findLast(({ what }) => what.startsWith("only"));
    expect(await startAfter(unsynced, cut as PowerCut)).toMatch(problem);
  });
});

async function problemsAfter(steps: readonly Step[], cuts: readonly PowerCut[]): Promise<string[]> {
  const problems: string[] = [];
  for (const cut of cuts) problems.push(...[await startAfter(steps, cut)].filter((one) => one !== null));
  return problems;
}

test("a power cut: a key file cut at any byte is unreadable, never another key, and harms no other", async () => {
  const keys = await openKeyStore(folder);
  const [cut, whole] = await Promise.all([keys.create("ec-p256"), keys.create("ec-p256")]);
  const file = join(folder, "keys", `${cut}.key`);
  const sealed = readFileSync(file);
  for (let length = 0; length < sealed.length; length += 1) {
    writeFileSync(file, sealed.subarray(0, length), { mode: 0o600 });
    await expect(keys.read(cut)).rejects.toMatchObject({ code: "key-unreadable" });
  }
  expect(keyIdOfPrivateKey(readAnyPrivateKey(await keys.read(whole)))).toBe(whole);
});

test("a power cut: a rename that never reached the disk leaves a draft, which the next start clears away", async () => {
  const keys = await openKeyStore(folder);
  const keyId = await keys.create("ec-p256");
  const file = join(folder, "keys", `${keyId}.key`);
  renameSync(file, `${file}.0123456789ab.tmp`);
  const again = await openKeyStore(folder);
  expect(readdirSync(join(folder, "keys"))).toEqual([]);
  await expect(again.read(keyId)).rejects.toMatchObject({ code: "key-missing" });
});

test("a power cut: a first start that was cut off while the machine key was written begins anew", async () => {
  writeFileSync(join(folder, "machine.key.tmp"), Buffer.alloc(7));
  const keys = await openKeyStore(folder);
  expect(readFileSync(join(folder, "machine.key"))).toHaveLength(32);
  const keyId = await keys.create("ec-p256");
  await expect((await openKeyStore(folder)).read(keyId)).resolves.toBeDefined();
});
