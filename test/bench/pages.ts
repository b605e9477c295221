import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { Agent as HttpAgent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { runtimeOptions } from "../demo/program.ts";
import { atMost, type Figure } from "./aim.ts";
import { median, percentile, rssMb } from "./measure.ts";

const run = promisify(execFile);
const quiet = "--disable-warning=ExperimentalWarning";
const fillProgram = join(import.meta.dirname, "fill-store.ts");
const agentProgram = join(import.meta.dirname, "pages-agent.ts");
const requests = 100_000;
const opened = 200;

const views: Readonly<Record<string, { administrator: boolean; query: Record<string, string> }>> = {
  "the administrator's first page": { administrator: true, query: {} },
  "the administrator's page 40": { administrator: true, query: { p: "40" } },
  "a search for one name": { administrator: true, query: { search: "site4711.example" } },
  "a search that finds everything": { administrator: true, query: { search: "example.test" } },
  "only what needs somebody": { administrator: true, query: { group: "attention" } },
  "an account's own list": { administrator: false, query: {} },
};

/** The list page of an agent with 100,000 requests: time in the agent and growth of its memory. */
export async function benchPages(folder: string, turns: number): Promise<Figure[]> {
  const place = join(folder, "pages");
  mkdirSync(place);
  await run(process.execPath, [quiet, fillProgram, join(place, "state"), String(requests)]);
  // As installed, but with the compilers on from the start: here nothing switches them on later.
  const options = runtimeOptions.filter((option) => !option.startsWith("--no-"));
  const child = spawn(process.execPath, [quiet, ...options, agentProgram, place], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  try {
    await Promise.race([
      once(child.stdout, "data"),
      gone.then(() => Promise.reject(new Error("the agent with many requests did not start"))),
    ]);
    const agent = new HttpAgent({ keepAlive: true });
    const open = (view: (typeof views)[string]): Promise<number> =>
      openPage(join(place, "run/pages.sock"), agent, view);
    for (const view of Object.values(views)) await open(view);
    await pause(2_000);
    const before = rssMb(child.pid ?? 0);
    const times = new Map<string, number[]>(Object.keys(views).map((name) => [name, []]));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [name, view] of Object.entries(views)) {
        const taken: number[] = [];
        for (let index = 0; index < opened; index += 1) taken.push(await open(view));
        times.get(name)?.push(percentile(taken, 0.99));
      }
    }
    const growth = rssMb(child.pid ?? 0) - before;
    agent.destroy();
    return [
      ...[...times].map(([name, p99s]) => atMost(`p99 of ${name}`, median(p99s), 30, " ms")),
      atMost(
        `growth of resident memory over ${turns * opened * times.size} pages`,
        Math.max(0, growth),
        20,
        " MB",
      ),
    ];
  } finally {
    child.kill();
    await gone;
  }
}

function openPage(socketPath: string, agent: HttpAgent, view: unknown): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: "/page", method: "POST", agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
      response.on("end", () => {
        if (text.includes("xssl-row-link")) resolve(performance.now() - start);
        else reject(new Error(`no list: ${text.slice(0, 500)}`));
      });
    });
    call.on("error", reject);
    call.end(JSON.stringify(view));
  });
}
