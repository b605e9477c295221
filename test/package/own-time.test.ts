import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { type Machine, startMachine } from "../labs/machine/machine.ts";
import { onServer, problem, why } from "./on-server.ts";
import { ownTime } from "./own-time.ts";

/* The limits of the installation tests are only worth what this measure is worth. */

let machine: Machine;
beforeAll(async () => {
  if (problem === null) machine = await startMachine();
}, 90_000);
afterAll(() => (problem === null ? machine.stop() : undefined), 30_000);

/** A second of processor time, whoever else wants one. */
const secondOfWork = `
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  while (used() < 1000) Math.sqrt(Math.random());`;

onServer(
  `waiting counts, working counts, and being kept from a processor does not${why}`,
  async () => {
    const pause = await ownTime(machine, () => machine.run(["sleep", "2"]));
    expect(pause.total).toBeGreaterThan(1_500);
    const work = (): Promise<unknown> => machine.run([process.execPath, "-e", secondOfWork]);
    const rivals = Array.from({ length: availableParallelism() * 3 }, () =>
      spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }),
    );
    try {
      const begin = performance.now();
      const worked = await ownTime(machine, work);
      const onTheWall = performance.now() - begin;
      expect(worked.worked).toBeGreaterThan(900);
      expect(onTheWall).toBeGreaterThan(2_000);
      expect(worked.total).toBeLessThan(onTheWall - 500);
    } finally {
      for (const rival of rivals) rival.kill("SIGKILL");
    }
  },
  60_000,
);
