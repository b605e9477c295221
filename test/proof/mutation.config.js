import { join } from "node:path";

/** What is mutated together, and the tests that have to notice: such as take milliseconds, because each change runs them. */
const parts = {
  model: { mutate: ["src/model/**/*.ts"], tests: ["model/!(*-properties)"] },
  webhook: {
    mutate: ["src/webhook/webhook-hint.ts", "src/webhook/source-address.ts", "src/webhook/refusal-log.ts"],
    // Not the listener's: a caller who is not answered waits, and each such wait would last until Stryker gives up.
    tests: ["webhook/webhook-hint", "webhook/source-address", "webhook/refusal-log"],
  },
  authorisation: {
    mutate: ["src/agent/page-data/scope.ts", "src/pages/form-token.ts"],
    tests: ["agent/scope", "pages/form-token", "pages/pages"],
  },
  installer: {
    mutate: [
      "src/jobs/install-certificates.ts",
      "src/jobs/verify-installation.ts",
      "src/jobs/take-back.ts",
      "src/jobs/recover.ts",
    ],
    tests: ["jobs/install-*", "jobs/verify-installation", "jobs/take-back", "jobs/recover"],
  },
};
const wanted = process.env.MUTATE ?? "model";
const part = parts[wanted] ?? {
  mutate: wanted.split(","),
  tests:
    Object.values(parts).find(({ mutate }) => wanted.startsWith(mutate[0].replace(/[^/]*(\*.*)?$/, "")))
      ?.tests ?? [],
};
const root = join(import.meta.dirname, "../..");

export default {
  plugins: [join(root, ".mutation/node_modules/@stryker-mutator/jest-runner/dist/src/index.js")],
  testRunner: "jest",
  // Stryker would read it with a TypeScript that has an interface for programs; this one has none.
  tsconfigFile: "none.json",
  jest: {
    projectType: "custom",
    config: {
      testEnvironment: "node",
      testMatch: part.tests.map(
        (name) => `<rootDir>/test/${name}${name.includes("/") ? "" : "/**/*"}.test.ts`,
      ),
      transform: {
        "\\.ts$": [
          "@swc/jest",
          { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "commonjs" } },
        ],
      },
      modulePathIgnorePatterns: ["<rootDir>/build", "<rootDir>/dist"],
      testTimeout: 60_000,
    },
    enableFindRelatedTests: false,
  },
  mutate: part.mutate,
  coverageAnalysis: "perTest",
  concurrency: 1,
  timeoutMS: 5_000,
  ignorePatterns: ["/dist", "/build", "/docs", "/plugin", "/.demo", "/.tools", "/.mutation", "/.fuzz"],
  tempDirName: ".mutation/sandbox",
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `.mutation/${wanted.replace(/[^a-z]+/g, "-")}.json` },
  allowConsoleColors: false,
};
