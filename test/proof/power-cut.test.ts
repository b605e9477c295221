import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import { seededRandom } from "../simulation/events.ts";
import { type PowerCut, powerCuts, record, startAfter } from "./power-cuts.ts";

/* Many more cuts than here: `scripts/power-cut-test`. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "power-cut-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a power cut: whatever it left of the log, every acknowledged webhook is there", () => {
  const random = seededRandom(20_261_126);
  const recording = record(12, random);
  const cuts = [...powerCuts(recording, 120, random)];
  expect(cuts).toHaveLength(120);
  expect(cuts.map(startAfter).filter((problem) => problem !== null)).toEqual([]);
});

test("a log that lost what was synced is noticed, so the check above can fail", () => {
  const recording = record(3, seededRandom(1));
  const last = recording.commits.at(-1) ?? { acknowledged: 0, synced: 0 };
  const lost: PowerCut = {
    what: "cut too early",
    database: recording.database,
    log: recording.log.subarray(0, last.synced - 1),
    acknowledged: last.acknowledged,
  };
  expect(startAfter(lost)).toMatch(/acknowledged, \d+ kept/);
});

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
