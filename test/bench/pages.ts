import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { Agent as HttpAgent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { restingOptions } from "../demo/program.ts";
import { atMost, type Figure } from "./aim.ts";
import { median, percentile, rssMb } from "./measure.ts";

const run = promisify(execFile);
const quiet = "--disable-warning=ExperimentalWarning";
const fillProgram = join(import.meta.dirname, "fill-store.ts");
const agentProgram = join(import.meta.dirname, "pages-agent.ts");
const requests = 100_000;
const opened = 200;

export interface PageView {
  readonly administrator: boolean;
  readonly query: Readonly<Record<string, string>>;
}

export const pageViews = {
  "the administrator's first page": { administrator: true, query: {} },
  "the administrator's page 40": { administrator: true, query: { p: "40" } },
  "a search for one name": { administrator: true, query: { search: "site4711.example" } },
  "a search that finds everything": { administrator: true, query: { search: "example.test" } },
  "only what needs somebody": { administrator: true, query: { group: "attention" } },
  "an account's own list": { administrator: false, query: {} },
} as const satisfies Readonly<Record<string, PageView>>;

/** An agent that shows pages to the bench. */
interface PagesAgent {
  readonly pid: number;
  /** Opens one page; milliseconds. */
  open(view: PageView): Promise<number>;
}

/** The list page of an agent with 100,000 requests: time in the agent and growth of its memory. */
export async function benchPages(folder: string, turns: number): Promise<Figure[]> {
  const place = join(folder, "pages");
  mkdirSync(place);
  await fillStore(join(place, "state"), requests);
  return withPagesAgent(place, async ({ pid, open }) => {
    for (const view of Object.values(pageViews)) await open(view);
    await pause(2_000);
    const before = rssMb(pid);
    const times = new Map<string, number[]>(Object.keys(pageViews).map((name) => [name, []]));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [name, view] of Object.entries(pageViews)) {
        const taken: number[] = [];
        for (let index = 0; index < opened; index += 1) taken.push(await open(view));
        times.get(name)?.push(percentile(taken, 0.99));
      }
    }
    const growth = rssMb(pid) - before;
    return [
      ...[...times].map(([name, p99s]) => atMost(`p99 of ${name}`, median(p99s), 30, " ms")),
      atMost(
        `growth of resident memory over ${turns * opened * times.size} pages`,
        Math.max(0, growth),
        20,
        " MB",
      ),
    ];
  });
}

/** A store with that many requests, made by a process of its own. */
export async function fillStore(stateDir: string, count: number): Promise<void> {
  await run(process.execPath, [quiet, fillProgram, stateDir, String(count)]);
}

/** Runs an agent on the store in `place/state`. */
export async function withPagesAgent<T>(place: string, use: (agent: PagesAgent) => Promise<T>): Promise<T> {
  // As installed, but with the compilers on from the start: here nothing switches them on later.
  const options = restingOptions.filter((option) => !option.startsWith("--no-"));
  const child = spawn(process.execPath, [quiet, ...options, agentProgram, place], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const agent = new HttpAgent({ keepAlive: true });
  try {
    await Promise.race([
      once(child.stdout, "data"),
      gone.then(() => Promise.reject(new Error("the agent with many requests did not start"))),
    ]);
    const socket = join(place, "run/pages.sock");
    return await use({ pid: child.pid ?? 0, open: (view) => openPage(socket, agent, view) });
  } finally {
    agent.destroy();
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
