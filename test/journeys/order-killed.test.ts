import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import type { AnswerPage } from "../../src/pages/page-router.ts";
import { bob } from "../pages/page-fixtures.ts";
import { type CrashRun, CrashWorld, clockFactor } from "../proof/crash-world.ts";
import { orderedOnce } from "../proof/invariants.ts";
import { Visitor } from "./page-visitor.ts";

/*
 * Somebody orders on the page, in two windows and with a double click, and the agent is killed by SIGKILL in the middle of
 * it: at each point between the click and the stored reply. Afterwards they look again and go on as the page tells them.
 * One order is paid, and it ends installed (I5).
 */

const patience = 90_000;

interface Death {
  readonly id: string;
  readonly what: string;
  /** Where inside the program; null: when the CA has seen the order. */
  readonly point: string | null;
  /** What the CA does with the order before the kill. */
  readonly atCa: { readonly kind: "hang" } | { readonly kind: "slow-drip"; readonly everyMs: number } | null;
}

const deaths: readonly Death[] = [
  { id: "X-27", what: "key generated, not written", point: "X-27", atCa: null },
  { id: "X-29", what: "CSR built", point: "X-29", atCa: null },
  { id: "X-30", what: "intent written, nothing sent", point: "X-30", atCa: null },
  { id: "X-31", what: "sent, not taken by the CA", point: null, atCa: { kind: "hang" } },
  { id: "X-32", what: "taken by the CA, reply lost", point: null, atCa: { kind: "slow-drip", everyMs: 50 } },
  { id: "X-33", what: "reply read, not stored", point: "X-33", atCa: null },
];

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.open();
});
afterAll(() => world.close());

test.each(deaths)(
  "$id an order on the page that dies ($what) is one order in the end",
  async ({ point, atCa }) => {
    const run = await world.newRun();
    const first = startAgent(run, point);
    let second: ChildProcess | null = null;
    try {
      await readyOf(first);
      const windows = [new Visitor(pagesOf(run), bob), new Visitor(pagesOf(run), bob)] as const;
      for (const window of windows) {
        await window.open("/order", { names: `${run.domain},www.${run.domain}` });
        await window.submit("product");
        expect(window.hasForm("place")).toBe(true);
      }
      const died = once(first, "close");
      const planned =
        atCa === null ? null : world.ca.fault({ ...atCa, match: { method: "POST", path: /\/requests$/ } });
      const [one, other] = windows;
      const clicks = [one, one, other].map((window) =>
        window.submit("place", { consent: "yes" }).catch(() => "cut off"),
      );
      if (planned !== null) {
        while (planned.hits === 0) await pause(5);
        // Some bytes of a dripping answer have arrived by then.
        await pause(25);
        planned.remove();
        first.kill("SIGKILL");
      }
      await died;
      expect(first.signalCode).toBe("SIGKILL");
      await Promise.all(clicks);
      second = startAgent(run, null);
      await readyOf(second);
      await goOn(run, new Visitor(pagesOf(run), bob));
      expect(orderedOnce(world.ca, run.domain)).toEqual([]);
    } finally {
      world.ca.clearFaults();
      for (const agent of [first, second]) agent?.kill("SIGKILL");
      await run.clean();
    }
  },
  2 * patience,
);

/** What somebody does who finds the page cut off: looks again, and presses what is there to press. */
async function goOn(run: CrashRun, visitor: Visitor): Promise<void> {
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const all = await run.requests();
    if (all.some(({ state }) => state === "installed")) return;
    const latest = all.find(({ state }) => state !== "failed") ?? all[0];
    if (latest === undefined) {
      await visitor.open("/order", { names: `${run.domain},www.${run.domain}` });
      await visitor.submit("product");
    } else {
      const id = latest.reference;
      const draft = latest.state === "draft";
      await (draft ? visitor.open("/order", { draft: id }) : visitor.open("/request", { id }));
    }
    if (visitor.hasForm("order-again")) await visitor.submit("order-again");
    if (visitor.hasForm("place")) await visitor.submit("place", { consent: "yes" });
    await pause(100);
  }
  const states = (await run.requests()).map(({ state, reason }) => `${state} ${reason?.code}`);
  throw new Error(`it does not come to its end: ${states.join(", ")}`);
}

function startAgent(run: CrashRun, point: string | null): ChildProcess {
  const program = join(import.meta.dirname, "page-agent.ts");
  const args = [run.config, String(clockFactor), ...(point === null ? [] : [point])];
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
}

/** Resolves when it answers pages; log lines go the same way. */
async function readyOf(agent: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: agent.stdout as NodeJS.ReadableStream })) {
    if (line.includes('"ready":')) return;
  }
  throw new Error("the agent ended before it was ready");
}

/** The pages on the agent's socket. */
function pagesOf(run: CrashRun): AnswerPage {
  return ({ caller, path, query, form }) =>
    new Promise((resolve, reject) => {
      const handover = JSON.stringify({
        caller,
        path,
        query: Object.fromEntries(query),
        form: form === null ? null : Object.fromEntries(form),
      });
      const asked = request(
        { socketPath: join(run.folder, "run", "pages.sock"), path: "/page", method: "POST" },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("error", reject);
          answer.on("end", () => resolve({ output: "page", html: Buffer.concat(parts).toString("utf8") }));
        },
      );
      asked.on("error", reject);
      asked.end(handover);
    });
}
