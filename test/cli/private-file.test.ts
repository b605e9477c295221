import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPrivateFile, refuseExisting, writePrivateFile } from "../../src/cli/private-file.ts";

const refusal = expect.objectContaining({ code: "input-invalid" });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-private-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file with keys is never written over another one, nor through a link", () => {
  const there = join(folder, "there");
  writeFileSync(there, "old");
  const link = join(folder, "link");
  symlinkSync(join(folder, "nowhere"), link);
  expect(() => refuseExisting(there)).toThrow(refusal);
  for (const path of [there, link, join(folder, "no", "such")]) {
    expect(() => writePrivateFile(path, "new")).toThrow(refusal);
  }
});

test("a file that others own, can read, or that is none is not read", () => {
  const path = join(folder, "file");
  writeFileSync(path, "text", { mode: 0o600 });
  const link = join(folder, "link");
  symlinkSync(path, link);
  expect(() => readPrivateFile(link)).toThrow(refusal);
  expect(() => readPrivateFile(folder)).toThrow(refusal);
  chmodSync(path, 0o640);
  expect(() => readPrivateFile(path)).toThrow(refusal);
  if (process.getuid?.() === 0) {
    chmodSync(path, 0o600);
    chownSync(path, 65_534, 65_534);
    expect(() => readPrivateFile(path)).toThrow(refusal);
  }
});

test("what is written is for its owner alone, and is read again", () => {
  const path = join(folder, "file");
  writePrivateFile(path, "sealed");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readPrivateFile(path)).toBe("sealed");
});
