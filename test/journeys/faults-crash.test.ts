import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import { Stage, served } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test("F-01 an order whose reply was lost in a crash is found by its reference, not placed again", async () => {
  stage.ca.fault({ kind: "reset-after", match: { method: "POST", path: /\/requests$/ } });
  const placed = await stage.order("example.test");
  expect(placed.state).toBe("ordering");
  await stage.restart("crash");
  const found = await stage.untilRequest(placed.reference, ({ state }) => state !== "ordering");
  expect(found.timeline.map(({ kind }) => kind)).toContain("order-found");
  await stage.untilState(placed.reference, "installed");
  expect(stage.ca.requestsTo("POST", /\/requests$/)).toHaveLength(1);
});

test("F-11 a lost order that is looked for while the CA refuses to answer is found afterwards, and is one order", async () => {
  stage.ca.fault({ kind: "reset-after", match: { method: "POST", path: /\/requests$/ } });
  stage.ca.fault({
    kind: "error-inside-200",
    match: { method: "GET", path: /\/(requests|certificates)/ },
    times: 3,
  });
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.timeline.map(({ kind }) => kind)).toContain("order-found");
  expect(stage.ca.requestsTo("POST", /\/requests$/)).toHaveLength(1);
});

test("F-01 one look in vain after a long outage of the CA is not believed", async () => {
  stage.ca.fault({ kind: "reset-after", match: { method: "POST", path: /\/requests$/ } });
  const placed = await stage.order("example.test");
  const { ca } = stage.agent.context;
  const { findOrder } = ca;
  const back = stage.clock.now().getTime() + 12 * 60_000;
  let looks = 0;
  ca.findOrder = async (query) => {
    if (stage.clock.now().getTime() < back) throw new CodedError("ca-unreachable");
    looks += 1;
    return looks === 1 ? null : findOrder.call(ca, query);
  };
  const done = await stage.untilState(placed.reference, "installed");
  expect(looks).toBe(2);
  expect(done.timeline.map(({ kind }) => kind)).toContain("order-found");
  expect(stage.ca.requestsTo("POST", /\/requests$/)).toHaveLength(1);
});

test("F-01 an order that never arrived is said to be so, and nothing was bought", async () => {
  stage.ca.fault({ kind: "reset-before", match: { method: "POST", path: /\/requests$/ } });
  const placed = await stage.order("example.test");
  const failed = await stage.untilState(placed.reference, "failed");
  expect(failed.reason?.code).toBe("order-not-placed");
});

test("F-02 a crash between the panel's yes and our note is read back after the start, with one effect", async () => {
  const placed = await stage.order("example.test");
  const { installCertificates } = stage.panel;
  const reached = Promise.withResolvers<void>();
  stage.panel.installCertificates = async (installs) => {
    await installCertificates.call(stage.panel, installs);
    reached.resolve();
    // The process dies here: whatever follows has no store to write to.
    stage.agent.context.store.close();
    throw new CodedError("panel-unreachable");
  };
  await Promise.race([
    stage.untilState(placed.reference, "installed").catch(() => undefined),
    reached.promise,
  ]);
  stage.panel.installCertificates = installCertificates;
  await stage.restart("crash");
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  expect(stage.panel.count("installCertificates")).toBe(1);
});

test("F-04 a damaged store is set aside, the agent starts, and orders whose keys are here come back", async () => {
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  await stage.agent.stop();
  const file = join(stage.settings.stateDir, "store.sqlite");
  truncateSync(file, 5000);
  writeFileSync(`${file}-wal`, "");
  await stage.restart("crash");
  expect(readdirSync(stage.settings.stateDir).some((name) => name.startsWith("store-damaged-"))).toBe(true);
  await stage.until(async () => {
    const [back] = await stage.agent.operations.listRequests({
      account: null,
      state: "installed",
      limit: 10,
    });
    return back?.fingerprint === done.fingerprint && back.account === "bob";
  });
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
});

test("F-04 I9 a store that was deleted comes back from keys, CA and panel: nothing is ordered and nothing installed", async () => {
  const first = await stage.order("example.test");
  await stage.untilState(first.reference, "installed");
  // An older certificate, whose key lies here as well, must not come back with it.
  const next = await stage.agent.operations.reissue(first.reference);
  const done = await stage.untilState(next.reference, "installed");
  const paid = stage.ca.requestsTo("POST", /\/requests$|\/reissue$/).length;
  const installed = stage.panel.count("installCertificates");
  await stage.agent.stop();
  for (const end of ["", "-wal", "-shm"])
    rmSync(join(stage.settings.stateDir, `store.sqlite${end}`), { force: true });
  await stage.restart("crash");
  await stage.until(async () => {
    const back = await stage.agent.operations.listRequests({ account: "bob", state: "installed", limit: 10 });
    return back.some(({ fingerprint }) => fingerprint === done.fingerprint);
  });
  await stage.settle();
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  expect(stage.ca.requestsTo("POST", /\/requests$|\/reissue$/)).toHaveLength(paid);
  expect(stage.panel.count("installCertificates")).toBe(installed);
});
