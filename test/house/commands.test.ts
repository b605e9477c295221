import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const sources = globSync("{src,panels}/**/*.ts", { cwd: root }).map((file) => ({
  file,
  text: readFileSync(join(root, file), "utf8"),
}));
const running = sources.filter(({ text }) => text.includes("child_process"));

test("T-16 commands are run in a few places only", () => {
  expect(running.map(({ file }) => file).sort()).toEqual([
    "panels/run-command.ts",
    "src/setup/system-command.ts",
  ]);
});

test.each(running)(
  "T-16 $file runs them with an argument array, a fixed environment and folder, for a limited time, and has no shell read them",
  ({ text }) => {
    const [, imported = ""] = /import \{([^}]*)\} from "node:child_process"/.exec(text) ?? [];
    expect(["execFile", "spawn"]).toContain(imported.trim());
    for (const option of [/\benv: (commandEnvironment|environment)\b/, /\bcwd: "\/"/, /\btimeout\b/]) {
      expect(text).toMatch(option);
    }
    expect(text).not.toMatch(/\bshell\s*:/);
  },
);
