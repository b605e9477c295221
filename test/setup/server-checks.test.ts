import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, examine } from "../../src/agent/doctor.ts";
import {
  hardeningProblems,
  ownWebhookCheck,
  syncCheck,
  versionCheck,
} from "../../src/agent/server-checks.ts";
import { parseSettings } from "../../src/settings.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "checks-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hardened = "Name:\tnode\nNoNewPrivs:\t1\nSeccomp:\t2\nCapEff:\t0000000000000000\n";

test("a process as the units start it has nothing that is not needed (T-21)", () => {
  expect(hardeningProblems(hardened, 990, true)).toEqual([]);
});

test.each([
  ["it runs as root", hardened, 0, true],
  ["it may gain new privileges", hardened.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0"), 990, true],
  [
    "it has capabilities",
    hardened.replace("CapEff:\t0000000000000000", "CapEff:\t0000000000000400"),
    990,
    true,
  ],
  ["its system calls are not filtered", hardened.replace("Seccomp:\t2", "Seccomp:\t0"), 990, true],
  ["its sockets are its own, so a restart lets go of the port", hardened, 990, false],
])("%s: it is said", (problem, status, uid, handedOver) => {
  expect(hardeningProblems(status, uid, handedOver)).toEqual([problem]);
});

/** A clock on which every look costs this many milliseconds. */
function costing(ms: number): FakeClock {
  const clock = new FakeClock(new Date("2026-11-24T09:00:00Z"));
  let at = 0;
  clock.monotonic = () => {
    at += ms;
    return at;
  };
  return clock;
}

test.each([
  [0.001, "warn", "sync-implausible"],
  [2, "good", null],
  [400, "warn", "sync-slow"],
])("writes that are safe after %d ms: %s", async (ms, level, code) => {
  const { findings } = await examine([syncCheck(folder, costing(ms))]);
  expect(findings[0]).toMatchObject({ level, code });
  expect(readdirSync(folder)).toEqual([]);
});

test("two halves of different versions are named, with what to do and who does it", async () => {
  const { findings } = await examine([
    versionCheck("1.2.0", async () => "1.1.0"),
    versionCheck("1.2.0", async () => "1.2.0"),
    versionCheck("1.2.0", async () => null),
  ]);
  expect(findings.map(({ level }) => level)).toEqual(["bad", "good", "good"]);
  expect(findings[0]).toMatchObject({
    owner: "host",
    next: expect.stringMatching(/Install the package/) as string,
  });
});

describe("the webhook address, tried from here", () => {
  let server: Server;
  let port: number;
  let arrived = 0;
  const certificateFile = (): string => join(folder, "certificate.pem");

  beforeEach(async () => {
    arrived = 0;
    const names = ["-subj", "/CN=elsewhere.test", "-addext", "subjectAltName=DNS:elsewhere.test"];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        ...names,
      ].concat(["-keyout", join(folder, "key.pem"), "-out", certificateFile()]),
      { stdio: "ignore" },
    );
    server = createServer(
      { cert: readFileSync(certificateFile()), key: readFileSync(join(folder, "key.pem")) },
      (_request, response) => {
        arrived += 1;
        response.end("OK");
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  const check = (at: number, counted: () => number): ReturnType<typeof ownWebhookCheck> =>
    ownWebhookCheck({
      settings: parseSettings(
        `ca: { username: x, passwordFile: /x }\npanel: { kind: one }\nwebhook: { certificateFile: ${certificateFile()}, keyFile: /x }`,
        "settings",
        ["one"],
      ),
      port: at,
      hostName: () => Promise.resolve("localhost"),
      arrived: counted,
    });

  test("a port that nobody answers on, and somebody else who answers, are not reachable", async () => {
    const { findings } = await examine([check(1, () => 0), check(port, () => 0)]);
    expect(findings.map(({ code }) => code)).toEqual(["webhook-not-reachable", "webhook-not-reachable"]);
    expect(findings[0]?.detail).toMatch(/ECONNREFUSED/);
  });

  test("we answer, but with a certificate that nobody trusts for this name", async () => {
    const { findings } = await examine([check(port, () => arrived)]);
    expect(findings[0]).toMatchObject({ level: "warn", code: "webhook-untrusted", owner: "host" });
  });
});

test.each([
  [0, "0 accounts"],
  [1, "1 account"],
  [2, "2 accounts"],
])("%i of them are counted as %s", (number, said) => {
  expect(counted(number, "account")).toBe(said);
});
