import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Machine } from "../labs/machine/machine.ts";

const root = join(import.meta.dirname, "../..");

/** One of the labs as a process on a server. */
export interface LabOnServer {
  /** The line in which it said that it is ready. */
  readonly ready: string;
  /** Its number there. */
  readonly pid: string;
  /** Has it do something on the panel's side (`main.ts` of the lab says what); throws what it said when it can't. */
  tell(order: object): Promise<unknown>;
}

/** Starts one of the labs on a server; resolves when it is ready. */
export async function openLab(machine: Machine, program: string, ...args: string[]): Promise<LabOnServer> {
  const words = [join(root, "node_modules/.bin/node"), join(root, program), ...args];
  const lab = machine.start(["sh", "-c", 'echo $$; exec "$@"', "sh", ...words]);
  const line = linesOf(lab);
  const [pid, ready] = [await line(), await line()];
  return {
    ready,
    pid,
    async tell(order) {
      lab.stdin?.write(`${JSON.stringify(order)}\n`);
      const answer = JSON.parse(await line()) as { ok: boolean; problem?: string; result?: unknown };
      if (!answer.ok) throw new Error(answer.problem);
      return answer.result;
    },
  };
}

/** The same for who only wants to know where it is: the line in which it said that it is ready. */
export async function startLab(machine: Machine, program: string, ...args: string[]): Promise<string> {
  return (await openLab(machine, program, ...args)).ready;
}

/** Gives the next line at each call; fails with what the process said on its error output when it ended before. */
function linesOf(child: ChildProcess): () => Promise<string> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  if (child.stdout === null) throw new Error("the lab has no output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`the lab ended: ${said}`);
    return value;
  };
}

/** One command as root; throws with what it said when it fails. */
export async function command(machine: Machine, ...words: string[]): Promise<string> {
  const { status, out, err } = await machine.run(words);
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${err}${out}`);
  return out;
}
