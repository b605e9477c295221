import { join } from "node:path";
import { reportOf, testsOf } from "./mutation-parts.ts";

/* One file at a time: Jest loads every test file for each change, so that what need not be loaded must not be there. */
const root = join(import.meta.dirname, "../..");
const file = process.env.MUTATE ?? "";

export default {
  plugins: [join(root, ".mutation/node_modules/@stryker-mutator/jest-runner/dist/src/index.js")],
  testRunner: "jest",
  // Stryker would read it with a TypeScript that has an interface for programs; this one has none.
  tsconfigFile: "none.json",
  jest: {
    projectType: "custom",
    config: {
      testEnvironment: "node",
      testMatch: testsOf(file).map((test) => `<rootDir>/${test}`),
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
  mutate: [file],
  coverageAnalysis: "perTest",
  // What is worked out while a module is loaded, tables and patterns, would need every test for each change; `STATIC=1` has it all the same.
  ignoreStatic: process.env.STATIC === undefined,
  concurrency: 1,
  // A change that only ran late on a busy machine was not noticed.
  timeoutMS: 20_000,
  ignorePatterns: ["/dist", "/build", "/docs", "/plugin", "/.demo", "/.tools", "/.mutation", "/.fuzz"],
  tempDirName: ".mutation/sandbox",
  reporters: ["clear-text", "json", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: reportOf(file) },
  allowConsoleColors: false,
};
