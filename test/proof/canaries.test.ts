import { createPrivateKey } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { findIn, findInFiles, ProcessWatch } from "./canaries.ts";
import { CrashWorld } from "./crash-world.ts";

const token = "canarytoken-4f9c1d7be2a80356";
const address = "canary.person@example.nl";

test("T-09 I6 what is looked for is found, in whatever form it was written", () => {
  const secrets = new Map([["token", Buffer.from(token)]]);
  const written = [
    token,
    Buffer.from(`user:${token}!`).toString("base64"),
    Buffer.from(`x${token}`).toString("base64url"),
    Buffer.from(token).toString("hex"),
    encodeURIComponent(token),
  ];
  for (const text of written) expect(findIn(Buffer.from(`before ${text} after`), secrets)).toEqual(["token"]);
  expect(findIn(Buffer.from("nothing of it"), secrets)).toEqual([]);
});

test("T-09 I6 key, passwords, token and mail address stand in no argument, environment, log, store or other file, and no other side gets more than it must", async () => {
  const world = await CrashWorld.open();
  const run = await world.newRun();
  try {
    writeFileSync(join(run.folder, "token"), `${token}\n`, { mode: 0o600 });
    writeFileSync(
      run.config,
      readFileSync(run.config, "utf8")
        .replace("allowedSources:", `tokenFile: ${join(run.folder, "token")}, allowedSources:`)
        .replace(/^log: .*$/m, (line) => line.replace("info", "debug"))
        .concat(
          // A mail server that is not there: what goes wrong with mails is logged.
          `notify: { from: sender@example.nl, smtp: "smtp://127.0.0.1:1", administrator: ${address} }\n`,
        ),
    );
    world.ca.set({ webhook: { url: `http://127.0.0.1:${run.port}/webhook/${token}` } });
    const agent = run.start();
    const watch = new ProcessWatch(agent.child.pid ?? 0, 5);
    expect([await agent.ready, agent.words]).toEqual([expect.any(Number), ""]);
    await run.order();
    await fetch(`http://127.0.0.1:${run.port}/webhook/${token}x?RequestId=1&Status=Issued`);
    const end = performance.now() + 90_000;
    while ((await run.requests())[0]?.state !== "installed" && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await run.requests())[0]?.state).toBe("installed");
    await world.ca.idle();
    watch.stop();
    await agent.stop();

    const secrets = new Map([
      ["CA password", Buffer.from(world.ca.credentials.password)],
      ["token", Buffer.from(token)],
      ["mail address", Buffer.from(address)],
      ...(await privateNumbers(run.stateDir)),
    ]);
    expect([...secrets.keys()].some((name) => name.startsWith("key "))).toBe(true);
    expect(watch.seen.size).toBeGreaterThan(3);
    expect([...watch.seen.values()].flatMap((content) => findIn(content, secrets))).toEqual([]);
    const own = ["ca-password", "token", "config.yaml"].map((name) => join(run.folder, name));
    expect(findInFiles(run.folder, secrets, (path) => own.includes(path))).toEqual([]);
    expect(readFileSync(run.logFile, "utf8")).toContain('"level":"debug"');
    expect(findIn(Buffer.from(agent.words), secrets)).toEqual([]);

    // What the CA was sent: no key at all, and the password nowhere but in the header it belongs in.
    const sent = world.ca.requests.map(({ method, path, params }) =>
      JSON.stringify({ method, path, params }),
    );
    expect(findIn(Buffer.from(sent.join("\n")), secrets)).toEqual([]);
    expect(sent.join("\n")).toContain("CERTIFICATE REQUEST");
    // What the panel was sent: the key when it is installed, and nothing else of these.
    const panel = world.lab.calls.map(({ method, path }) => `${method} ${path}`).join("\n");
    expect(findIn(Buffer.from(panel), secrets)).toEqual([]);
  } finally {
    await run.clean();
    await world.close();
  }
});

/** The private number of every key in the store: whoever writes the key in whatever format writes this. */
async function privateNumbers(stateDir: string): Promise<[string, Buffer][]> {
  const keys = await openKeyStore(stateDir);
  return Promise.all(
    readdirSync(join(stateDir, "keys"))
      .filter((name) => name.endsWith(".key"))
      .map(async (name): Promise<[string, Buffer]> => {
        const pem = (await keys.read(name.slice(0, -4))).reveal();
        const { d = "" } = createPrivateKey(pem).export({ format: "jwk" });
        return [`key ${name}`, Buffer.from(d, "base64url")];
      }),
  );
}

test("T-09 a key written to a file in clear is noticed, so the search above can fail", async () => {
  const folder = mkdtempSync(join(tmpdir(), "canaries-"));
  try {
    const state = join(folder, "state");
    mkdirSync(state, { mode: 0o700 });
    const keys = await openKeyStore(state);
    const id = await keys.create("ec-p256");
    const secrets = new Map(await privateNumbers(state));
    expect(findInFiles(folder, secrets, () => false)).toEqual([]);
    const pem = (await keys.read(id)).reveal();
    writeFileSync(join(folder, "leak.pem"), pem);
    expect(findInFiles(folder, secrets, () => false)).toEqual([
      `key ${id}.key in ${join(folder, "leak.pem")}`,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
