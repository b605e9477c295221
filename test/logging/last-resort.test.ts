import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashWorld } from "../proof/crash-world.ts";

const root = join(import.meta.dirname, "../..");
const pem = "-----BEGIN PRIVATE KEY-----\\nMIIsecret\\n-----END PRIVATE KEY-----";

interface Death {
  readonly status: number | null;
  /** What it wrote to standard error, by lines. */
  readonly lines: readonly string[];
}

/** Runs Node with these arguments until it ends; `started` gets the process at once. */
async function run(args: readonly string[], started?: (pid: number) => Promise<void>): Promise<Death> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  const { promise, resolve } = Promise.withResolvers<Death>();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  child.once("close", (status) => resolve({ status, lines: said.split("\n").filter(Boolean) }));
  try {
    await started?.(child.pid ?? 0);
    return await promise;
  } finally {
    child.kill("SIGKILL");
  }
}

test.each([
  ["an exception in a callback", `setTimeout(() => { throw new Error("nobody\\nforesaw ${pem}") }, 1)`],
  ["a rejection that nobody handles", `void Promise.reject(new Error("nobody\\nforesaw ${pem}"))`],
])("F-49 %s ends the process as failed, with one line in the log and no key in it", async (_what, code) => {
  const folder = mkdtempSync(join(tmpdir(), "last-resort-"));
  try {
    const file = join(folder, "service.log");
    const begin = `import { endOnUnforeseen } from "./src/last-resort.ts"; endOnUnforeseen({ level: "info", file: ${JSON.stringify(file)}, now: () => new Date(0) });`;
    const { status, lines } = await run([
      "--input-type=module",
      "-e",
      `${begin} ${code}; setInterval(() => undefined, 1_000);`,
    ]);
    expect(status).toBe(1);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      time: "1970-01-01T00:00:00.000Z",
      level: "error",
      message: "something that nobody foresaw; the process ends and is started again",
      error: expect.stringMatching(/^Error: nobody\\u000aforesaw \[PEM removed\]$/),
      at: expect.stringContaining("at "),
    });
    expect(readFileSync(file, "utf8")).toBe(`${lines[0]}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("F-49 the service itself ends so, and the next one goes on with what it left", async () => {
  const world = await CrashWorld.open();
  const life = await world.newRun();
  // Something that only a fault of ours could do: an error in a callback of the running service.
  const fault = "process.on('SIGUSR2', () => { throw new TypeError('nobody foresaw this') })";
  try {
    const args = [
      "--import",
      `data:text/javascript,${encodeURIComponent(fault)}`,
      "build/src/main.js",
      "agent",
      "--config",
      life.config,
    ];
    const { status, lines } = await run(args, async (pid) => {
      while ((await life.order()) === null) await new Promise((resolve) => setTimeout(resolve, 50));
      process.kill(pid, "SIGUSR2");
    });
    expect([status, lines.length]).toEqual([1, 1]);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      error: "TypeError: nobody foresaw this",
    });
    expect(readFileSync(life.logFile, "utf8")).toContain(lines[0] ?? "nothing");
    const next = life.start();
    expect(await next.ready).not.toBeNull();
    expect(await life.requests()).toHaveLength(1);
    await next.stop();
  } finally {
    await life.clean();
    await world.close();
  }
});
