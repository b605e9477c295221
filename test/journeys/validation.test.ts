import { CodedError } from "../../src/errors.ts";
import { changeValidation } from "../../src/jobs/change-validation.ts";
import { bob } from "../pages/page-fixtures.ts";
import { Visitor } from "./page-visitor.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  const address = { type: "A", data: "127.0.0.1", ttl: 60 } as const;
  stage = await Stage.open({
    zone: [
      { name: "example.test", ...address },
      { name: "www.example.test", ...address },
    ],
  });
});
afterEach(() => stage.close());

/** The panel answers as one whose zones are at another provider. */
function moveZonesAway(): void {
  const { publishDcv } = stage.panel;
  stage.panel.publishDcv = async (answer) => {
    if (answer.method === "DNS") throw new CodedError("dcv-zone-elsewhere");
    return publishDcv.call(stage.panel, answer);
  };
}

async function change(
  reference: string,
  wish: Partial<Parameters<typeof changeValidation>[2]>,
): Promise<void> {
  const request = stage.agent.context.store.requests.get(reference);
  if (request === null) throw new Error("no such request");
  await changeValidation(
    stage.agent.context,
    request,
    { name: null, method: null, email: null, ...wish },
    "page",
  );
}

test("a zone elsewhere: the file is chosen by itself, and the next reissue begins with it", async () => {
  moveZonesAway();
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.dcv.map(({ method }) => method)).toEqual(["FILE", "FILE"]);
  expect(done.timeline.filter(({ kind }) => kind === "needs-you").length).toBeLessThanOrEqual(2);
  expect(stage.panel.files.size).toBe(0);
  const again = await stage.agent.operations.reissue(placed.reference);
  const order = stage.ca.requestsTo("POST", /reissue/).at(-1);
  expect(JSON.parse(String(order?.params["dcv"] ?? "[]"))).toMatchObject([
    { domain: "example.test", dcvType: "FILE" },
  ]);
  await stage.untilState(again.reference, "installed");
});

test("neither zone nor website here: what is left to do is a record, and adding it by hand is enough", async () => {
  stage.panel.publishDcv = async ({ method }) => {
    throw new CodedError(method === "DNS" ? "dcv-zone-elsewhere" : "dcv-file-blocked");
  };
  const placed = await stage.order("example.test");
  const waiting = await stage.untilRequest(
    placed.reference,
    ({ state, dcv }) =>
      state === "needs-you" &&
      dcv.length === 2 &&
      dcv.every(
        ({ method, record, state: name }) => method === "DNS" && record !== null && name === "needs-you",
      ),
  );
  for (const { record } of waiting.dcv) {
    if (record !== null) {
      stage.panel.records.push({ name: record.owner, type: record.type, data: record.value, ttl: 60 });
    }
  }
  await stage.untilState(placed.reference, "installed");
});

test("mail goes only to addresses that the CA names, is sent again, and its answer issues the certificate", async () => {
  stage.panel.publishDcv = async () => {
    throw new CodedError("dcv-zone-elsewhere");
  };
  const placed = await stage.order("example.test");
  await stage.settle();
  await expect(change(placed.reference, { method: "EMAIL", email: "eve@evil.test" })).rejects.toMatchObject({
    code: "input-invalid",
  });
  await change(placed.reference, { method: "EMAIL", email: "Hostmaster@example.test" });
  const id = Number((await stage.read(placed.reference)).id);
  const asked = await stage.untilRequest(placed.reference, ({ dcv }) =>
    dcv.every(({ email, state }) => email === "hostmaster@example.test" && state === "needs-you"),
  );
  // The CA has done its part: it is the turn of whoever reads that mail.
  expect(asked).toMatchObject({ state: "needs-you", reason: { code: "dcv-email-waiting" } });
  const sent = stage.ca.requestsTo("POST", /retry-dcv/).length;
  await change(placed.reference, {});
  expect(stage.ca.requestsTo("POST", /retry-dcv/).length).toBe(sent + 2);
  stage.ca.approveEmail(id);
  await stage.untilState(placed.reference, "installed");
});

test("a name that is validated already is not asked for again", async () => {
  const placed = await stage.order("example.test");
  await stage.untilState(placed.reference, "installed");
  await expect(change(placed.reference, {})).rejects.toMatchObject({ code: "nothing-to-do" });
});

test.each([
  ["example.test", "Once, at the registrar of example.test: set its name servers to ns1.host.test."],
  [
    "shop.example.test",
    "Once, where the DNS of the domain is managed: delegate shop.example.test with NS records to ns1.host.test.",
  ],
])("where the DNS of %s is elsewhere, its page offers a delegation that is set once", async (name, offer) => {
  await stage.close();
  const elsewhere = async (ownNameServers: readonly string[]): Promise<string> => {
    stage = await Stage.open({ ownNameServers });
    stage.panel.publishDcv = async ({ method }) => {
      throw new CodedError(method === "DNS" ? "dcv-zone-elsewhere" : "dcv-file-blocked");
    };
    const { reference } = await stage.order(name);
    await stage.untilState(reference, "needs-you");
    const visitor = new Visitor(stage, bob);
    await visitor.open("/validation", { id: reference });
    return visitor.text;
  };
  // Where the settings name no name servers there is nothing to delegate to.
  expect(await elsewhere([])).not.toMatch(/registrar|NS records/);
  await stage.close();
  expect(await elsewhere(["ns1.host.test"])).toContain(offer);
});
