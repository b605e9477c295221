import { createInterface } from "node:readline";
import type { Fault } from "./faults.ts";

/**
 * Keeps a lab up as a process of its own: prints one JSON line with `ready`, then answers each JSON line of standard input
 * with one of its own until it is told to end.
 */
export async function serveLab<Order>(lab: {
  describe(): Record<string, unknown>;
  carryOut(order: Order): Promise<unknown>;
  stop(): Promise<void>;
}): Promise<void> {
  console.log(JSON.stringify({ ready: true, ...lab.describe() }));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void answerLine(line, (order) => lab.carryOut(order as Order)));
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  lines.close();
  await lab.stop();
}

async function answerLine(line: string, carryOut: (order: unknown) => Promise<unknown>): Promise<void> {
  try {
    const result = await carryOut(JSON.parse(line));
    console.log(JSON.stringify({ ok: true, ...(result === undefined ? {} : { result }) }));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    console.log(JSON.stringify({ ok: false, problem }));
  }
}

/** A fault as JSON can say it: `match.path` is a regular expression as text. */
export type FaultOrder = Fault & { match?: { method?: string; path?: string } };

export function withPattern(fault: FaultOrder): Fault {
  const { match, ...rest } = fault;
  if (match?.path === undefined) return fault as Fault;
  return { ...rest, match: { ...match, path: new RegExp(match.path) } } as Fault;
}

/** Ends the process with a code, or with what went wrong. */
export function exitWith(main: Promise<number>): void {
  main.then(
    (code) => {
      process.exitCode = code;
    },
    (cause: unknown) => {
      console.error(cause instanceof Error ? cause.message : cause);
      process.exitCode = 1;
    },
  );
}
