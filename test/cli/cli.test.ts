import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../src/cli/cli.ts";
import type { ServerTools } from "../../src/cli/server-commands.ts";
import { CodedError } from "../../src/errors.ts";
import { parseSettings } from "../../src/settings.ts";
import { Stage } from "../journeys/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open({
    zone: ["example.test", "www.example.test"].map((name) => ({
      name,
      type: "A",
      data: "127.0.0.1",
      ttl: 60,
    })),
  });
});
afterEach(() => stage.close());

/** Nothing here may touch the machine that runs the tests. */
const noServer = new Proxy({} as ServerTools, {
  get: (_target, name) => () => {
    throw new Error(`${String(name)} is not for this test`);
  },
});

/** One command line against the stage's running agent. */
async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const status = await runCli(argv, {
    version: "1.2.3",
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    readSettings: async () => stage.settings,
    openOwnAgent: () => Promise.reject(new Error("an agent is running; none of our own is needed")),
    runAgent: () => Promise.resolve(0),
    runExecutor: () => Promise.resolve(0),
    runIntake: () => Promise.resolve(0),
    runGateway: () => Promise.resolve(0),
    openFleet: () => Promise.reject(new Error("not for this test")),
    server: noServer,
    exportSupport: () => Promise.reject(new Error("not for this test")),
  });
  return { status, out, err };
}

function orderArguments(...more: string[]): string[] {
  return [
    "order",
    "--account",
    "bob",
    "--name",
    "example.test",
    "--product",
    "EssentialSSL",
    "--years",
    "1",
    "--dcv",
    "dns",
    "--key",
    "ec-p256",
    ...more,
  ];
}

async function prepare(): Promise<void> {
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "example.test");
}

test("order, follow, show and list, for people and for programs", async () => {
  await prepare();
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as {
    id: number;
    reference: string;
    state: string;
  };
  expect(placed).toMatchObject({ state: "validating" });
  await stage.untilState(placed.reference, "installed");
  const shown = await run("request", "show", String(placed.id));
  expect(shown).toMatchObject({ status: 0, err: "" });
  expect(shown.out).toMatch(/State\s+installed/);
  expect(shown.out).toMatch(/verified\s+agent/);
  expect((await run("request", "list")).out).toMatch(/installed\s+bob/);
  const listed = JSON.parse((await run("request", "list", "--account", "eve", "--json")).out) as unknown[];
  expect(listed).toEqual([]);
  const status = JSON.parse((await run("status", "--json")).out) as {
    requests: { names: string[] }[];
    counts: object;
  };
  expect(status.requests[0]?.names).toEqual(["example.test"]);
  expect(status.counts).toEqual({ installed: 1 });
  expect((await run("verify", placed.reference)).status).toBe(0);
  expect((await run("install", placed.reference)).status).toBe(3);
  expect((await run("collect", placed.reference)).status).toBe(0);
  expect((await run("sweep")).status).toBe(0);
});

test("many at once: how many is said first, then they are replaced, and the rest of an undertaking can be stopped", async () => {
  await prepare();
  const nothing = await run("reissue", "all", "--reason", "a key leaked");
  expect(nothing.status).toBe(3);
  expect((await run("reissue", "runs")).out).toMatch(/Nothing was replaced/);
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as { reference: string };
  await stage.untilState(placed.reference, "installed");
  const asked = await run("reissue", "all", "--reason", "a key leaked");
  expect(asked).toMatchObject({ status: 2, out: "" });
  expect(asked.err).toMatch(/1 certificates would be replaced; say so with --yes/);
  expect((await run("reissue", "all", "--reason", "x", "--search", "other.test", "--yes")).status).toBe(3);
  const begun = JSON.parse(
    (await run("reissue", "all", "--reason", "a key leaked", "--search", "example", "--yes", "--json")).out,
  ) as { runs: { id: number; all: number }[] };
  expect(begun.runs).toMatchObject([{ all: 1, reason: "a key leaked", urgent: false, stopped: false }]);
  const [first] = begun.runs;
  expect((await run("reissue", "runs")).out).toMatch(/0 of 1 .*a key leaked|1 of 1 .*a key leaked/);
  expect((await run("reissue", "stop", String(first?.id))).out).toMatch(/of 1, stopped/);
  expect((await run("reissue", "stop", "4711")).status).toBe(1);
  expect((await run("reissue", "stop", "all")).status).toBe(2);
});

test("what was ordered elsewhere is listed with its number, to be taken over", async () => {
  await prepare();
  expect((await run("adopt", "list")).out).toMatch(/Everything that Xolphin has .* is followed/);
});

test("F-46 doctor tries every path and says whose turn it is", async () => {
  await prepare();
  const good = await run("doctor");
  expect(good).toMatchObject({ status: 0 });
  expect(good.out).toMatch(/ok {3}Xolphin: login accepted/);
  writeFileSync(join(stage.folder, "ca-password"), "wrong\n");
  const bad = await run("doctor");
  expect(bad.status).toBe(1);
  expect(bad.out).toMatch(/BAD {2}Xolphin:.*\n\s+host: /);
});

test.each<[string[], number, RegExp]>([
  [["frobnicate"], 2, /usage: .*no command/],
  [["request", "show"], 2, /request show ID/],
  [["order", "--account", "bob"], 2, /--years is missing/],
  [["order", "--colour", "blue"], 2, /usage/],
  [["cancel", "1"], 2, /--yes/],
  [["request", "show", "424242"], 1, /not-found: There is no such page or request\. \(no request 424242\)/],
  [["webhook", "send"], 2, /--request-id/],
])("%j ends with %d and one plain sentence", async (argv, status, sentence) => {
  const result = await run(...argv);
  expect(result.status).toBe(status);
  expect(result.err).toMatch(sentence);
  expect(result.out).toBe("");
});

test.each<[string[], RegExp]>([
  [["--product", "Unobtainium"], /product is not sold/],
  [["--years", "9"], /is sold for/],
  [["--dcv", "smoke-signals"], /must be dns, file or email/],
  [["--dcv", "email"], /approver/],
  [["--key", "rsa-512"], /must be one of/],
  [["--name", "not a name"], /host-name-invalid/],
  [["--account", "nobody"], /account-unknown/],
])("a wrong order %j is refused before anything is bought", async (change, reason) => {
  await prepare();
  const result = await run(...orderArguments(...change));
  expect(result.status).toBe(1);
  expect(result.err).toMatch(reason);
  expect(stage.ca.requestsTo("POST", /requests/)).toEqual([]);
});

test("T-13 what the CA wrote can't steer a terminal or make up lines", async () => {
  await prepare();
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as { reference: string };
  stage.agent.context.store.timeline.add(placed.reference, {
    at: stage.clock.now(),
    kind: "collected",
    source: "agent",
    data: { issuer: "C=NL\nCN=\u001B]0;evil\u0007\u009B31m\u202Eabc" },
  });
  const { out } = await run("request", "show", placed.reference);
  expect(out).toContain("issuer=C=NL, CN=\uFFFD]0;evil\uFFFD\uFFFD31m\uFFFDabc");
});

test("--json tells errors by code, on standard output", async () => {
  const { out, status } = await run("request", "show", "424242", "--json");
  expect(status).toBe(1);
  expect(JSON.parse(out)).toEqual({ error: { code: "not-found", detail: "no request 424242", fields: [] } });
});

test("dcv retry changes the method and publishes the other answer", async () => {
  await prepare();
  const { publishDcv } = stage.panel;
  stage.panel.publishDcv = async () => {
    throw new CodedError("dcv-zone-elsewhere");
  };
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as { reference: string };
  const waiting = await stage.untilRequest(placed.reference, ({ state, dcv }) => {
    return state === "needs-you" && dcv.length === 2 && dcv.every(({ record }) => record !== null);
  });
  expect(waiting.reason?.code).toBe("dcv-zone-elsewhere");
  stage.panel.publishDcv = publishDcv;
  expect(waiting.dcv[0]?.record).toMatchObject({ type: "CNAME" });
  expect((await run("dcv", "retry", placed.reference, "--method", "file")).status).toBe(0);
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.dcv.map(({ method }) => method)).toEqual(["FILE", "FILE"]);
});

test("dcv retry while the agent looks at the same name: the way that was asked for is not lost", async () => {
  await prepare();
  const looking = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  // The look ends with a change of its own, to the other way that needs nobody.
  stage.panel.publishDcv = async () => {
    looking.resolve();
    await gate.promise;
    throw new CodedError("dcv-zone-elsewhere");
  };
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as { reference: string };
  let reached = false;
  void looking.promise.then(() => {
    reached = true;
  });
  await stage.until(() => reached);
  const approver = "admin@example.test";
  const retry = run("dcv", "retry", placed.reference, "--method", "email", "--approver", approver);
  // The command has arrived when the agent answers the next one on the same socket.
  await run("request", "show", placed.reference);
  gate.resolve();
  expect((await retry).status).toBe(0);
  const asked = await stage.untilRequest(placed.reference, ({ dcv }) =>
    dcv.every(({ reason }) => reason === "dcv-email-waiting"),
  );
  expect(asked.dcv.map(({ method }) => method)).toEqual(asked.dcv.map(() => "EMAIL"));
});

test("reissue makes a new key, and the new certificate takes the old one's place", async () => {
  await prepare();
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as { reference: string };
  const first = await stage.untilState(placed.reference, "installed");
  const again = JSON.parse((await run("reissue", placed.reference, "--json")).out) as {
    reference: string;
    kind: string;
  };
  expect(again.kind).toBe("reissue");
  const second = await stage.untilState(again.reference, "installed");
  expect(second.fingerprint).not.toBe(first.fingerprint);
  expect((await stage.read(placed.reference)).installations[0]?.state).toBe("superseded");
  expect((await run("reissue", again.reference)).status).toBe(0);
});

test("cancel asks for --yes, cancels at the CA and is visible", async () => {
  await prepare();
  stage.ca.set({ issueDelayMs: null });
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as { reference: string };
  expect((await run("cancel", placed.reference, "--yes")).status).toBe(0);
  expect((await stage.read(placed.reference)).state).toBe("cancelled");
  expect((await run("cancel", placed.reference, "--yes")).status).toBe(3);
});

test("adopt takes over what was ordered elsewhere, when its key is given", async () => {
  await prepare();
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as {
    reference: string;
    id: number;
  };
  const done = await stage.untilState(placed.reference, "installed");
  const key = stage.panel.installed.get("example.test")?.key.reveal() ?? "";
  const keyFile = join(stage.folder, "key.pem");
  writeFileSync(keyFile, key);
  expect((await run("adopt", String(placed.id), "--key", keyFile)).status).toBe(3);
  expect((await run("adopt", "1", "--key", keyFile)).err).toMatch(/ca-not-found/);
  expect((await run("adopt", String(placed.id), "--key", join(stage.folder, "none"))).err).toMatch(
    /input-invalid/,
  );
  expect(done.account).toBe("bob");
});

test("a configuration with faults names every one of them", () => {
  expect(() =>
    parseSettings("ca: { username: x }\npanel: { kind: vax }\nsweeep: {}", "c.yaml", ["fake"]),
  ).toThrow(
    expect.objectContaining({
      code: "settings-invalid",
      detail: expect.stringMatching(/passwordFile.*sweeep/) as string,
    }),
  );
});

test("webhook send delivers to the running agent", async () => {
  await prepare();
  stage.ca.set({ issueDelayMs: null });
  const placed = JSON.parse((await run(...orderArguments("--json"))).out) as {
    reference: string;
    id: number;
  };
  const url = `http://127.0.0.1:${stage.agent.webhookPorts[0]}/webhook`;
  const sent = await run(
    "webhook",
    "send",
    "--request-id",
    String(placed.id),
    "--status",
    "Issued",
    "--url",
    url,
  );
  expect(sent).toMatchObject({ status: 0, out: "200 OK\n" });
});
