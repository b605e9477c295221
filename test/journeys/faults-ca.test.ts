import { Stage, served } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const anyCall = { path: /./ };
const reads = { method: "GET", path: /\/(requests|certificates)/ };

test.each([
  ["F-06 HTTP 500", { kind: "status", status: 500 }],
  ["F-06 HTTP 502 with a web page", { kind: "status", status: 502, body: "html" }],
  ["F-06 HTTP 503 without Retry-After", { kind: "status", status: 503 }],
  ["F-06 HTTP 504", { kind: "status", status: 504 }],
  ["F-10 connection reset", { kind: "reset-before" }],
  ["F-10 half a body", { kind: "half-body" }],
  ["F-10 a Content-Length that is too short", { kind: "short-content-length" }],
  ["F-10 a body without end", { kind: "endless" }],
  ["F-11 garbage", { kind: "garbage" }],
  ["F-11 a web page with 200", { kind: "html" }],
  ["F-11 an empty body", { kind: "empty" }],
  ["F-11 an error inside a 200", { kind: "error-inside-200" }],
  ["F-11 wrong types", { kind: "wrong-types" }],
  ["F-11 another request's data", { kind: "wrong-id" }],
] as const)("%s delays the certificate and harms nothing", async (_name, fault) => {
  const placed = await stage.order("example.test");
  stage.ca.fault({ ...fault, match: reads, times: 4 });
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  expect(stage.ca.requestsTo("POST", /\/requests$/)).toHaveLength(1);
});

test("F-07 a 429 is waited out, and the budget's end slows background work down", async () => {
  const placed = await stage.order("example.test");
  const before = stage.clock.now().getTime();
  stage.ca.fault({ kind: "status", status: 429, retryAfter: 120, match: reads, times: 1 });
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "ca-busy");
  const waiting = stage.ca.requests.length;
  await stage.clock.advance(60_000);
  expect(stage.ca.requests.length).toBe(waiting);
  await stage.untilState(placed.reference, "installed");
  expect(stage.clock.now().getTime() - before).toBeGreaterThanOrEqual(120_000);
});

test("F-08 a refused login stops calls at once, webhooks are still kept, and work goes on afterwards", async () => {
  const placed = await stage.order("example.test");
  const fault = stage.ca.fault({
    kind: "status",
    status: 401,
    match: anyCall,
    times: Number.POSITIVE_INFINITY,
  });
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "ca-refused-us");
  const hits = fault.hits;
  for (let minute = 0; minute < 14; minute += 1) await stage.clock.advance(60_000);
  expect(fault.hits - hits).toBeLessThanOrEqual(1);
  const [delivery] = await stage.ca.sendWebhook({
    RequestId: placed.id ?? 0,
    Status: "Updated",
    State: "Dcv",
  });
  expect(delivery?.status).toBe(200);
  fault.remove();
  await stage.untilState(placed.reference, "installed");
});

test("F-09 a 404 is believed only when seen twice ten minutes apart and missing from the list", async () => {
  stage.ca.set({ issueDelayMs: null });
  const placed = await stage.order("example.test");
  await stage.until(() => stage.ca.order(placed.id ?? 0) !== undefined);
  const since = stage.clock.now().getTime();
  stage.ca.deleteRequest(placed.id ?? 0);
  const gone = await stage.untilRequest(
    placed.reference,
    ({ state }) => state === "deleted" || state === "failed",
  );
  expect(stage.clock.now().getTime() - since).toBeGreaterThanOrEqual(10 * 60_000);
  expect(gone.reason?.code).toBe("request-deleted");
});

test("F-09 an issued certificate that can't be read, but is in the list, is not given up for lost", async () => {
  stage.ca.set({ issueDelayMs: null });
  const placed = await stage.order("example.test");
  const fault = stage.ca.fault({
    kind: "status",
    status: 404,
    match: { method: "GET", path: /\/(certificates|requests)\/\d+/ },
    times: Number.POSITIVE_INFINITY,
  });
  stage.ca.issue(placed.id ?? 0);
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "ca-not-found");
  for (let minute = 0; minute < 60; minute += 1) await stage.clock.advance(60_000);
  const { state } = await stage.untilRequest(placed.reference, () => true);
  expect(["failed", "deleted"]).not.toContain(state);
  fault.remove();
  await stage.untilState(placed.reference, "installed");
});

test("F-09 one 404 in passing changes nothing", async () => {
  const placed = await stage.order("example.test");
  stage.ca.fault({ kind: "status", status: 404, match: { method: "GET", path: /requests\/\d+$/ }, times: 1 });
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.timeline.map(({ kind }) => kind)).not.toContain("deleted");
});

test("F-09 a request that was issued while we were about to ask for a check is no failure", async () => {
  stage.ca.fault({ kind: "status", status: 404, match: { method: "POST", path: /retry-dcv/ }, times: 1 });
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.timeline.map(({ kind }) => kind)).not.toContain("attempt-failed");
});

test.each(["error-inside-200", "422"])(
  "F-11 reads that are refused (%s) are tried again: the order is not called refused",
  async (what) => {
    const answer =
      what === "422" ? { kind: "status" as const, status: 422 } : { kind: "error-inside-200" as const };
    const placed = await stage.order("example.test");
    stage.ca.fault({ ...answer, match: { method: "GET", path: /requests|certificates/ }, times: 6 });
    const done = await stage.untilState(placed.reference, "installed");
    expect(done.timeline.map(({ kind }) => kind)).not.toContain("needs-you");
  },
);

test("F-12 announced, but the API still says pending: read again after 5, 15, 60 seconds", async () => {
  stage.ca.set({ staleReads: 3 });
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
});

test("F-13 a webhook that never comes costs time, not certificates", async () => {
  stage.ca.set({ webhook: { url: null } });
  const placed = await stage.order("example.test");
  await stage.untilState(placed.reference, "installed");
  expect(stage.ca.deliveries).toEqual([]);
});

test("F-13 one that came while we were down is made up for by the sweep", async () => {
  stage.ca.set({ issueDelayMs: null });
  const placed = await stage.order("example.test");
  await stage.until(() => stage.ca.requestsTo("POST", /retry-dcv/).length > 0);
  await stage.agent.stop();
  stage.ca.issue(placed.id ?? 0);
  await stage.ca.idle();
  await stage.restart("crash");
  await stage.untilState(placed.reference, "installed");
});

test("F-14 a thousand copies of a webhook cost one read and one installation", async () => {
  stage.ca.set({ issueDelayMs: null });
  const placed = await stage.order("example.test");
  await stage.until(() => stage.ca.requestsTo("POST", /retry-dcv/).length > 0);
  await stage.settle();
  stage.ca.set({ webhook: { copies: 1000 } });
  const before = stage.ca.requestsTo("GET", /requests\/\d+$/).length;
  stage.ca.issue(placed.id ?? 0);
  await stage.untilState(placed.reference, "installed");
  await stage.ca.idle();
  expect(stage.ca.requestsTo("GET", /requests\/\d+$/).length - before).toBeLessThan(20);
  expect(stage.panel.count("installCertificates")).toBe(1);
  // A replay days later finds nothing to do.
  for (let day = 0; day < 3; day += 1) await stage.clock.advance(86_400_000);
  await stage.ca.sendWebhook({ RequestId: placed.id ?? 0, Status: "Issued" });
  await stage.settle();
  expect(stage.panel.count("installCertificates")).toBe(1);
});

test("F-15 every order of the same webhooks ends in the same state", async () => {
  stage.ca.set({ webhook: { reorder: 3 } });
  const placed = await stage.order("example.test");
  const id = placed.id ?? 0;
  for (const call of [
    { RequestId: id, Status: "Deleted" },
    { RequestId: id, Status: "Issued" },
    { RequestId: id, Status: "Updated", State: "ReadyForReissue" },
    { RequestId: id, Status: "Updated", State: "Dcv", Domain: "example.test" },
  ]) {
    await stage.ca.sendWebhook(call);
  }
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
});

test("F-16 a webhook that is faster than the reply to our order is kept and matched", async () => {
  stage.ca.set({ preValidated: ["test"], issueDelayMs: 0, webhook: { beforeReply: true } });
  const placed = await stage.order("example.test");
  expect(stage.ca.deliveries.map(({ status }) => status)).toEqual([200]);
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.timeline.some(({ kind }) => kind === "hint")).toBe(true);
});

test("F-18 forged webhooks leave no trace but a count", async () => {
  stage.ca.set({ issueDelayMs: null });
  const placed = await stage.order("example.test");
  await stage.until(() => stage.ca.requestsTo("POST", /retry-dcv/).length > 0);
  await stage.settle();
  const calls = stage.ca.requests.length;
  stage.ca.set({ webhook: { localAddress: "127.0.0.2" } });
  for (let turn = 0; turn < 50; turn += 1) {
    const [delivery] = await stage.ca.sendWebhook({ RequestId: placed.id ?? 0, Status: "Issued" });
    expect(delivery?.status).toBe(403);
  }
  await stage.settle();
  expect(stage.ca.requests.length).toBe(calls);
  const status = await stage.agent.operations.status();
  expect(status.webhooks.refused).toBe(50);
});

test("F-19 Deleted leaves an installed certificate where it is", async () => {
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  stage.ca.revoke(done.certificateId ?? 0);
  await stage.ca.sendWebhook({ RequestId: placed.id ?? 0, Status: "Deleted" });
  await stage.untilRequest(placed.reference, ({ timeline }) =>
    timeline.some(({ kind }) => kind === "deleted"),
  );
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
});

test("F-20 words that the CA adds some day are kept and mean: read again", async () => {
  stage.ca.set({ issueDelayMs: null });
  const placed = await stage.order("example.test");
  await stage.until(() => stage.ca.requestsTo("POST", /retry-dcv/).length > 0);
  await stage.settle();
  const before = stage.ca.requestsTo("GET", /requests\/\d+$/).length;
  const [delivery] = await stage.ca.sendWebhook({
    RequestId: placed.id ?? 0,
    Status: "Paused",
    State: "Moon",
  });
  expect(delivery?.status).toBe(200);
  await stage.settle();
  expect(stage.ca.requestsTo("GET", /requests\/\d+$/).length).toBeGreaterThan(before);
  const { timeline } = await stage.read(placed.reference);
  expect(timeline.findLast(({ kind }) => kind === "hint")?.data).toMatchObject({
    status: "Paused",
    state: "Moon",
  });
});
