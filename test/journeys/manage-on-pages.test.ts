import { createHash } from "node:crypto";
import { CodedError } from "../../src/errors.ts";
import type { Caller } from "../../src/panel.ts";
import { admin, bob, pageRequest } from "../pages/page-fixtures.ts";
import { openPagesFor, Visitor } from "./page-visitor.ts";
import { Stage, served } from "./stage.ts";

const day = 86_400_000;
let stage: Stage;
afterEach(() => stage.close());

async function installed(settings = ""): Promise<{ reference: string; visitor: Visitor }> {
  stage = await Stage.open({ settings });
  const { reference } = await stage.order("example.test", { account: "bob" });
  await stage.untilState(reference, "installed");
  return { reference, visitor: new Visitor(stage, bob) };
}

async function download(caller: Caller, id: string, part: string): Promise<{ status: number; body: string }> {
  const request = pageRequest("/download", { caller, query: new Map(Object.entries({ id, part })) });
  const answer = await openPagesFor(stage).answer({ ...request, output: "raw" });
  if (answer.output !== "raw") throw new Error("a page came in place of a file");
  return { status: answer.status, body: String(answer.body) };
}

test("a new certificate is taken with edited names, and takes the place of the old one", async () => {
  const { reference, visitor } = await installed();
  const before = (await stage.read(reference)).fingerprint;
  await visitor.open("/manage", { id: reference });
  expect(visitor.hasForm("renew")).toBe(false);
  await visitor.submit("reissue", { names: "not a name!" });
  expect(visitor.text).toContain("This is not a valid host name.");
  await visitor.submit("reissue", { names: "www.example.test, example.test" });
  expect(visitor.text).toContain("The new certificate was ordered.");
  const next = stage.agent.context.store.requests.successors(reference)[0];
  await stage.untilState(next?.reference ?? "", "installed");
  const after = (await stage.read(next?.reference ?? "")).fingerprint;
  expect(after).not.toBe(before);
  expect(await served(stage, "example.test", "www.example.test")).toEqual([after, after]);
  await visitor.open("/manage", { id: reference });
  expect(visitor.text).toContain("The next certificate is already under way.");
  expect(visitor.hasForm("reissue")).toBe(false);
});

test("near the end of the term the page leads to the renewal with its price, ordered once and only with consent", async () => {
  const { reference, visitor } = await installed();
  await nearTheEnd(reference);
  await visitor.open("/manage", { id: reference });
  await visitor.submit("renew");
  expect(visitor.text).toContain("A certificate for example.test");
  expect(visitor.text).toContain("Order for €9.00");
  await visitor.submit("place");
  expect(visitor.text).toContain("Tick the box if you agree.");
  // Another window comes to the same order.
  const other = new Visitor(stage, bob);
  await other.open("/manage", { id: reference });
  await other.submit("renew");
  await visitor.submit("place", { consent: "yes", cents: "1" });
  expect(visitor.text).toContain("price");
  expect(stage.ca.requestsTo("POST", /renew/)).toEqual([]);
  await visitor.submit("place", { consent: "yes" });
  expect(visitor.text).toContain("Your order is on its way.");
  await other.submit("place", { consent: "yes" });
  expect(stage.ca.requestsTo("POST", /renew/)).toHaveLength(1);
  await visitor.open("/manage", { id: reference });
  expect(visitor.text).toContain("The next certificate is already under way.");
  expect(visitor.hasForm("renew")).toBe(false);
  const [next] = stage.agent.context.store.requests.successors(reference);
  expect(next).toMatchObject({ kind: "renewal", productName: "EssentialSSL", account: "bob" });
  await stage.untilState(next?.reference ?? "", "installed");
  expect(stage.ca.requestsTo("POST", /requests$/)).toHaveLength(1);
});

test("a renewal that was begun and left stands in nobody's way: the paid term goes on by itself", async () => {
  const { reference, visitor } = await installed();
  const { store } = stage.agent.context;
  await nearTheEnd(reference);
  await visitor.open("/manage", { id: reference });
  await visitor.submit("renew");
  store.requests.change(
    reference,
    { termEnd: new Date(stage.clock.now().getTime() + 40 * day), reissueWantedAt: stage.clock.now() },
    stage.clock.now(),
  );
  store.work.want("renew", reference, 0, stage.clock.now());
  await stage.until(() => store.requests.successors(reference).length > 0);
  expect(store.requests.successors(reference)).toMatchObject([{ kind: "reissue" }]);
  await visitor.submit("place", { consent: "yes" });
  expect(visitor.text).toContain("already");
  expect(stage.ca.requestsTo("POST", /renew/)).toEqual([]);
});

/** Ends within the time in which a new term can be bought, and nobody agreed to one yet. */
async function nearTheEnd(reference: string): Promise<void> {
  const end = new Date(stage.clock.now().getTime() + 20 * day);
  stage.agent.context.store.requests.change(reference, { notAfter: end, termEnd: end }, stage.clock.now());
}

test("what the holder chooses about the end of the term is kept, also by the next certificate", async () => {
  const { reference, visitor } = await installed();
  await visitor.open("/manage", { id: reference });
  await visitor.submit("choose", { choice: "never" });
  expect(stage.agent.context.store.requests.get(reference)?.renewalChoice).toBe("never");
  await visitor.submit("reissue");
  const next = stage.agent.context.store.requests.successors(reference)[0];
  expect(next?.renewalChoice).toBe("never");
  expect(await visitor.open("/request", { id: reference })).toContain("Renewal set to: let it end");
});

test("cancelling revokes, so it takes the name typed out; what is installed stays", async () => {
  const { reference, visitor } = await installed();
  const before = await served(stage, "example.test");
  await visitor.open("/manage", { id: reference });
  expect(visitor.text).toContain("Cancelling revokes the certificate for good");
  await visitor.submit("cancel", { name: "yes" });
  expect(visitor.text).toContain("Type the name exactly as it is shown.");
  expect(stage.ca.requestsTo("POST", /cancel/)).toEqual([]);
  await visitor.submit("cancel", { name: "Example.test", reason: "wrong name" });
  expect(visitor.text).toContain("was cancelled");
  expect(stage.ca.requestsTo("POST", /cancel/).map(({ params }) => params["reason"])).toEqual(["wrong name"]);
  expect(await served(stage, "example.test")).toEqual(before);
  await stage.clock.advance(3_600_000);
  await stage.settle();
  expect((await stage.read(reference)).state).toBe("cancelled");
});

test("certificate and chain can be taken along; the key only by whom the administrator lets, and it is written down", async () => {
  const { reference } = await installed("policy: { keyExportBy: [admin] }");
  const full = await download(bob, reference, "full");
  expect(full.body.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(1);
  expect(full.body).not.toContain("PRIVATE");
  expect((await download(bob, reference, "key")).status).toBe(404);
  expect((await download(bob, reference, "everything")).status).toBe(404);
  const key = await download({ ...admin, readOnly: true }, reference, "key");
  expect(key.status).toBe(404);
  const taken = await download(admin, reference, "key");
  expect(taken.body).toContain("BEGIN PRIVATE KEY");
  const { timeline } = await stage.read(reference);
  expect(timeline.filter(({ kind }) => kind === "key-exported")).toHaveLength(1);
  const page = await new Visitor(stage, admin).open("/request", { id: reference });
  expect(page).toContain("The private key was taken out by");
});

test("a document chosen in the browser arrives whole at the CA", async () => {
  stage = await Stage.open();
  stage.ca.set({ issueDelayMs: null });
  const { reference } = await stage.order("example.test", { account: "bob" });
  await stage.settle();
  const pdf = Buffer.concat([
    Buffer.from("%PDF-1.7\n"),
    Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 256)),
  ]);
  const visitor = new Visitor(stage, bob);
  await visitor.open("/answers", { id: reference });
  await visitor.submit("document", { document: "not base64!" });
  expect(visitor.text).toContain("Choose a file.");
  await visitor.submit("document", {
    document: pdf.toString("base64url"),
    "document-name": "extract.pdf",
    description: "Trade register",
  });
  expect(visitor.text).toContain("The document was sent.");
  const id = Number((await stage.read(reference)).id);
  const [document] = stage.ca.order(id).documents;
  expect(document).toMatchObject({ fileName: "extract.pdf", description: "Trade register" });
  expect(
    createHash("sha256")
      .update(document?.content ?? "")
      .digest("hex"),
  ).toBe(createHash("sha256").update(pdf).digest("hex"));
});

test("the panel's own engine is told to leave one name alone, or all, and to look after them again", async () => {
  const { reference, visitor } = await installed();
  const [main, www] = ["example.test", "www.example.test"];
  await visitor.open("/manage", { id: reference });
  expect(visitor.text).toContain("No name is left alone.");
  expect(visitor.hasForm("engine-back")).toBe(false);
  await visitor.submit("engine-away", { name: www });
  expect(visitor.text).toContain(`Left alone: ${www}.`);
  expect([...stage.panel.engineAway]).toEqual([www]);
  await visitor.submit("engine-away", { name: "eves.test" });
  expect([...stage.panel.engineAway]).toEqual([www]);
  await visitor.open("/manage", { id: reference });
  await visitor.submit("engine-away", { name: "*" });
  expect([...stage.panel.engineAway].sort()).toEqual([main, www]);
  expect(visitor.hasForm("engine-away")).toBe(false);
  await visitor.submit("engine-back", { name: "*" });
  expect([...stage.panel.engineAway]).toEqual([]);
  const { timeline } = await stage.read(reference);
  expect(timeline.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["engine-away", "engine-back"]));
});

test("where the panel has no engine to choose about, or does not answer, the page does without", async () => {
  const { reference, visitor } = await installed();
  stage.panel.failures.push({ method: "readEngineNames", error: new CodedError("panel-unreachable") });
  await visitor.open("/manage", { id: reference });
  expect(visitor.hasForm("install")).toBe(true);
  expect(visitor.hasForm("engine-away")).toBe(false);
  stage.panel.hasEngine = false;
  await visitor.open("/manage", { id: reference });
  expect(visitor.hasForm("engine-away")).toBe(false);
});
