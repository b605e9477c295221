import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandLimits, type Ended, runCommand } from "../../panels/run-command.ts";
import { eventually } from "../package/eventually.ts";
import { isAlive } from "./is-alive.ts";

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const why = isRoot ? "" : " (skipped: only root can become the account)";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-command-"));
  chmodSync(folder, 0o777);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sh(script: string, limits: Partial<CommandLimits> = {}): Promise<Ended> {
  const usual = { timeout: 30_000, maxOutput: 10_000 };
  return runCommand("/bin/sh", ["-c", script, "sh", folder], { ...usual, ...limits });
}

function pidIn(name: string): number {
  return Number(readFileSync(join(folder, name), "utf8"));
}

/** Starts a child that no kind signal ends, and waits for it for ever. */
const hanging = `trap '' TERM HUP; sleep 300 & echo $! > "$1/child"; echo begun; wait`;

describe("a command that hangs", () => {
  test("F-22 is killed after its time together with what it started, deaf to signals or not", async () => {
    const ended = await sh(`sh -c '${hanging}' sh "$1"; wait`, { timeout: 1_000 });
    expect(ended).toEqual({ code: null, stdout: "begun\n", stderr: "" });
    await eventually(async () => expect(isAlive(pidIn("child"))).toBe(false));
  });

  asRoot(`F-22 also when it runs as an account${why}`, async () => {
    const ended = await sh(hanging, { timeout: 1_000, as: { uid: 61_004, gid: 61_004 } });
    expect(ended.code).toBeNull();
    await eventually(async () => expect(isAlive(pidIn("child"))).toBe(false));
  });

  asRoot(`a file that the account laid as a pipe without a reader holds nobody${why}`, async () => {
    const as = { uid: 61_004, gid: 61_004 };
    await sh('mkfifo "$1/fileauth.txt"', { as });
    const waiting = await sh('echo $$ > "$1/child"; cat > "$1/fileauth.txt"', {
      as,
      timeout: 1_000,
      input: "x",
    });
    expect(waiting.code).toBeNull();
    await eventually(async () => expect(isAlive(pidIn("child"))).toBe(false));
  });

  test("takes nothing of ours with it: not this process, and no other command", async () => {
    const other = sh('read -r line; echo "$line"', { input: "" });
    const patient = sh(`until [ -e "$1/over" ]; do sleep 0.05; done; echo still here`);
    await sh(hanging, { timeout: 500 });
    await eventually(async () => expect(isAlive(pidIn("child"))).toBe(false));
    writeFileSync(join(folder, "over"), "");
    expect([(await other).stdout, (await patient).stdout]).toEqual(["\n", "still here\n"]);
  });

  test("is answered for in time even where something of it left its group and holds its output", async () => {
    const script = `setsid sh -c 'echo $$ > "$0/stray"; exec sleep 300' "$1" & wait`;
    const ended = await sh(script, { timeout: 1_000 });
    expect(ended.code).toBeNull();
    process.kill(pidIn("stray"));
  });
});

test("what a command that ended by itself left working goes on: only its output is no longer waited for", async () => {
  const ended = await sh(`sleep 300 & echo $! > "$1/child"; echo done`, { timeout: 1_000 });
  expect(ended).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  expect(isAlive(pidIn("child"))).toBe(true);
  process.kill(pidIn("child"));
});

test("who prints more than is read is ended, and that is no success", async () => {
  const ended = await sh(`sh -c 'echo $$ > "$0/child"; exec yes' "$1"; exit 0`, { maxOutput: 1_000 });
  expect(ended.code).toBeNull();
  expect(ended.stdout.length).toBeLessThanOrEqual(1_000);
  await eventually(async () => expect(isAlive(pidIn("child"))).toBe(false));
});

test.each(["nowhere", "not-executable"])(
  "a command that can't be run (%s) says so without its arguments",
  async (name) => {
    writeFileSync(join(folder, "not-executable"), "", { mode: 0o600 });
    const running = runCommand(join(folder, name), ["canary"], { timeout: 1_000, maxOutput: 100 });
    const thrown: unknown = await running.catch((cause: unknown) => cause);
    expect(thrown).toMatchObject({ code: "panel-unreachable", detail: `${join(folder, name)} can't be run` });
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain("canary");
  },
);

test("arguments too long for the system are an answer as well", async () => {
  const running = runCommand("/bin/true", ["x".repeat(4 * 1024 * 1024)], { timeout: 1_000, maxOutput: 100 });
  await expect(running).rejects.toMatchObject({ code: "panel-unreachable" });
});

test("T-16 a command gets its arguments as they are, an environment without ours, and the root folder", async () => {
  const words = ["a b", "$HOME", "*", "; echo x", ""];
  const script =
    'pwd; env | grep -v "^\\(PWD\\|SHLVL\\|_\\|OLDPWD\\)="; printf "<%s>" "$@"; cat; echo bad >&2; exit 3';
  const ended = await runCommand("/bin/sh", ["-c", script, "sh", ...words], {
    timeout: 30_000,
    maxOutput: 10_000,
    input: "told",
  });
  expect(ended.code).toBe(3);
  expect(ended.stderr).toBe("bad\n");
  const [folderOf, ...rest] = ended.stdout.split("\n");
  expect(folderOf).toBe("/");
  expect(rest.slice(0, -1).sort()).toEqual([
    "LANG=C.UTF-8",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ]);
  expect(rest.at(-1)).toBe(`${words.map((word) => `<${word}>`).join("")}told`);
});
