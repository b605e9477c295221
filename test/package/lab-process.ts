import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Machine } from "../labs/machine/machine.ts";

const root = join(import.meta.dirname, "../..");

/** Starts one of the labs on a server; resolves with the line in which it says that it is ready. */
export async function startLab(machine: Machine, program: string, ...args: string[]): Promise<string> {
  const lab = machine.start([join(root, "node_modules/.bin/node"), join(root, program), ...args]);
  return firstLine(lab);
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    child.once("exit", () => reject(new Error(`the lab ended: ${said}`)));
    if (child.stdout !== null) createInterface({ input: child.stdout }).once("line", resolve);
  });
}

/** One command as root; throws with what it said when it fails. */
export async function command(machine: Machine, ...words: string[]): Promise<string> {
  const { status, out, err } = await machine.run(words);
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${err}${out}`);
  return out;
}
