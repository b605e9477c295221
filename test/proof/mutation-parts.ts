import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/**
 * What is mutated, and which tests have to notice: such as take milliseconds, because each change runs them. Names within `test`,
 * without ending. A file whose tests are not named is tried by those of the folder that import it.
 */
const parts: Readonly<Record<string, readonly { files: string; tests: readonly string[]; named?: true }[]>> =
  {
    model: [
      { files: "src/model/host-name.ts", tests: ["model/host-name", "model/host-name-borders"], named: true },
      {
        files: "src/model/certificate.ts",
        tests: ["model/certificate", "model/certificate-forms"],
        named: true,
      },
      // The rest but for those that only say which shapes and words there are.
      {
        files: "src/model/!(host-name|certificate|installation|order-draft|timeline).ts",
        tests: ["model/!(*-properties)"],
      },
    ],
    webhook: [
      // Not the listener, its server and gate: a caller who is not answered waits, and each such wait would last until Stryker gives up.
      {
        files: "src/webhook/{judge-request,webhook-hint,source-address,refusal-log}.ts",
        tests: ["webhook/!(*-properties)"],
      },
    ],
    authorisation: [
      { files: "src/agent/page-data/scope.ts", tests: ["agent/scope"], named: true },
      { files: "src/pages/form-token.ts", tests: ["pages/form-token", "pages/pages"], named: true },
    ],
    installer: [
      {
        files: "src/jobs/{install-certificates,find-candidates,apply-candidates,candidate}.ts",
        tests: ["jobs/install-*"],
        named: true,
      },
      { files: "src/jobs/{verify-installation,take-back,recover}.ts", tests: ["jobs/*"] },
    ],
  };

/** The files of a part; of none when there is no such part. */
export function filesOf(part: string): string[] {
  return (parts[part] ?? []).flatMap(({ files }) => globSync(files, { cwd: root })).sort();
}

/** The tests that have to notice changes of a file, as paths from the root. */
export function testsOf(file: string): string[] {
  const whole = Object.values(parts)
    .flat()
    .find(({ files }) => globSync(files, { cwd: root }).includes(file));
  const tests = (whole?.tests ?? []).flatMap((name) => globSync(`test/${name}.test.ts`, { cwd: root }));
  const imported = `/${basename(file)}"`;
  const found = whole?.named
    ? tests
    : tests.filter((test) => readFileSync(join(root, test), "utf8").includes(imported));
  // Jest would run all there are.
  if (found.length === 0) throw new Error(`no test is for ${file}`);
  return found;
}

/** Where the report on a file lies. */
export function reportOf(file: string): string {
  return join(root, ".mutation", `${file.replaceAll(/[^a-z0-9]+/g, "-")}.json`);
}
