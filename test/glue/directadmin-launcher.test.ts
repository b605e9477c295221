import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHandover } from "../../panels/directadmin/page-request.ts";
import { untilWoken } from "./until-woken.ts";

const source = join(import.meta.dirname, "../../plugin/directadmin");
let folder: string;
let plugin: string;
let server: Server;
let received: { body: Buffer; path: string; commandLines: string }[];
let answer: { status: number; body: string };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "launcher-"));
  plugin = join(folder, "xolphin_ssl");
  cpSync(source, plugin, { recursive: true });
  writeFileSync(join(plugin, "run-dir"), `${folder}\n`);
  received = [];
  answer = { status: 200, body: "<p>the page</p>" };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const commandLines = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
      received.push({ body: Buffer.concat(chunks), path: request.url ?? "", commandLines });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "pages.sock"), resolve));
});

afterEach(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
});

function open(script: string, environment: Record<string, string>, input = ""): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(join(plugin, script), [], {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", ...environment },
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
    });
    child.stdin.end(input);
    child.on("close", () => resolve(out));
  });
}

const session = { SESSION_ID: "s".repeat(39), SESSION_KEY: "k".repeat(39) };

test.each(["admin", "reseller", "user"])(
  "a %s page hands the request over and prints the answer",
  async (level) => {
    const page = await open(`${level}/index.html`, {
      ...session,
      QUERY_STRING: "page=request&amp;id=xs-1",
      POST: "token=abc&action=try-again",
      USERNAME: "bob",
      IS_LOGIN_AS: "1",
      LOGIN_AS_MASTER: "admin",
    });
    expect(page).toBe("<p>the page</p>");
    expect(readHandover(received[0]?.body)).toEqual({
      level,
      script: "index.html",
      sessionId: session.SESSION_ID,
      sessionKey: session.SESSION_KEY,
      query: "page=request&amp;id=xs-1",
      body: "token=abc&action=try-again",
      loginAsMaster: "admin",
    });
  },
);

test("the session and the form stand in no command line", async () => {
  await open("user/index.html", { ...session, POST: "token=canary-in-the-form" });
  expect(received[0]?.commandLines).not.toContain(session.SESSION_KEY);
  expect(received[0]?.commandLines).not.toContain("canary-in-the-form");
});

test("a body that comes on standard input arrives whole", async () => {
  const body = `note=${"x".repeat(200_000)}`;
  await open("user/index.html", { ...session, POST: "stdin=true" }, body);
  expect(readHandover(received[0]?.body).body).toBe(body);
});

test("the environment can't pretend to be the launcher", async () => {
  await open("user/index.html", { ...session, LAUNCHER_LEVEL: "admin", LAUNCHER_SCRIPT: "menu.raw" });
  expect(readHandover(received[0]?.body)).toMatchObject({ level: "user", script: "index.html" });
});

test.each([
  ["index.html", /^<h1>/],
  ["menu.raw", /^HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*\r\n\r\n\[\]$/],
])("%s says a friendly word when the agent fails or is gone", async (script, expected) => {
  answer = { status: 500, body: "stack trace" };
  expect(await open(`user/${script}`, session)).toMatch(expected);
  writeFileSync(join(plugin, "run-dir"), `${folder}/nowhere\n`);
  expect(await open(`user/${script}`, session)).toMatch(expected);
});

test("a hook wakes the agent, hands nothing over, and never fails", async () => {
  const woken = untilWoken(join(folder, "control.sock"));
  const hook = join(plugin, "hooks/ssl_save_post.sh");
  const run = spawnSync(hook, { env: { certificate: "-----BEGIN PRIVATE KEY-----" }, encoding: "utf8" });
  expect(run).toMatchObject({ status: 0, stdout: "" });
  expect(await woken).toEqual({ body: "[]", url: "/operations/panelChanged" });
  writeFileSync(join(plugin, "run-dir"), `${folder}/nowhere\n`);
  expect(spawnSync(hook).status).toBe(0);
});

test("glue is thin: at most forty lines, executable where the panel runs it", () => {
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    if (!text.startsWith("#!")) continue;
    expect([file, text.split("\n").length <= 41]).toEqual([file, true]);
    expect([file, (statSync(file).mode & 0o111) !== 0]).toEqual([file, true]);
  }
  expect(files.length).toBeGreaterThan(20);
});

test("the panel is told the same id, name and version as everybody else", () => {
  const root = join(import.meta.dirname, "../..");
  const identity = JSON.parse(readFileSync(join(root, "plugin/identity.json"), "utf8")) as Record<
    string,
    string
  >;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const conf = Object.fromEntries(
    readFileSync(join(source, "plugin.conf"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("=", 2)),
  ) as Record<string, string>;
  expect(conf).toMatchObject({
    id: identity["id"],
    name: identity["name"],
    author: identity["vendor"],
    version,
  });
  for (const level of ["admin", "reseller", "user"])
    expect(conf[`${level}_run_as`]).toBe(identity["serviceUser"]);
});
