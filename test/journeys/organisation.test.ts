import { markRead, planCall, sendAgreement, sendDocument, sendMessage } from "../../src/jobs/answer-ca.ts";
import { type OrderWish, placeOrder } from "../../src/jobs/place-order.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import type { CallWish } from "../../src/model/request.ts";
import type { StoredRequest } from "../../src/store/requests.ts";
import { exampleOrganisation } from "../fakes/example-organisation.ts";
import { bob } from "../pages/page-fixtures.ts";
import { Visitor } from "./page-visitor.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
let reference: string;
let id: number;
beforeEach(async () => {
  stage = await Stage.open();
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "example.test");
  const { context } = stage.agent;
  const placed = await placeOrder(context, context.makeCsr, wish, "page");
  reference = placed.reference;
  await stage.untilRequest(
    reference,
    ({ dcv }) => dcv.length > 0 && dcv.every(({ state }) => state === "validated"),
  );
  id = Number((await stage.read(reference)).id);
});
afterEach(() => stage.close());

const wish: OrderWish = {
  kind: "order",
  predecessor: null,
  account: "bob",
  accountCreatedAt: "2026-01-01",
  names: [parseHostName("example.test")],
  product: { id: 2, name: "InstantSSL", validation: "OV" },
  years: 1,
  dcvMethod: "DNS",
  approverEmail: null,
  withoutFreeName: true,
  keyKind: "ec-p256",
  organisation: exampleOrganisation,
};

function request(): StoredRequest {
  const found = stage.agent.context.store.requests.get(reference);
  if (found === null) throw new Error("no such request");
  return found;
}

/** A Wednesday after the beginning of every journey. */
const call: CallWish = {
  action: "schedule",
  date: "2026-12-02",
  time: "10:30",
  timezone: "Europe/Amsterdam",
  phone: "+31201234567",
  extension: null,
  email: null,
  comments: null,
};

async function reasonAfter(announce: () => void): Promise<string | null> {
  announce();
  await stage.ca.idle();
  await stage.settle();
  return (await stage.read(reference)).reason?.code ?? null;
}

describe("F-51 every announcement of the CA changes what is shown", () => {
  test("Organization: the check failed, with the CA's message", async () => {
    expect(await reasonAfter(() => stage.ca.failStep(id, "organization", "Not in the register."))).toBe(
      "organization-needed",
    );
    expect(stage.agent.context.store.notes.of(reference)).toMatchObject([
      { fromCa: true, text: "Not in the register." },
    ]);
  });
  test("Phone: the call could not be made; planning a new one is the answer", async () => {
    expect(await reasonAfter(() => stage.ca.failStep(id, "phone"))).toBe("phone-needed");
    await planCall(stage.agent.context, request(), call, "nl", "page");
    expect(stage.ca.order(id).calls).toMatchObject([
      { date: "2026-12-02", time: "10:30", timezone: "Europe/Amsterdam" },
    ]);
    const { timeline } = await stage.read(reference);
    expect(timeline.map(({ kind }) => kind)).toContain("call-planned");
  });
  test("PhonecallDelayed: nobody has to act", async () => {
    expect(await reasonAfter(() => stage.ca.delayCall(id))).toBe("phone-delayed");
    expect((await stage.read(reference)).state).toBe("validating");
  });
  test("Whois and CSR", async () => {
    expect(await reasonAfter(() => stage.ca.failStep(id, "whois"))).toBe("whois-needed");
    expect(
      await reasonAfter(() => {
        stage.ca.completeStep(id, "whois");
        void stage.ca.sendWebhook({ RequestId: id, Status: "Updated", State: "CSR" });
      }),
    ).toBe("csr-refused-by-ca");
  });
  test("Message: shown until somebody answers or has read it", async () => {
    expect(await reasonAfter(() => stage.ca.addNote(id, "Which company is it?"))).toBe("message-waiting");
    await sendMessage(stage.agent.context, request(), "  Example B.V.\r\n", "page");
    await stage.settle();
    expect((await stage.read(reference)).reason).toBeNull();
    expect(stage.ca.order(id).notes.at(-1)).toMatchObject({ message: "Example B.V." });
    await stage.clock.advance(60_000);
    expect(await reasonAfter(() => stage.ca.addNote(id, "Thank you."))).toBe("message-waiting");
    await stage.clock.advance(60_000);
    markRead(stage.agent.context, request());
    await stage.settle();
    expect((await stage.read(reference)).reason).toBeNull();
  });
  test("brand review is nobody's turn but the CA's, and ends in a certificate", async () => {
    stage.ca.setBrandReview(id, true);
    await stage.untilRequest(reference, ({ reason }) => reason?.code === "brand-review");
    stage.ca.setBrandReview(id, false);
    for (const step of ["request", "organization", "whois", "phone"] as const) {
      if (stage.ca.order(id).steps[step] !== undefined) stage.ca.completeStep(id, step);
    }
    await stage.untilState(reference, "installed");
  });
});

describe("what is sent to the CA", () => {
  const pdf = Buffer.from("%PDF-1.7\n…");
  test("a document that is what it says, under a name that can't do harm", async () => {
    const document = {
      name: "../Uittreksel\r\nKvK.pdf",
      type: "text/html",
      content: pdf,
      description: "KvK",
    };
    await expect(
      sendDocument(stage.agent.context, request(), { ...document, content: Buffer.from("<script>") }, "page"),
    ).rejects.toMatchObject({ code: "input-invalid" });
    await sendDocument(stage.agent.context, request(), document, "page");
    expect(stage.ca.order(id).documents).toMatchObject([
      { fileName: "..-Uittreksel--KvK.pdf", contentType: "application/pdf" },
    ]);
  });
  test("the document that somebody chose on the page, byte by byte, through a form without files", async () => {
    const visitor = new Visitor(stage, bob);
    await visitor.open("/answers", { id: reference });
    await visitor.submit("document", {
      document: pdf.toString("base64url"),
      "document-name": "extract.pdf",
      description: "Chamber of commerce",
    });
    expect(stage.ca.order(id).documents).toMatchObject([
      { fileName: "extract.pdf", contentType: "application/pdf" },
    ]);
    expect(Buffer.from(stage.ca.order(id).documents[0]?.content ?? "").equals(pdf)).toBe(true);
  });
  test("from the command line: refused while the account gave no organisation, then with what it gave", async () => {
    const order = { account: "bob", product: "InstantSSL" };
    await expect(stage.order("shop.test", order)).rejects.toMatchObject({
      code: "order-incomplete",
      fields: expect.arrayContaining([{ field: "company", text: "missing" }]),
    });
    const before = stage.ca.requestsTo("POST", /requests$/).length;
    const { store, clock } = stage.agent.context;
    store.drafts.rememberOrganisation("bob", "2026-01-01", wish.organisation, clock.now());
    await stage.order("shop.test", order);
    const sent = stage.ca.requestsTo("POST", /requests$/);
    expect(sent).toHaveLength(before + 1);
    expect(sent.at(-1)?.params).toMatchObject({ company: "Example B.V.", kvk: "12345678" });
  });
  test("no call at a weekend, in the past, in no time zone or to no number", async () => {
    const bad: Partial<CallWish>[] = [
      { date: "2026-12-05" },
      { date: "2026-11-20" },
      { date: "2026-02-31" },
      { time: "25:00" },
      { timezone: "Mars/Olympus" },
      { action: "other-phone", phone: "0800" },
      { action: "by-mail", email: "no address" },
    ];
    for (const change of bad) {
      await expect(
        planCall(stage.agent.context, request(), { ...call, ...change }, null, "page"),
      ).rejects.toMatchObject({ code: "input-invalid" });
    }
    expect(stage.ca.order(id).calls).toEqual([]);
  });
  test("the subscriber agreement, to an address and nothing else", async () => {
    const to = { email: "anna@example.test\r\nBcc: eve@evil.test", language: "nl" };
    await expect(sendAgreement(stage.agent.context, request(), to, "page")).rejects.toMatchObject({
      code: "input-invalid",
    });
    await sendAgreement(stage.agent.context, request(), { ...to, email: "anna@example.test" }, "page");
    expect(stage.ca.mails.at(-1)).toMatchObject({ to: "anna@example.test" });
  });
});
