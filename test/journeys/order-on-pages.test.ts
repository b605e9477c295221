import { CodedError } from "../../src/errors.ts";
import { placeDraft } from "../../src/jobs/place-draft.ts";
import { admin, bob } from "../pages/page-fixtures.ts";
import { Visitor } from "./page-visitor.ts";
import { Stage, served } from "./stage.ts";

let stage: Stage;
afterEach(() => stage.close());

const names = { names: "example.test,www.example.test" };
const zone = ["example.test", "www.example.test"].map((name) => ({
  name,
  type: "A" as const,
  data: "127.0.0.1",
}));

async function openStage(settings = ""): Promise<Visitor> {
  stage = await Stage.open({ settings, zone });
  stage.panel.addAccount("bob");
  stage.panel.addAccount("eve");
  stage.panel.addVhost("bob", "example.test");
  stage.panel.addVhost("eve", "other.test");
  return new Visitor(stage, bob);
}

/** The references of the orders that the CA took. */
function ordersAtTheCa(): string[] {
  return orders().map(({ details }) => details.reference ?? "");
}

function orders(): { details: Record<string, string | undefined> }[] {
  return (stage.ca.describe() as { requests: { details: Record<string, string> }[] }).requests;
}

async function toSummary(visitor: Visitor): Promise<void> {
  await visitor.open("/order", names);
  await visitor.submit("product");
}

test("from a website that is not secured to one that is: two pages, one tick, nothing else", async () => {
  const visitor = await openStage();
  await visitor.open("/");
  await stage.agent.idle();
  expect(await visitor.open("/")).toContain("example.test is not secured");
  expect(visitor.html).toContain('href="/plugin/order?names=example.test%2Cwww.example.test"');
  expect(await visitor.open("/order", names)).toContain("€9.00");
  const summary = await visitor.submit("product");
  expect(summary).toContain("A certificate for example.test");
  expect(summary).toContain("Nothing stands in the way.");
  expect(summary).toContain("Order for €9.00");
  const after = await visitor.submit("place", { consent: "yes" });
  expect(after).toContain("Your order is on its way.");
  const [reference = ""] = ordersAtTheCa();
  const done = await stage.untilState(reference, "installed");
  expect(await served(stage, "example.test", "www.example.test")).toEqual([
    done.fingerprint,
    done.fingerprint,
  ]);
  expect(done.timeline.filter(({ kind }) => kind === "ordering")).toMatchObject([{ source: "page" }]);
});

test("products and prices come from the CA, asked for once an hour however many look", async () => {
  const visitor = await openStage();
  const asked = (): number => stage.ca.requestsTo("GET", /products/).length;
  const other = new Visitor(stage, { ...bob, account: "eve" });
  await Promise.all([visitor.open("/order", names), other.open("/order", { names: "other.test" })]);
  const once = asked();
  expect(once).toBeGreaterThan(0);
  await visitor.open("/order", names);
  expect(asked()).toBe(once);
  await stage.clock.advance(3_600_001);
  await visitor.open("/order", names);
  expect(asked()).toBe(2 * once);
});

test("without the tick nothing is ordered", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  expect(await visitor.submit("place")).toContain("Tick the box if you agree.");
  expect(ordersAtTheCa()).toEqual([]);
});

test("a double click is one order", async () => {
  const visitor = await openStage();
  const twin = new Visitor(stage, bob);
  await toSummary(visitor);
  twin.html = visitor.html;
  const pages = await Promise.all(
    [visitor, twin].map((window) => window.submit("place", { consent: "yes" })),
  );
  expect(ordersAtTheCa()).toHaveLength(1);
  for (const page of pages) expect(page).toContain("Your order is on its way.");
  expect(await visitor.submit("place", { consent: "yes" }).catch(() => "")).toBe("");
});

test("two windows that order the same names share one draft, and it is one order", async () => {
  const visitor = await openStage();
  const other = new Visitor(stage, bob);
  await toSummary(visitor);
  await toSummary(other);
  await visitor.submit("place", { consent: "yes" });
  expect(await other.submit("place", { consent: "yes" })).toContain("Request number");
  expect(ordersAtTheCa()).toHaveLength(1);
});

test("names that are ordered already are not ordered again under another draft", async () => {
  const visitor = await openStage();
  stage.ca.set({ issueDelayMs: null });
  await toSummary(visitor);
  await visitor.submit("place", { consent: "yes" });
  await toSummary(visitor);
  expect(await visitor.submit("place", { consent: "yes" })).toContain(
    "An order for exactly these names is already under way.",
  );
  expect(ordersAtTheCa()).toHaveLength(1);
});

test("who has a certificate for the same names already is told so before paying again", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  await visitor.submit("place", { consent: "yes" });
  await stage.untilState(ordersAtTheCa()[0] ?? "", "installed");
  await toSummary(visitor);
  expect(visitor.text).toContain("already brought a certificate for exactly these names");
});

test("a lost reply is looked for before anything else, and found as the one order", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  stage.ca.fault({ kind: "reset-after", match: { method: "POST", path: /requests$/ } });
  await visitor.submit("place", { consent: "yes" });
  const [reference = ""] = ordersAtTheCa();
  const done = await stage.untilState(reference, "installed");
  expect(done.timeline.map(({ kind }) => kind)).toContain("order-found");
  expect(ordersAtTheCa()).toHaveLength(1);
});

test("an agent that dies while ordering finds its order again and orders nothing twice", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  const { ca } = stage.agent.context;
  const order = ca.order.bind(ca);
  let sent = 0;
  const dying = Promise.withResolvers<{ id: number }>();
  (ca as { order: typeof ca.order }).order = async (wish) => {
    sent += 1;
    await order(wish);
    return dying.promise;
  };
  void visitor.submit("place", { consent: "yes" }).catch(() => undefined);
  await stage.until(() => sent === 1 && ordersAtTheCa().length === 1);
  const died = stage.restart("crash");
  dying.reject(new CodedError("ca-outcome-unknown"));
  await died;
  const [reference = ""] = ordersAtTheCa();
  await stage.untilState(reference, "installed");
  expect(ordersAtTheCa()).toHaveLength(1);
  const again = new Visitor(stage, bob);
  expect(await again.open("/order", { draft: reference })).toContain("example.test is secured");
});

test("a price that rose since it was shown is not paid", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  expect(await visitor.submit("place", { consent: "yes", cents: "1" })).toContain(
    "The price has changed since you saw it",
  );
  expect(ordersAtTheCa()).toEqual([]);
});

test("an order that would fail is stopped with a sentence and a remedy", async () => {
  stage = await Stage.open({
    zone: [
      ...zone,
      { name: "example.test", type: "CAA", data: { flags: 0, tag: "issue", value: "letsencrypt.org" } },
    ],
  });
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "example.test");
  const visitor = new Visitor(stage, bob);
  await visitor.open("/order", names);
  const page = await visitor.submit("product");
  expect(page).toContain("allows other authorities only (CAA: letsencrypt.org)");
  expect(page).toContain("Add a CAA record that allows this authority");
  expect(visitor.hasForm("place")).toBe(false);
  const draft = /draft=(xs-[0-9a-f]+)/.exec(visitor.html)?.[1] ?? "";
  await expect(
    placeDraft(stage.agent.context, draft, { by: "bob", level: "account", cents: 900 }),
  ).rejects.toMatchObject({ code: "order-would-fail" });
  expect(ordersAtTheCa()).toEqual([]);
});

test("OV asks for the organisation, says at each field what is wrong, and remembers it for the next order", async () => {
  const visitor = await openStage();
  await visitor.open("/order", names);
  const details = await visitor.submit("product", { offer: "2:1" });
  expect(details).toContain("What the certificate authority wants to know");
  const wrong = await visitor.submit("details", { company: "Example B.V.", country: "Nederland" });
  expect(wrong).toContain("fields need another look");
  expect(wrong).toContain("Two letters, like NL.");
  const organisation = {
    company: "Example B.V.",
    address: "Straat 1",
    zipcode: "1234 AB",
    city: "Alkmaar",
    country: "NL",
    kvk: "12345678",
    approverRepresentativeFirstName: "Anna",
    approverRepresentativeLastName: "Jansen",
    approverRepresentativeEmail: "anna@example.test",
    approverRepresentativePhone: "+31 20 1234567",
  };
  expect(await visitor.submit("details", organisation)).toContain("Order for €49.00");
  await visitor.submit("place", { consent: "yes" });
  expect(orders()[0]?.details).toMatchObject({ company: "Example B.V.", city: "Alkmaar" });
  stage.panel.addVhost("bob", "second.test");
  await visitor.open("/order", { names: "second.test" });
  expect(await visitor.submit("product", { offer: "2:1" })).toContain("Example B.V.");
});

test("by mail only addresses that the CA offers can be chosen, and one must be", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  const draft = /draft=(xs-[0-9a-f]+)/.exec(visitor.html)?.[1] ?? "";
  await visitor.open("/order", { draft, step: "details" });
  const asked = await visitor.submit("details", {
    "method:example.test": "EMAIL",
    "method:www.example.test": "DNS",
  });
  expect(asked).toContain("Approval mail for example.test goes to");
  expect(visitor.html).toContain('value="hostmaster@example.test"');
  expect(await visitor.submit("details", { "approver:example.test": "me@elsewhere.test" })).toContain(
    "Choose an address",
  );
  expect(await visitor.submit("details", { "approver:example.test": "hostmaster@example.test" })).toContain(
    "E-mail: hostmaster@example.test",
  );
});

test("a CSR of one's own is ordered with its names, and the page says what that means", async () => {
  const visitor = await openStage();
  const { keys, makeCsr } = stage.agent.context;
  const keyId = await keys.create("ec-p256");
  const csr = await makeCsr(["example.test" as never], keyId);
  await keys.destroy(keyId);
  await visitor.open("/order");
  expect(visitor.text).toContain("Its private key is then not on this server");
  await visitor.submit("csr", { csr });
  const summary = await visitor.submit("product");
  expect(summary).toContain("can be downloaded but not installed by itself");
  await visitor.submit("place", { consent: "yes" });
  const [reference = ""] = ordersAtTheCa();
  const waiting = await stage.untilState(reference, "needs-you");
  expect(waiting.reason?.code).toBe("key-missing");
});

test.each([
  ["of another account", { names: "other.test" }, "You may not do this."],
  ["on nobody's website here", { names: "nowhere.test" }, "You may not do this."],
])("names %s are not for an account holder to order", async (_what, query, said) => {
  const visitor = await openStage();
  expect(await visitor.open("/order", query)).toContain(said);
});

test("an administrator may order a name of nobody here", async () => {
  await openStage();
  const visitor = new Visitor(stage, admin);
  await visitor.open("/order");
  await visitor.submit("names", { others: "nowhere.test" });
  expect(visitor.text).toContain("Names in the certificate: nowhere.test");
});

test("names are typed and ticked; what is no name is said", async () => {
  await openStage();
  const visitor = new Visitor(stage, admin);
  await visitor.open("/order");
  expect(await visitor.submit("names")).toContain("Choose at least one name.");
  expect(await visitor.submit("names", { others: "not_a_name" })).toContain(
    "These are not host names: not_a_name",
  );
  expect(await visitor.submit("names", { "name:example.test": "1", others: "" })).toContain(
    "Which certificate?",
  );
});

test("with approval an order waits for the administrator, who approves it once or declines it", async () => {
  const visitor = await openStage("policy: { approvalFor: [account] }");
  await toSummary(visitor);
  expect(visitor.text).toContain("your hosting company must approve the order");
  expect(await visitor.submit("place", { consent: "yes" })).toContain("waits until your hosting company");
  expect(ordersAtTheCa()).toEqual([]);
  const boss = new Visitor(stage, admin);
  expect(await boss.open("/admin")).toContain("Orders that wait for you");
  const [reference = ""] = stage.agent.context.store.drafts.waiting(10);
  const twin = new Visitor(stage, admin);
  twin.html = boss.html;
  await Promise.all([boss, twin].map((window) => window.submit("approve")));
  expect(boss.text).toContain("Approved; the order is on its way.");
  expect(ordersAtTheCa()).toEqual([reference]);
  expect((await stage.untilState(reference, "installed")).names).toEqual(["example.test"]);
});

test("a declined order says so and was not bought", async () => {
  const visitor = await openStage("policy: { approvalFor: [account] }");
  await toSummary(visitor);
  await visitor.submit("place", { consent: "yes" });
  const [reference = ""] = stage.agent.context.store.drafts.waiting(10);
  const boss = new Visitor(stage, admin);
  await boss.open("/admin");
  expect(await boss.submit("decline")).toContain("Declined; nothing was bought.");
  expect(await visitor.open("/request", { id: reference })).toContain("did not approve the order");
  expect(ordersAtTheCa()).toEqual([]);
});

test("a suspended account can neither begin nor send an order, and the page says why", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  stage.panel.addAccount("bob", { suspended: true });
  expect(await visitor.submit("place", { consent: "yes" })).toContain("suspended");
  await visitor.open("/order", names);
  if (visitor.hasForm("product")) await visitor.submit("product");
  if (visitor.hasForm("place")) await visitor.submit("place", { consent: "yes" });
  expect(visitor.text).toContain("suspended");
  await expect(stage.order("example.test", { account: "bob" })).rejects.toMatchObject({
    code: "account-suspended",
  });
  expect(ordersAtTheCa()).toEqual([]);
});

test.each([
  ["policy: { orderingBy: [admin] }", "Certificates are not ordered at this level here."],
  ["policy: { limits: { ordersPerAccountPerDay: 0 } }", "The limit for orders within a day is reached"],
  ["policy: { limits: { eurosPerDay: 8 } }", "The limit for orders within a day is reached"],
  ["policy: { products: [11] }", "RapidSSL"],
  ["policy: { showPrices: false }", "I order this certificate, and agree"],
])("%s is held and said", async (settings, said) => {
  const visitor = await openStage(settings);
  await visitor.open("/order", names);
  const page = visitor.hasForm("product") ? await visitor.submit("product") : visitor.text;
  const last =
    visitor.hasForm("place") && said.startsWith("The limit")
      ? await visitor.submit("place", { consent: "yes" })
      : page;
  expect(last).toContain(said);
  if (!said.startsWith("RapidSSL")) expect(ordersAtTheCa()).toEqual([]);
  if (settings.includes("showPrices")) expect(visitor.text).not.toMatch(/€/);
});

test("in a dry run everything is done but the sending, for pages and the command line", async () => {
  const visitor = await openStage("policy: { dryRun: true }");
  await toSummary(visitor);
  expect(visitor.text).toContain("Dry run");
  expect(await visitor.submit("place", { consent: "yes" })).toContain(
    "checked and written down, but not sent",
  );
  const { reference, state, reason } = await stage.order("other.test", { account: "eve" });
  expect([state, reason?.code]).toEqual(["cancelled", "dry-run"]);
  expect(reference).toMatch(/^xs-/);
  expect(ordersAtTheCa()).toEqual([]);
  expect(visitor.hasForm("order-again")).toBe(true);
});

test("an order that was refused can be made again with what was chosen", async () => {
  const visitor = await openStage();
  await toSummary(visitor);
  stage.ca.fault({ kind: "status", status: 400, body: "json", match: { method: "POST", path: /requests$/ } });
  await visitor.submit("place", { consent: "yes" });
  const [failed] = stage.agent.context.store.requests.inState("failed");
  await visitor.open("/request", { id: failed?.reference ?? "" });
  expect(await visitor.submit("order-again")).toContain("Order for €9.00");
  await visitor.submit("place", { consent: "yes" });
  expect(ordersAtTheCa()).toHaveLength(1);
});

test("of a thousand websites the names step shows a page full, the chosen one first, and finds the others", async () => {
  const visitor = await openStage();
  for (let index = 0; index < 1_000; index += 1) stage.panel.addVhost("bob", `site${index}.test`);
  await visitor.open("/order", { names: "site999.test", step: "names" });
  expect(visitor.text).toContain("1001 websites");
  expect(visitor.html.match(/<fieldset/g)).toHaveLength(60);
  expect(visitor.html.indexOf("name:site999.test")).toBeLessThan(visitor.html.indexOf("name:example.test"));
  await visitor.open("/order", { search: "site77", step: "names" });
  expect(visitor.text).toContain("11 websites");
});
