import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { freePort } from "../demo/free-port.ts";
import { seededRandom } from "../simulation/events.ts";
import { faultsOf as faultsOfAnswers, forge } from "./forged-webhooks.ts";
import { IntakeWorld } from "./intake-world.ts";
import { besiege, faultsOf as faultsOfSiege } from "./slow-clients.ts";

/* A hundred thousand forgeries and hundreds of slow clients: `scripts/attack-intake`. */

let world: IntakeWorld;
let opened = false;
async function open(tls: boolean): Promise<void> {
  world = await IntakeWorld.open(tls);
  opened = true;
}
afterEach(async () => {
  if (opened) await world.close();
  opened = false;
});

test("where nobody answers, nothing counts as refused or as sent away", async () => {
  const port = await freePort();
  const gone = { port, port6: port, token: "0123456789abcdef", requestId: 1 };
  const answers = await forge(gone, 200, seededRandom(1));
  expect(answers.counts).toEqual(new Map([[0, 200]]));
  expect(faultsOfAnswers(answers)).toContain("200 of 200 got no answer");
  const siege = await besiege(port, "/webhook", 12, async () => 0);
  expect(faultsOfSiege(siege)).toContain("2 of those with “says nothing” met nobody");
  const served = Array.from({ length: 20 }, () => 1);
  const turnedAway = siege.clients.map(({ kind }) => ({ kind, heldMs: 5 }));
  expect(faultsOfSiege({ clients: turnedAway, served, unserved: 0 })).toContain(
    "of 2 with “says nothing” only 0 were let in",
  );
  const stayed = siege.clients.map(({ kind }) => ({ kind, heldMs: 7_500 }));
  expect(faultsOfSiege({ clients: stayed, served, unserved: 0 })).toEqual([]);
});

test("T-01 F-18 I7 forged webhooks are refused and leave store, keys and calls to others byte for byte as they were", async () => {
  await open(false);
  const before = world.snapshot();
  const answers = await forge(world.target, 600, seededRandom(20_261_126));
  expect(faultsOfAnswers(answers)).toEqual([]);
  expect(world.snapshot()).toBe(before);
  // One that is taken does leave its mark, so the comparison can fail.
  expect(await world.webhook()).toBe(200);
  expect(world.snapshot()).not.toBe(before);
});

test("T-05 slow clients of every kind are gone within ten seconds, and every webhook is answered meanwhile", async () => {
  await open(true);
  const before = world.snapshot();
  const siege = await besiege(world.target.port, world.path, 36, () => world.webhook());
  expect(faultsOfSiege(siege)).toEqual([]);
  expect(world.snapshot()).not.toBe(before);
});

test("F-48 with no descriptor left webhooks are refused, nothing is lost, and they are taken again afterwards", async () => {
  await open(true);
  const pid = world.agent.child.pid ?? 0;
  const few = readdirSync(`/proc/${pid}/fd`).length + 6;
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${few}:${few}`]);
  const crowd: Socket[] = [];
  let [status, before] = [200, ""];
  // What the agent itself closes meanwhile makes room for one more: the crowd is renewed until there is none.
  for (let attempt = 0; attempt < 10 && status === 200; attempt += 1) {
    crowd.push(...Array.from({ length: 60 }, () => occupy(world.target.port)));
    before = world.snapshot();
    status = await world.webhook();
  }
  // No answer at all, or one that is not 2xx; and what was not acknowledged left nothing.
  expect([0, 503]).toContain(status);
  expect(world.snapshot()).toBe(before);
  await Promise.all(
    crowd.map(async (socket) => {
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
    }),
  );
  for (let attempt = 0; attempt < 100 && status !== 200; attempt += 1) status = await world.webhook();
  expect(status).toBe(200);
  expect(world.agent.child.exitCode).toBeNull();
  expect(world.snapshot()).not.toBe(before);
});

function occupy(port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.1" });
  socket.on("error", () => undefined);
  return socket.resume();
}
