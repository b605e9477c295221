import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CrashWorld } from "./crash-world.ts";
import { changing, readSteps, recordingProblem, type Step, watching } from "./power-recording.ts";

/*
 * What the kernel saw of a real agent while it ordered a certificate and took a webhook: nothing is promised before it is synced (I1,
 * I9). The compiled program runs, so `scripts/build` has to have run.
 */
const why = recordingProblem === null ? "" : ` (skipped: ${recordingProblem})`;

(recordingProblem === null ? describe : describe.skip)(`an agent under strace${why}`, () => {
  let steps: Step[];
  let caPort: string;
  beforeAll(async () => {
    const world = await CrashWorld.open();
    try {
      caPort = `:${new URL(world.ca.url).port}`;
      steps = await watchAnOrder(world);
    } finally {
      await world.close();
    }
  }, 120_000);

  test("an order leaves for the CA after its key, the key's name and the intent are synced, and not before", () => {
    const draft = steps.find(({ kind, ...step }) => kind === "create" && isDraft(step));
    const path = draft !== undefined && "path" in draft ? draft.path : "";
    const begun = indexAfter(0, (step) => step === draft);
    const written = indexAfter(begun, (step) => step.kind === "write" && step.path === path);
    const synced = indexAfter(written, (step) => step.kind === "sync" && step.path === path);
    const named = indexAfter(synced, (step) => step.kind === "rename" && step.path === path);
    const nameSynced = indexAfter(named, (step) => step.kind === "sync" && step.path === "keys");
    const intended = indexAfter(nameSynced, (step) => step.kind === "write" && isLog(step));
    const intentSynced = indexAfter(intended, (step) => step.kind === "sync" && isLog(step));
    // Its CSR names the key, so that it can't have left before there was one.
    expect(indexAfter(begun, isSentToCa)).toBeGreaterThan(intentSynced);
  });

  test("a webhook is answered after what it says is synced, and not before (I1)", () => {
    const read = indexAfter(0, ({ kind }) => kind === "asked");
    const answered = indexAfter(read, ({ kind }) => kind === "acknowledged");
    const between = steps.slice(read, answered).filter((step) => "path" in step && isLog(step));
    expect(between.map(({ kind }) => kind)).toContain("write");
    expect(between.at(-1)?.kind).toBe("sync");
  });

  /** Where the next such step is. Fails when there is none. */
  function indexAfter(from: number, wanted: (step: Step) => boolean): number {
    const index = steps.findIndex((step, at) => at >= from && wanted(step));
    if (index === -1) throw new Error(`no ${String(wanted)} after step ${from}`);
    return index;
  }

  function isSentToCa(step: Step): boolean {
    return step.kind === "sent" && step.to.endsWith(caPort);
  }
});

function isDraft(step: object): boolean {
  return "path" in step && /^keys\/[0-9a-f]{64}\.key\.[0-9a-f]+\.tmp$/.test(String(step.path));
}

function isLog({ path }: { path: string }): boolean {
  return path === "store.sqlite-wal";
}

/** Lets an agent order a certificate, and collect and install it when the CA's webhooks say so, and returns what it did meanwhile. */
async function watchAnOrder(world: CrashWorld): Promise<Step[]> {
  const run = await world.newRun();
  const agent = run.start();
  let strace: ChildProcess | null = null;
  try {
    if ((await agent.ready) === null) throw new Error(`it does not start: ${agent.words}`);
    const trace = join(run.folder, "trace");
    strace = spawn(
      "strace",
      [...watching, `--trace=${changing},read`, `--output=${trace}`, `--attach=${agent.child.pid}`],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    // It says so for every thread.
    await once(strace.stderr as NodeJS.ReadableStream, "data");
    const before = world.ca.deliveries.length;
    if ((await run.order()) === null) throw new Error("the order was not taken");
    const end = performance.now() + 60_000;
    while (!world.ca.deliveries.slice(before).some(({ status }) => status === 200)) {
      if (performance.now() > end) throw new Error("no webhook came");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const gone = once(strace, "close");
    await agent.kill();
    await gone;
    return readSteps(readFileSync(trace, "latin1"), run.stateDir);
  } finally {
    strace?.kill("SIGKILL");
    await run.clean();
  }
}
