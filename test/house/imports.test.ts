import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Who may import whom; `docs/architecture.md` shows the same list, and the test below holds both together. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "src/errors.ts": [],
  "src/clock.ts": [],
  "src/secret.ts": [],
  "src/crash-point.ts": [],
  "src/https-client.ts": ["src/clock.ts"],
  "src/node-http.ts": [],
  "src/logging.ts": ["src/errors.ts"],
  "src/last-resort.ts": ["src/logging.ts"],
  "src/settings.ts": ["src/errors.ts"],
  "src/model": ["src/model", "src/panel.ts", "src/errors.ts", "src/secret.ts"],
  "src/panel.ts": ["src/model", "src/errors.ts", "src/secret.ts"],
  "src/webhook": [
    "src/webhook",
    "src/model",
    "src/errors.ts",
    "src/clock.ts",
    "src/logging.ts",
    "src/crash-point.ts",
    "src/node-http.ts",
  ],
  "src/ca": [
    "src/ca",
    "src/model",
    "src/errors.ts",
    "src/clock.ts",
    "src/secret.ts",
    "src/https-client.ts",
    "src/logging.ts",
  ],
  "src/keys": ["src/keys", "src/model", "src/errors.ts", "src/secret.ts", "src/crash-point.ts"],
  "src/probe": [
    "src/probe",
    "src/model",
    "src/errors.ts",
    "src/clock.ts",
    "src/logging.ts",
    "src/node-http.ts",
  ],
  "src/store": ["src/store", "src/model", "src/errors.ts", "src/crash-point.ts"],
  "src/jobs": [
    "src/jobs",
    "src/store",
    "src/model",
    "src/panel.ts",
    "src/errors.ts",
    "src/clock.ts",
    "src/secret.ts",
    "src/logging.ts",
    "src/crash-point.ts",
  ],
  "src/pages": [
    "src/pages",
    "src/model",
    "src/panel.ts",
    "src/errors.ts",
    "src/clock.ts",
    "src/logging.ts",
    "src/secret.ts",
    "src/node-http.ts",
  ],
  "src/mail": ["src/mail", "src/errors.ts"],
  "src/control": ["src/control", "src/errors.ts", "src/logging.ts", "src/node-http.ts"],
  "src/fleet": [
    "src/fleet",
    "src/jobs/ports.ts",
    "src/model",
    "src/errors.ts",
    "src/clock.ts",
    "src/secret.ts",
    "src/logging.ts",
    "src/crash-point.ts",
  ],
  "src/executor": [
    "src/executor",
    "src/control",
    "src/model",
    "src/panel.ts",
    "src/errors.ts",
    "src/secret.ts",
    "src/logging.ts",
  ],
  "src/agent": ["src", "panels/index.ts", "panels/panel-factory.ts"],
  "src/setup": [
    "src/setup",
    "src/control",
    "src/settings.ts",
    "src/errors.ts",
    "src/clock.ts",
    "src/secret.ts",
    "src/logging.ts",
    "src/crash-point.ts",
    "panels/index.ts",
    "panels/panel-factory.ts",
  ],
  "src/support": ["src/support", "src/setup", "src/settings.ts"],
  "src/cli": [
    "src/cli",
    "src/control",
    "src/agent",
    "src/setup",
    "src/support",
    "src/errors.ts",
    "src/secret.ts",
    "src/settings.ts",
    "src/node-http.ts",
  ],
  "src/main.ts": [
    "src/cli",
    "src/agent",
    "src/setup",
    "src/support",
    "src/settings.ts",
    "src/errors.ts",
    "src/clock.ts",
    "src/logging.ts",
    "src/last-resort.ts",
    "panels/index.ts",
  ],
  "panels/index.ts": ["panels", "src/errors.ts"],
  "panels/panel-factory.ts": ["src/panel.ts", "src/clock.ts", "src/logging.ts"],
  "panels/local-https.ts": ["src/errors.ts", "src/clock.ts", "src/https-client.ts"],
  "panels/run-command.ts": ["src/clock.ts", "src/errors.ts"],
  "panels/panel-words.ts": ["src/errors.ts"],
  "panels/unix-owner.ts": ["src/errors.ts", "panels/run-command.ts"],
  panels: [
    "src/panel.ts",
    "src/model",
    "src/errors.ts",
    "src/clock.ts",
    "src/secret.ts",
    "src/logging.ts",
    "panels/panel-factory.ts",
    "panels/local-https.ts",
    "panels/run-command.ts",
    "panels/panel-words.ts",
    "panels/unix-owner.ts",
    "src/crash-point.ts",
  ],
  "test/labs": ["test/labs"],
  "test/labs/tests": ["test/labs", "test/fakes"],
};

const root = join(import.meta.dirname, "../..");
const files = globSync(["src/**/*.ts", "panels/**/*.ts", "test/labs/**/*.ts"], { cwd: root });

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g);
  return [...found].map((match) => normalize(join(dirname(file), match[1] ?? "")));
}

function within(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function ruleOf(file: string): string {
  const places = Object.keys(allowed).filter((place) => within(file, place));
  return places.sort((a, b) => b.length - a.length)[0] ?? "";
}

test("every source file falls under a rule, and every rule has files", () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => ruleOf(file) === "")).toEqual([]);
});

test("imports point only where the table allows", () => {
  const breaches = files.flatMap((file) => {
    const rule = ruleOf(file);
    const places = allowed[rule] ?? [];
    const own = rule === "panels" ? [file.split("/").slice(0, 2).join("/")] : [];
    return importsOf(file)
      .filter((target) => ![...places, ...own].some((place) => within(target, place)))
      .map((target) => `${file} imports ${target}`);
  });
  expect(breaches).toEqual([]);
});

test("the table here and the one in docs/architecture.md are the same", () => {
  const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map((match) => [
    match[1] ?? "",
    [...(match[2] ?? "").matchAll(/`([^`]+)`/g)].map((cell) => cell[1] ?? ""),
  ]);
  expect(Object.fromEntries(rows)).toEqual(allowed);
});

test("no file of the core or of the templates names a panel", () => {
  const named = /\b(cpanel|whm|directadmin|plesk|jupiter|evolution)\b/i;
  const core = globSync(["src/**/*", "templates/**/*.ejs"], { cwd: root }).filter((file) =>
    /\.\w+$/.test(file),
  );
  const naming = core.filter((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      // Sources of facts are cited by the spec's file name.
      .some((line) =>
        named.test(
          line.replace(
            /spec(?:ification)? [\w-]+ §|\(spec [^)]*\)|`spec [^`]*`|spec directadmin|spec cpanel|spec plesk/g,
            "",
          ),
        ),
      ),
  );
  expect(naming).toEqual([]);
});

test("the clock is read in one place only", () => {
  const reads = /\bDate\.now\(|new Date\(\)|(?<!\.)\bsetTimeout\(|\bsetInterval\(|performance\.now\(/;
  const readers = globSync(["src/**/*.ts", "panels/**/*.ts"], { cwd: root }).filter(
    (file) => file !== "src/clock.ts" && reads.test(readFileSync(join(root, file), "utf8")),
  );
  expect(readers).toEqual([]);
});
