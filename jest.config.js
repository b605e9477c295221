/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "commonjs" } },
    ],
  },
  modulePathIgnorePatterns: [
    "<rootDir>/build",
    "<rootDir>/dist",
    "<rootDir>/.demo",
    "<rootDir>/.mutation",
    "<rootDir>/.fuzz",
  ],
  // For machines that are busy with something else; no test waits for time to pass.
  testTimeout: 120_000,
};
