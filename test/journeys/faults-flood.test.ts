import { Agent, request } from "node:http";
import { Stage, served } from "./stage.ts";

/* What an allowed source can do with hints alone, as many as it likes (spec reliability F-17, T-04, §5 row 9). */

const minute = 60_000;
/** Of the CA for a request that somebody names again and again. */
const mostReadsPerMinute = 6;
/** The longest step in which the stage lets time pass. */
const step = 5_000;
const unknownFrom = 5_550_000;
/** For both requests and the other account's order together: without a limit it is thousands. */
const mostCalls = 200;

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Sends what `next` makes as fast as it is answered, until it is told to stop; how often each status came back. */
function flood(port: number, next: () => string): { stop(): Promise<ReadonlyMap<number, number>> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const answers = new Map<number, number>();
  let goesOn = true;
  const lanes = Array.from({ length: 16 }, async () => {
    while (goesOn) {
      const status = await send(agent, port, next());
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  });
  return {
    async stop() {
      goesOn = false;
      await Promise.all(lanes);
      agent.destroy();
      return answers;
    },
  };
}

function send(agent: Agent, port: number, query: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: "127.0.0.1", port, path: `/webhook?${query}`, agent, localAddress: "127.0.0.1" },
      (answer) => answer.resume().on("end", () => resolve(answer.statusCode ?? 0)),
    );
    call.on("error", reject);
    call.end();
  });
}

/** The most of these moments that lie within one minute. */
function mostWithinAMinute(moments: readonly number[]): number {
  return Math.max(
    0,
    ...moments.map((at) => moments.filter((other) => other >= at && other < at + minute).length),
  );
}

test("F-17 a flood of webhooks from an allowed source costs the CA few reads, and another account's certificate comes as fast as ever", async () => {
  stage.ca.set({ issueDelayMs: null });
  const timed = async (name: string, account: string): Promise<{ id: number; took: number }> => {
    const begun = stage.clock.now().getTime();
    const { reference, id } = await stage.order(name, { account });
    const checks = stage.ca.requestsTo("POST", /retry-dcv/).length;
    await stage.until(() => stage.ca.requestsTo("POST", /retry-dcv/).length > checks);
    stage.ca.issue(id ?? 0);
    await stage.untilState(reference, "installed");
    return { id: id ?? 0, took: stage.clock.now().getTime() - begun };
  };
  // Both are read again when they are named: what waits for the CA, and what is installed and done.
  const pending = await stage.order("pending.test", { account: "eve" });
  const calm = await timed("calm.test", "bob");
  // Past whatever the orders themselves made the agent ask.
  for (let passed = 0; passed < 60; passed += 1) {
    await stage.settle();
    await stage.clock.advance(minute);
  }
  await stage.settle();

  const before = stage.ca.requests.length;
  const known = [pending.id ?? 0, calm.id];
  const statuses = ["Issued", "Updated", "Deleted", "Paused"];
  let turn = 0;
  const attack = flood(stage.agent.webhookPorts[0] ?? 0, () => {
    turn += 1;
    const id = [...known, unknownFrom + turn][turn % 3];
    return `RequestId=${id}&Status=${statuses[turn % 4]}&State=S${turn % 1_000}&Domain=d${turn % 97}.test`;
  });
  const flooded = await timed("other.test", "bob");
  for (let passed = 0; passed < 90; passed += 1) await stage.clock.advance(1_000);
  const answers = await attack.stop();
  await stage.settle();

  expect([...answers.keys()]).toEqual([200]);
  expect(answers.get(200)).toBeGreaterThan(1_000);
  const calls = stage.ca.requests.slice(before);
  for (const id of known) {
    const reads = calls.filter(({ path }) => path.endsWith(`/requests/${id}`)).map(({ at }) => at.getTime());
    expect(reads.length).toBeGreaterThan(0);
    expect(mostWithinAMinute(reads)).toBeLessThanOrEqual(mostReadsPerMinute);
  }
  // One that nobody knows is kept until its order appears, and the CA is not asked for it.
  expect(
    calls.map(({ path }) => path).filter((path) => path.includes(`/${unknownFrom}`.slice(0, 4))),
  ).toEqual([]);
  expect(calls.length).toBeLessThan(mostCalls);
  expect(flooded.took).toBeLessThanOrEqual(calm.took + step);
  expect(await served(stage, "other.test")).not.toEqual([null]);
});
