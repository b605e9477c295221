import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { runProgram } from "./plesk-client.ts";

const folder = mkdtempSync(join(tmpdir(), "plesk-process-"));
let lab: ChildProcess | undefined;

afterAll(() => {
  lab?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("the lab as a process says when it is ready, takes orders line by line, and ends on SIGTERM", async () => {
  const settings = join(folder, "settings.json");
  writeFileSync(
    settings,
    JSON.stringify({
      accounts: [{ login: "jansen", domains: { "example.nl": { subdomains: ["shop"] } } }],
      switches: { language: "nl" },
    }),
  );
  const main = join(import.meta.dirname, "../plesk/main.ts");
  lab = spawn(
    process.execPath,
    [main, "--dir", join(folder, "server"), "--settings", settings, "--no-extensions"],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: lab.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => JSON.parse((await lines.next()).value as string);
  const ready = await next();
  expect(ready).toMatchObject({ ready: true, hostName: "plesk.lab.test" });
  expect(readFileSync(String(ready["trustFile"]), "utf8")).toContain("BEGIN CERTIFICATE");
  const order = async (said: object): Promise<Record<string, unknown>> => {
    lab?.stdin?.write(`${JSON.stringify(said)}\n`);
    return next();
  };
  expect(await order({ do: "nonsense" })).toEqual({ ok: false, problem: "There is no such order." });
  expect(await order({ do: "set-switches", switches: { noSuch: 1 } })).toMatchObject({ ok: false });
  expect(await order({ do: "add-domain", login: "jansen", domain: "second.nl" })).toEqual({ ok: true });
  const list = ["bin", "site", "--list"];
  const command = String(ready["command"]);
  expect((await runProgram(command, list)).stdout).toBe("example.nl\nshop.example.nl\nsecond.nl\n");
  expect(await order({ do: "fault", fault: { kind: "exit", code: 3, match: "site --list" } })).toEqual({
    ok: true,
  });
  expect(await runProgram(command, list)).toMatchObject({ code: 3 });
  expect(await runProgram(command, list)).toMatchObject({ code: 0 });
  const gone = new Promise((resolve) => lab?.once("exit", resolve));
  lab.kill("SIGTERM");
  expect(await gone).toBe(0);
});
