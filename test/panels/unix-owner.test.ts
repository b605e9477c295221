import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readAsOwner, removeAsOwner, type UnixOwner, writeAsOwner } from "../../panels/unix-owner.ts";

/* Ten minutes against an account that wants to be harmed: `scripts/race-files`. Here it is nobody's bad will. */

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const why = isRoot ? "" : " (skipped: only root can become the account)";
const owner: UnixOwner = { uid: 61_003, gid: 61_003 };

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-owner-"));
  chmodSync(folder, 0o755);
  home = join(folder, "home");
  mkdirSync(home);
  if (isRoot) chownSync(home, owner.uid, owner.gid);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

asRoot(`a file with another content stays as it is${why}`, async () => {
  const path = join(home, "fileauth.txt");
  for (const content of ["of somebody else", "from-the-ca\n", "from-the-ca and more", ""]) {
    writeFileSync(path, content);
    const before = statSync(path);
    await removeAsOwner(owner, path, "from-the-ca");
    expect([statSync(path).ino, readFileSync(path, "utf8")]).toEqual([before.ino, content]);
  }
  await removeAsOwner(owner, join(home, "none", "fileauth.txt"), "from-the-ca");
});

asRoot(`what root or a neighbour keeps to itself is neither read nor removed${why}`, async () => {
  const path = join(folder, "secret.txt");
  writeFileSync(path, "from-the-ca", { mode: 0o600 });
  await removeAsOwner(owner, path, "from-the-ca");
  expect(await readAsOwner(owner, path)).toBeNull();
  expect(readFileSync(path, "utf8")).toBe("from-the-ca");
});

asRoot(`exactly this content goes, and nothing is left in its folder${why}`, async () => {
  const path = join(home, ".well-known", "pki-validation", "fileauth.txt");
  for (const content of ["from-the-ca", "two\nlines\n", "-n"]) {
    await writeAsOwner(owner, path, content);
    await removeAsOwner(owner, path, content);
    expect(readdirSync(join(path, ".."))).toEqual([]);
  }
});

asRoot(
  `an answer that takes the place of the one that is being removed stays, whenever it comes${why}`,
  async () => {
    const path = join(home, "fileauth.txt");
    for (let turn = 0; turn < 40; turn += 1) {
      await writeAsOwner(owner, path, "of the last order");
      const removing = removeAsOwner(owner, path, "of the last order");
      await pause(turn / 4);
      await writeAsOwner(owner, path, "of the next order");
      await removing;
      expect([turn, readdirSync(home), readFileSync(path, "utf8")]).toEqual([
        turn,
        ["fileauth.txt"],
        "of the next order",
      ]);
    }
  },
);
