import { spawn } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { fuzzSeeds } from "./fuzz-seeds.ts";
import { type FuzzTarget, fuzzTargets } from "./fuzz-targets.ts";
import { chosen, wholeNumber } from "./script-arguments.ts";

/*
 * Fuzzing that grows its inputs from those that reached a new branch of the parser: libFuzzer by way of Jazzer.js, one process for each
 * parser. What was found worth keeping stays in `.fuzz/corpus`, so that the next run begins where this one ended.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    /** In place of a time. */
    runs: { type: "string" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    /** Without guidance, as a measure of what it is worth. */
    blind: { type: "boolean", default: false },
  },
});

const usage = 'fuzz --guided [--seconds N | --runs N] [--seed N] [--only "host names"] [--blind]';
const [seconds, runs, seed] = [values.seconds, values.runs ?? "1", values.seed].map((number) =>
  wholeNumber(number, usage),
);
const names = chosen(values.only, Object.keys(fuzzTargets), usage);

const root = join(import.meta.dirname, "../..");
const tools = join(root, ".fuzz");
/** Whose branches count: ours, and those of the libraries that read for us. */
const guided = ["/src/", "/panels/", "/test/proof/planted-fault.ts"]
  .map((part) => `${root}${part}`)
  .concat("node_modules/node-forge/", "node_modules/tldts", "node_modules/zod/v4/core/");

interface Came {
  readonly inputs: number;
  readonly edges: number;
  readonly kept: number;
  readonly problem: string | null;
}

async function run(name: string, target: FuzzTarget, begin: readonly (string | Buffer)[]): Promise<Came> {
  const file = name.replaceAll(/[^a-zA-Z]+/g, "-");
  const [corpus, found] = [join(tools, "corpus", file), join(tools, "found")];
  const work = mkdtempSync(join(tmpdir(), "fuzz-"));
  for (const folder of [corpus, found]) mkdirSync(folder, { recursive: true });
  const seeds = join(work, "seeds");
  mkdirSync(seeds);
  for (const [index, seed] of begin.entries()) writeFileSync(join(seeds, String(index)), seed);
  writeFileSync(join(work, "words"), target.words.map(dictionaryLine).join(""));
  const limit = values.runs === undefined ? `-max_total_time=${seconds}` : `-runs=${runs}`;
  // What is planted, and what is blind, begins anew each time.
  const places = values.blind || name === "planted fault" ? [seeds] : [corpus, seeds];
  const command = [
    ...interpreter(),
    ...["--disable-warning=ExperimentalWarning", "--import", join(import.meta.dirname, "guided-loader.ts")],
    join(tools, "node_modules/@jazzer.js/core/dist/cli.js"),
    join(import.meta.dirname, "guided-target.js"),
    ...places,
    ...(values.blind ? ["--dry_run"] : []),
    ...(target.asynchronous ? [] : ["--sync"]),
    ...guided.flatMap((part) => ["--includes", part]),
    // We call nobody but ourselves, and that by intention.
    "--disable_bug_detectors=ssrf",
    // Our judges look at the time that a parser took; this one is for what never comes back, on however busy a machine.
    "--timeout=60000",
    "--",
    ...[limit, `-seed=${seed}`, `-max_len=${target.longest}`, `-dict=${join(work, "words")}`],
    `-artifact_prefix=${join(found, `${file}-`)}`,
  ];
  try {
    return await follow(command, name);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Runs it to its end, and keeps of what it says what is to be told. */
function follow([program = "", ...command]: string[], name: string): Promise<Came> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, command, {
      env: { ...process.env, FUZZ_TARGET: name },
      stdio: ["ignore", "pipe", "pipe"],
      cwd: root,
    });
    let came = { inputs: 0, edges: 0, kept: 0 };
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const [, inputs, edges = "0", kept = "0"] =
          /^#(\d+)\s+\w+\s+(?:cov: (\d+) )?(?:ft: \d+ )?corp: (\d+)/.exec(line) ?? [];
        if (inputs !== undefined) came = { inputs: Number(inputs), edges: Number(edges), kept: Number(kept) };
        else {
          const [, done] = /^Done (\d+) runs/.exec(line) ?? [];
          if (done !== undefined) came = { ...came, inputs: Number(done) };
          // What it tells about itself is of no use behind a finding.
          if (!/^INFO: |^Dictionary: /.test(line)) said.push(line);
        }
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ ...came, problem: code === 0 ? null : `status ${code}\n${said.slice(-30).join("\n")}` });
    });
  });
}

/** Node itself, or by the newer C library that the native part needs, where one had to be brought along. */
function interpreter(): string[] {
  const [loader] = globSync(join(tools, "libc/usr/lib/*-linux-gnu*/ld-linux-*.so.*"));
  return loader === undefined
    ? [process.execPath]
    : [loader, "--library-path", join(loader, ".."), process.execPath];
}

function dictionaryLine(word: string): string {
  const bytes = [...Buffer.from(word, /[^\x00-\xff]/.test(word) ? "utf8" : "latin1")];
  return `"${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"\n`;
}

let failed = false;
const beginnings = await fuzzSeeds();
for (const [name, target] of Object.entries(fuzzTargets)) {
  if (!names.includes(name) || (name === "planted fault" && values.only === undefined)) continue;
  const begin = performance.now();
  const { inputs, edges, kept, problem } = await run(name, target, beginnings[name] ?? []);
  const took = Math.round((performance.now() - begin) / 1000);
  console.log(
    `${name}: ${inputs} inputs in ${took} s, ${edges} branches reached, ${kept} inputs kept, ${problem === null ? "nothing wrong" : "WRONG"}`,
  );
  if (problem !== null) console.log(problem);
  failed ||= problem !== null;
}
process.exitCode = failed ? 1 : 0;
