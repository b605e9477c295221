import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const there = existsSync(join(root, ".fuzz/node_modules/@jazzer.js/core"));
const guidedTest = there ? test : test.skip;
const unless = there ? "" : " (skipped: Jazzer.js is not there)";

/** Status and words of a short run. */
async function fuzz(...options: string[]): Promise<{ status: number; said: string }> {
  try {
    const { stdout } = await run(join(root, "scripts/fuzz"), ["--guided", ...options], {
      maxBuffer: 16 * 1024 * 1024,
    });
    return { status: 0, said: stdout };
  } catch (thrown) {
    const { code, stdout } = thrown as { code: number; stdout: string };
    return { status: code, said: stdout };
  }
}

/* A minute and more for each parser: `scripts/fuzz --guided`. */

guidedTest(
  `a fault behind four comparisons is found by what each of them teaches, and by as many blind inputs it is not${unless}`,
  async () => {
    const planted = ["--only", "planted fault", "--runs", "500000"];
    const guided = await fuzz(...planted);
    expect(guided.said).toContain("the planted fault");
    expect(guided.status).toBe(1);
    expect(await fuzz(...planted, "--blind")).toEqual({
      status: 0,
      said: expect.stringMatching(
        /^planted fault: 500000 inputs in \d+ s, 0 branches reached, .*nothing wrong\n$/,
      ),
    });
  },
  300_000,
);

guidedTest(
  `guided by what it reaches, no input makes a parser crash, hang, or accept what the independent reader refuses${unless}`,
  async () => {
    const { status, said } = await fuzz("--runs", "300");
    expect([status, said]).toEqual([0, expect.not.stringContaining("WRONG")]);
    const lines = said.trim().split("\n");
    expect(lines).toHaveLength(13);
    for (const line of lines) expect(line).toMatch(/: 300 inputs in \d+ s, [1-9]\d* branches reached, /);
  },
  300_000,
);
