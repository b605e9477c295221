import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePorts } from "../nginx/free-ports.ts";

const run = promisify(execFile);
const source = join(import.meta.dirname, "../nginx/free-ports.ts");

/** What a process gets that begins with the ports `tried`, one after the other, as if chance had said so. */
async function gets(tried: readonly number[]): Promise<number> {
  const program = `
    const tried = ${JSON.stringify(tried)};
    Math.random = () => (tried.shift() - 20000 + 0.5) / 12000;
    const { freePorts } = await import(${JSON.stringify(source)});
    console.log((await freePorts("127.0.0.1", [0]))[0]);
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);
  return Number(stdout);
}

test("a port that somebody took is given to no other process, though nobody listens on it at the moment", async () => {
  const [ours, other] = await freePorts("127.0.0.1", [0, 0]);
  expect(await gets([ours, other, 31_999, 31_998, 31_997, 31_996])).toBeGreaterThan(31_995);
});
