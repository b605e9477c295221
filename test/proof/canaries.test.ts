import { createPrivateKey } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { openPagesFor } from "../journeys/page-visitor.ts";
import { Stage } from "../journeys/stage.ts";
import { admin, bob, pageRequest } from "../pages/page-fixtures.ts";
import { findIn, findInFiles, hearCalls, ProcessWatch } from "./canaries.ts";
import { CrashWorld } from "./crash-world.ts";
import { everyPage } from "./every-page.ts";

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
  const heard = hearCalls();
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
    const atTheCa = heard.calls.filter(({ port }) => port === Number(new URL(world.ca.url).port));
    const sent = Buffer.concat(
      atTheCa.flatMap(({ method, url, body }) => [Buffer.from(`${method} ${url}\n`), body]),
    );
    expect(findIn(sent, secrets)).toEqual([]);
    expect(sent.includes("CERTIFICATE+REQUEST") || sent.includes("CERTIFICATE REQUEST")).toBe(true);
    const headers = Buffer.concat(atTheCa.map((call) => call.headers));
    expect(findIn(headers, secrets)).toEqual(["CA password"]);
    // What the panel was sent: the key where it is installed, and nothing else of these anywhere.
    const atThePanel = heard.calls.filter((call) => !atTheCa.includes(call));
    expect(
      atThePanel.flatMap(({ url, headers: lines }) =>
        findIn(Buffer.concat([Buffer.from(url), lines]), secrets),
      ),
    ).toEqual([]);
    const told = atThePanel.flatMap(({ method, url, body }) =>
      findIn(body, secrets).map((name) => `${name.split(" ")[0]} by ${method} ${url.split("?")[0]}`),
    );
    expect([...new Set(told)]).toEqual([
      `key by PUT /api/domain-tls/${run.domain}/certs/${run.domain}/files`,
    ]);
  } finally {
    heard.stop();
    await run.clean();
    await world.close();
  }
});

test("T-09 I6 no page and no mail shows key, password or token to anybody, the administrator among them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "canaries-"));
  const box = join(folder, "box");
  const sendmail = join(folder, "sendmail");
  writeFileSync(sendmail, `#!/bin/sh\n{ printf '%s\\n' "$*"; cat; } >> '${box}'\n`);
  chmodSync(sendmail, 0o700);
  const stage = await Stage.open({
    token,
    settings: `notify: { sendmail: ${sendmail}, administrator: ${address} }`,
  });
  try {
    stage.panel.addAccount("rob", { role: "reseller", email: "rob@example.test" });
    stage.panel.addAccount("bob", { owner: "rob", email: "bob@example.test" });
    const done = await stage.order("example.test");
    await stage.untilState(done.reference, "installed");
    stage.ca.set({ issueDelayMs: null });
    const pending = await stage.order("second.test");
    await stage.until(
      () => readdirSync(folder).includes("box") && readFileSync(box, "utf8").includes("example.test"),
    );
    const secrets = new Map([
      ["CA password", Buffer.from(stage.ca.credentials.password)],
      ["token", Buffer.from(token)],
      ...(await privateNumbers(stage.settings.stateDir)),
    ]);
    expect(secrets.size).toBeGreaterThan(3);
    const { answer } = openPagesFor(stage);
    const callers = [admin, { ...bob, account: "rob", role: "reseller", level: "reseller" } as const, bob];
    const shown: string[] = [];
    for (const caller of callers) {
      for (const [path, query] of everyPage([done.reference, pending.reference], () => "x")) {
        const page = await answer(
          pageRequest(path, { caller, query: new Map(Object.entries(query)), form: null }),
        );
        if (page.output !== "page") continue;
        shown.push(page.html);
        expect([caller.role, path, findIn(Buffer.from(page.html), secrets)]).toEqual([caller.role, path, []]);
      }
    }
    for (const caller of ["xssl", "example.test", "second.test"]) expect(shown.join("")).toContain(caller);
    // A mail to the administrator has their address on it.
    expect(findIn(readFileSync(box), secrets)).toEqual([]);
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
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
