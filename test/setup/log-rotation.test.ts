import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../src/logging.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a log file that reaches 20 MB is laid aside, and every line of both files is one JSON object", async () => {
  const file = join(folder, "service.log");
  const line = `${JSON.stringify({ time: "2026-01-01T00:00:00.000Z", level: "info", message: "x".repeat(200) })}\n`;
  const full = line.repeat(Math.floor((20 * 1024 * 1024) / line.length));
  writeFileSync(file, full);
  const log = createLog({ level: "info", file, now: () => new Date() });
  for (let turn = 0; readdirSync(folder).length < 2 && turn < 1_000; turn += 1) {
    log.error("a line\nthat would be two", { turn });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(readdirSync(folder).sort()).toEqual(["service.log", "service1.log"]);
  expect(statSync(join(folder, "service1.log")).size).toBeGreaterThanOrEqual(full.length);
  for (const name of readdirSync(folder)) {
    for (const one of readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean)) {
      expect(Object.keys(JSON.parse(one) as object)).toEqual(
        expect.arrayContaining(["time", "level", "message"]),
      );
    }
  }
}, 60_000);

test.each([
  ["in a folder that is none", (at: string) => join(at, "file", "service.log")],
  ["that is a folder", (at: string) => at],
])("a log file %s is said at standard output, and every line goes there", (_what, fileIn) => {
  writeFileSync(join(folder, "file"), "");
  const script = `
    const { createLog } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/logging.ts"))});
    const log = createLog({ level: "info", file: ${JSON.stringify(fileIn(folder))}, now: () => new Date() });
    setTimeout(() => log.info("the service goes on"), 300);`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const messages = out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { message: string }).message);
  expect(messages).toEqual([
    "the log file can't be written; the log goes on at standard output",
    "the service goes on",
  ]);
});
