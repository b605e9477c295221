import { Stage, served } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test("an order validated by DNS becomes a served certificate with its whole history", async () => {
  const placed = await stage.order("example.test");
  expect(placed).toMatchObject({ state: "validating", account: "bob", names: ["example.test"] });
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test", "www.example.test")).toEqual([
    done.fingerprint,
    done.fingerprint,
  ]);
  expect(done.installations).toMatchObject([{ vhost: "example.test", state: "verified" }]);
  const kinds = done.timeline.map(({ kind }) => kind);
  const way = [
    "key-made",
    "ordering",
    "ordered",
    "dcv-published",
    "dcv-visible",
    "dcv-asked",
    "issued",
    "collected",
  ];
  expect(kinds.filter((kind) => way.includes(kind))).toEqual(expect.arrayContaining(way));
  expect(kinds.slice(-3)).not.toContain("failed");
  expect(kinds).toEqual(expect.arrayContaining(["hint", "planned", "installing", "applied", "verified"]));
  expect(stage.panel.records).toEqual([]);
});

test("what mail and panel show for the name is reported once it is verified, and never fails it", async () => {
  const { probe } = stage.agent.context;
  const imap = { address: "127.0.0.1", port: 993, name: "example.test", fingerprint: "ab".repeat(32) };
  Object.assign(probe, { lookAtServices: async () => [{ ...imap, complete: true, problem: null }] });
  const first = await stage.order("example.test");
  await stage.untilState(first.reference, "installed");
  const seen = await stage.untilRequest(first.reference, ({ installations }) =>
    (installations[0]?.served ?? []).some(({ port }) => port === 993),
  );
  expect(seen.installations[0]?.served).toContainEqual({ ...imap, complete: true, problem: null });
  Object.assign(probe, { lookAtServices: () => Promise.reject(new Error("no mail here")) });
  const second = await stage.order("second.test");
  await stage.untilState(second.reference, "installed");
});

test("many certificates that are issued together wait for each other and go on in few batches", async () => {
  const names = Array.from({ length: 24 }, (_, index) => `site${index}.test`);
  stage.ca.set({ preValidated: ["test"], issueDelayMs: null, webhook: { hold: true } });
  const placed = [];
  for (const name of names) placed.push(await stage.order(name));
  await stage.settle();
  for (const { id } of placed) stage.ca.issue(id ?? 0);
  stage.ca.set({ webhook: { hold: false } });
  await stage.ca.releaseWebhooks();
  for (const { reference } of placed) await stage.untilState(reference, "installed");
  expect(stage.panel.count("installCertificates")).toBeLessThanOrEqual(5);
});
