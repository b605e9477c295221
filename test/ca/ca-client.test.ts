import { generateKeyPairSync } from "node:crypto";
import { type CaTransport, createCaTransport } from "../../src/ca/ca-transport.ts";
import { createRequest } from "../../src/ca/create-request.ts";
import { decodeCsr } from "../../src/ca/decode-csr.ts";
import { downloadCertificate } from "../../src/ca/download-certificate.ts";
import { findOrderByReference } from "../../src/ca/find-order.ts";
import { getApproverEmailAddresses } from "../../src/ca/get-approver-email-addresses.ts";
import { getCertificate } from "../../src/ca/get-certificate.ts";
import { getNotes } from "../../src/ca/get-notes.ts";
import { getProducts } from "../../src/ca/get-products.ts";
import { getRequest } from "../../src/ca/get-request.ts";
import { getRequests } from "../../src/ca/get-requests.ts";
import { findIssued } from "../../src/ca/issued.ts";
import type { OrderForm } from "../../src/ca/order-fields.ts";
import { reissueCertificate } from "../../src/ca/reissue-certificate.ts";
import { retryDcv } from "../../src/ca/retry-dcv.ts";
import { systemClock } from "../../src/clock.ts";
import { makeCertificateRequest, readCertificateRequest } from "../../src/keys/certificate-request.ts";
import { silentLog } from "../../src/logging.ts";
import { buildChain, trustedRoots } from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { Secret } from "../../src/secret.ts";
import { type FakeCa, type FakeCaOptions, startFakeCa } from "../labs/ca/fake-ca.ts";
import type { Fault } from "../labs/ca/faults.ts";

let ca: FakeCa;
let transport: CaTransport;

async function start(options: FakeCaOptions = {}): Promise<void> {
  ca = await startFakeCa(options);
  transport = connect();
}

/** For a CA that never answers; every other call waits as long as a busy machine needs. */
const impatient = { idle: 150, get: 300, download: 300, post: 400 };
const stalls = ["hang", "slow-drip", "endless", "half-body"];

function connect(
  change: { password?: string; trust?: string[]; deadlines?: typeof impatient } = {},
): CaTransport {
  return createCaTransport({
    baseUrl: ca.url,
    username: ca.credentials.userName,
    password: () => new Secret(change.password ?? ca.credentials.password),
    trust: change.trust ?? [ca.tlsRootPem],
    userAgent: "xolphin-ssl/test",
    clock: systemClock,
    log: silentLog,
    deadlines: change.deadlines ?? { idle: 30_000, get: 60_000, download: 60_000, post: 60_000 },
  });
}

/** Does something that is bound to wait in vain, without waiting long. */
async function withoutPatience(fault: Fault, act: () => Promise<void>): Promise<void> {
  if (!stalls.includes(fault.kind)) return act();
  const patient = transport;
  transport = connect({ deadlines: impatient });
  try {
    await act();
  } finally {
    await transport.close();
    transport = patient;
  }
}

test("F-05 the CA's time goes on between its answers, and is not known before the first", async () => {
  await start();
  expect(transport.time).toBeNull();
  const before = Date.now();
  await getProducts(transport, "user");
  const told = transport.time?.getTime() ?? 0;
  // It tells whole seconds.
  expect(told).toBeGreaterThan(before - 1_001);
  expect(told).toBeLessThanOrEqual(Date.now());
  while (transport.time?.getTime() === told) await new Promise((resolve) => setImmediate(resolve));
  expect(transport.time?.getTime()).toBeGreaterThan(told);
});

afterEach(async () => {
  await transport.close();
  await ca.stop();
});

async function orderForm(
  reference: string,
  names = ["example.nl"],
): Promise<{ form: OrderForm; keyId: string }> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  const csr = await makeCertificateRequest(names.map(parseHostName), key);
  const { keyId } = await readCertificateRequest(csr);
  const dcv = names.map((name) => ({ name, type: "DNS" as const, approverEmail: null }));
  const common = { approverEmail: null, withoutFreeName: true, language: null, organisation: {} };
  return { form: { csr, names, dcvType: "DNS", dcv, reference, ...common }, keyId };
}

async function place(reference = "xs-1", names?: string[]) {
  const { form, keyId } = await orderForm(reference, names);
  const { id } = await createRequest(transport, { ...form, productId: 90, years: 1 });
  return { id, keyId, form };
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe("every endpoint against the lab", () => {
  beforeEach(() => start());

  test("an order is what was asked for, and can be read, listed and found again", async () => {
    const { id } = await place("xs-1");
    const request = await getRequest(transport, id, "user");
    expect(request).toMatchObject({
      id,
      domainName: "example.nl",
      years: 1,
      reference: "xs-1",
      requiresAction: false,
    });
    expect(request.steps.map(({ key }) => key)).toContain("dcv");
    expect(request.dcvDomains[0]).toMatchObject({ domain: "example.nl", status: false, dcvType: "DNS" });
    expect((await getRequests(transport, "background")).map((item) => item.id)).toEqual([id]);
    expect(
      await findOrderByReference(transport, {
        reference: "xs-1",
        name: "example.nl",
        since: new Date(),
        keyId: null,
      }),
    ).toBe(id);
    expect(
      await findOrderByReference(transport, {
        reference: "xs-2",
        name: "example.nl",
        since: new Date(),
        keyId: null,
      }),
    ).toBeNull();
  });

  test("products, addresses, decoded CSR and notes", async () => {
    const products = await getProducts(transport, "user");
    expect(products.find(({ id }) => id === 90)).toMatchObject({
      name: "EssentialSSL",
      type: "SINGLE",
      validation: "DV",
    });
    expect(products.every(({ prices }) => prices.every(({ price }) => Number.isInteger(price?.cents)))).toBe(
      true,
    );
    expect(await getApproverEmailAddresses(transport, "*.example.nl")).toContain("admin@example.nl");
    const { id, form } = await place();
    expect((await decodeCsr(transport, form.csr)).cn).toBe("example.nl");
    expect(await getNotes(transport, id)).toEqual([]);
    await retryDcv(transport, id, { domain: "example.nl", dcvType: "DNS", email: null }, "user");
  });

  test("what the CA refuses comes with its fields", async () => {
    const { form } = await orderForm("xs-1");
    await expect(createRequest(transport, { ...form, productId: 424242, years: 1 })).rejects.toMatchObject({
      code: "ca-refused-order",
      fields: [expect.objectContaining({ field: "product" })],
    });
    await expect(getRequest(transport, 1, "user")).rejects.toEqual(code("ca-not-found"));
    await expect(getCertificate(transport, 1, "user")).rejects.toEqual(code("ca-not-found"));
  });

  test("neither password nor credentials in an address", async () => {
    await place();
    const seen = JSON.stringify(ca.requests);
    expect(seen).not.toContain(ca.credentials.password);
    expect(ca.requests.every(({ path }) => !path.includes("@"))).toBe(true);
  });
});

describe("is it issued?", () => {
  beforeEach(() => start());
  const query = (ids: number[], keyId: string, search = false) => ({
    ids,
    keyId,
    name: "example.nl",
    since: new Date(),
    search,
  });

  test("not before, and then with a chain that leads to the root", async () => {
    const { id, keyId } = await place();
    expect(await findIssued(transport, query([id], keyId), "issued")).toEqual({ kind: "none" });
    await ca.issue(id);
    const issued = await findIssued(transport, query([id], keyId), "issued");
    if (issued.kind !== "issued") throw new Error(issued.kind);
    expect(issued.leaf.keyId).toBe(keyId);
    expect(buildChain(issued.leaf, issued.pool, trustedRoots([ca.rootPem], false), new Date())).toMatchObject(
      {
        complete: true,
        problem: null,
      },
    );
  });

  test("U1 under another id, by name and key", async () => {
    ca.set({ certificateId: "other" });
    const { id, keyId } = await place();
    await ca.issue(id);
    expect(await findIssued(transport, query([id], keyId), "issued")).toEqual({ kind: "none" });
    expect(await findIssued(transport, query([id], keyId, true), "issued")).toMatchObject({ kind: "issued" });
  });

  test.each(["new", "same"] as const)(
    "U3 U4 a reissue under a %s id: the old certificate is not taken for the new one",
    async (reissueId) => {
      ca.set({ reissueId, downloadDuringReissue: "old" });
      const { id } = await place();
      await ca.issue(id);
      const { form, keyId } = await orderForm("xs-2");
      const again = await reissueCertificate(transport, id, form, "user");
      expect(await findIssued(transport, query([again.id, id], keyId), "issued")).toEqual({
        kind: "other-key",
      });
      await ca.issue(again.id);
      expect(await findIssued(transport, query([again.id, id], keyId), "issued")).toMatchObject({
        kind: "issued",
      });
    },
  );

  test("F-26 a certificate for another key is not ours", async () => {
    ca.set({ leaf: { otherKey: true } });
    const { id, keyId } = await place();
    await ca.issue(id);
    expect(await findIssued(transport, query([id], keyId), "issued")).toEqual({ kind: "other-key" });
  });
});

describe("faults", () => {
  beforeEach(() => start());
  const onList = (fault: Fault): Fault => ({ ...fault, times: 10, match: { path: /requests/ } }) as Fault;

  test.each<[string, Fault, string]>([
    ["F-06 500", { kind: "status", status: 500 }, "ca-fault"],
    ["F-06 502 with a page", { kind: "status", status: 502, body: "html" }, "ca-fault"],
    ["F-06 503", { kind: "status", status: 503 }, "ca-fault"],
    ["F-06 504 without a body", { kind: "status", status: 504, body: "empty" }, "ca-fault"],
    ["F-07 429", { kind: "status", status: 429 }, "ca-busy"],
    ["F-08 401", { kind: "status", status: 401 }, "ca-refused-us"],
    ["F-08 403", { kind: "status", status: 403 }, "ca-refused-us"],
    ["F-09 404", { kind: "status", status: 404 }, "ca-not-found"],
    ["F-09 410", { kind: "status", status: 410 }, "ca-not-found"],
    ["F-10 no answer", { kind: "hang" }, "ca-unreachable"],
    ["F-10 drop by drop", { kind: "slow-drip", everyMs: 100, bytes: 1 }, "ca-unreachable"],
    ["F-10 reset", { kind: "reset-before" }, "ca-unreachable"],
    ["F-10 half a body", { kind: "half-body" }, "ca-unreachable"],
    ["F-10 a length that is too short", { kind: "short-content-length" }, "ca-answer-unreadable"],
    ["F-10 an endless body", { kind: "endless" }, "ca-answer-unreadable"],
    ["F-11 a page with 200", { kind: "html" }, "ca-answer-unreadable"],
    ["F-11 nothing with 200", { kind: "empty" }, "ca-answer-unreadable"],
    ["F-11 garbage", { kind: "garbage" }, "ca-answer-unreadable"],
    ["F-11 an error inside 200", { kind: "error-inside-200" }, "ca-answer-unreadable"],
    ["F-11 a question refused with 422", { kind: "status", status: 422 }, "ca-answer-unreadable"],
    ["F-11 another id", { kind: "wrong-id" }, "ca-answer-unreadable"],
    ["T-12 a redirect", { kind: "redirect", location: "https://127.0.0.1:1/steal" }, "ca-answer-unreadable"],
  ])("%s is %s", async (_name, fault, expected) => {
    const { id } = await place();
    ca.fault(onList(fault));
    await withoutPatience(fault, () =>
      expect(getRequest(transport, id, "user")).rejects.toEqual(code(expected)),
    );
  });

  test("F-06 a hiccup costs a GET nothing but a moment", async () => {
    const { id } = await place();
    ca.fault({ kind: "status", status: 502, match: { path: /requests/ }, times: 2 });
    expect((await getRequest(transport, id, "user")).id).toBe(id);
  });

  test.each([
    [120, 120_000],
    ["date", null],
    [999_999_999, null],
  ] as const)("F-07 Retry-After %s is told on", async (retryAfter, wait) => {
    const { id } = await place();
    ca.fault({ kind: "status", status: 429, retryAfter, match: { path: /requests/ } });
    const error = await getRequest(transport, id, "user").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ca-busy", notBefore: expect.any(Date) });
    if (wait !== null) {
      const { notBefore } = error as { notBefore: Date };
      expect(Math.abs(notBefore.getTime() - Date.now() - wait)).toBeLessThan(5_000);
    }
  });

  test("F-07 the budget is read from every answer, also from one that something is not there", async () => {
    ca.set({ rateLimit: { limit: 100 } });
    await getProducts(transport, "user");
    expect(transport.budget).toEqual({ limit: 100, remaining: 99 });
    await expect(getRequest(transport, 999_999, "user")).rejects.toEqual(code("ca-not-found"));
    expect(transport.budget).toEqual({ limit: 100, remaining: 98 });
  });

  test("F-08 after a refusal nothing more is sent", async () => {
    await transport.close();
    transport = connect({ password: "wrong" });
    await expect(getProducts(transport, "user")).rejects.toEqual(code("ca-refused-us"));
    const sent = ca.requests.length;
    await expect(getProducts(transport, "user")).rejects.toEqual(code("ca-refused-us"));
    expect(ca.requests).toHaveLength(sent);
  });

  test.each<[string, Fault]>([
    ["its reply is lost", { kind: "reset-after" }],
    ["no reply comes", { kind: "hang" }],
    ["half the reply comes", { kind: "half-body" }],
    ["the reply is garbage", { kind: "garbage" }],
  ])(
    "T-23 an order is never sent twice: when %s, the outcome is unknown and the reference finds it",
    async (_name, fault) => {
      ca.fault({ ...fault, match: { method: "POST", path: /requests$/ } } as Fault);
      await withoutPatience(fault, () => expect(place("xs-7")).rejects.toEqual(code("ca-outcome-unknown")));
      expect(ca.requestsTo("POST", /requests$/)).toHaveLength(1);
      const wanted = { reference: "xs-7", name: "example.nl", since: new Date(), keyId: null };
      expect(await findOrderByReference(transport, wanted)).toEqual(
        fault.kind === "hang" ? null : expect.any(Number),
      );
    },
  );

  test("T-23 an order that is listed and can't be read may be ours: it is not taken for somebody else's", async () => {
    const { id } = await place("xs-8");
    const wanted = { reference: "xs-8", name: "example.nl", since: new Date(), keyId: null };
    ca.fault({ kind: "status", status: 404, match: { method: "GET", path: /requests\/\d+$/ } });
    await expect(findOrderByReference(transport, wanted)).rejects.toEqual(code("ca-answer-unreadable"));
    expect(await findOrderByReference(transport, wanted)).toBe(id);
  });

  test("T-23 an order that was issued meanwhile and answers no longer is known by its key (U2)", async () => {
    ca.set({ issuedRequest: "404" });
    const { id, keyId } = await place("xs-9");
    ca.issue(id);
    const wanted = { reference: "xs-9", name: "example.nl", since: new Date(), keyId };
    expect(await findOrderByReference(transport, wanted)).toBe(id);
    expect(await findOrderByReference(transport, { ...wanted, keyId: "another" })).toBeNull();
    ca.fault({ kind: "status", status: 404, match: { method: "GET", path: /certificates\/\d+$/ } });
    await expect(findOrderByReference(transport, wanted)).rejects.toEqual(code("ca-answer-unreadable"));
  });

  test.each<[string, Fault, string]>([
    ["was cut short", { kind: "short-content-length" }, "certificate-unreadable"],
    ["is another one's", { kind: "other-order" }, "ca-answer-unreadable"],
  ])(
    "T-23 F-11 a file that %s does not tell that the certificate has another key",
    async (_name, fault, why) => {
      ca.set({ issuedRequest: "404" });
      const { id, keyId } = await place("xs-9");
      const { id: another } = await place("xs-10", ["another.example"]);
      ca.issue(id);
      ca.issue(another);
      const wanted = { reference: "xs-9", name: "example.nl", since: new Date(), keyId };
      ca.fault({ ...fault, match: { path: /download$/ } } as Fault);
      await expect(findOrderByReference(transport, wanted)).rejects.toEqual(code(why));
      expect(await findOrderByReference(transport, wanted)).toBe(id);
    },
  );

  test("a list with a page that fails is no list", async () => {
    for (let number = 0; number < 3; number += 1) await place(`xs-${number}`, [`a${number}.example.nl`]);
    ca.set({ maxPageSize: 2 });
    ca.fault({ kind: "garbage", match: { path: /requests/ }, after: 1 });
    await expect(getRequests(transport, "background")).rejects.toEqual(code("ca-answer-unreadable"));
    expect(await getRequests(transport, "background")).toHaveLength(3);
  });

  test.each([
    ["is no list", {}, null],
    ["is a notice", { message: "Maintenance." }, null],
    [
      "hides how many pages there are, and holds less than there is",
      { total: 24, _embedded: { requests: [] } },
      null,
    ],
    ["is empty, without its member", { page: 1, pages: 0, total: 0 }, []],
    ["tells nothing but what it holds", { _embedded: { requests: [{ id: 7 }] } }, [7]],
  ])(
    "F-11 what is missing from an answer that %s proves something only if it is a list",
    async (_name, answer, ids) => {
      const answering = { get: async () => answer } as unknown as CaTransport;
      const reading = getRequests(answering, "background").then((list) => list.map(({ id }) => id));
      if (ids === null) await expect(reading).rejects.toEqual(code("ca-answer-unreadable"));
      else expect(await reading).toEqual(ids);
    },
  );

  test.each<[string, Fault]>([
    ["JSON", { kind: "error-inside-200" }],
    ["a page", { kind: "html" }],
    ["nothing", { kind: "empty" }],
    ["half of it", { kind: "half-body" }],
  ])("F-11 a download that is %s is no certificate", async (_name, fault) => {
    const { id } = await place();
    await ca.issue(id);
    ca.fault({ ...fault, times: 9, match: { path: /download/ } } as Fault);
    await expect(downloadCertificate(transport, id, "CRT", "issued")).rejects.toMatchObject({
      code: expect.stringMatching(/^(ca-answer-unreadable|certificate-unreadable|ca-unreachable)$/),
    });
  });

  test.each(["expired", "other-name", "untrusted"] as const)(
    "F-39 a CA server whose certificate is %s is not talked to",
    async (kind) => {
      ca.useServerCertificate(kind);
      await expect(getProducts(transport, "user")).rejects.toEqual(code("ca-unreachable"));
      expect(ca.requests).toEqual([]);
    },
  );

  test("F-39 there is no switch: the environment can't turn verification off", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      await transport.close();
      transport = connect({ trust: [] });
      await expect(getProducts(transport, "user")).rejects.toEqual(code("ca-unreachable"));
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });
});

describe("every reading of the open questions", () => {
  test.each([
    { dates: "no-colon" },
    { dates: "zulu" },
    { dates: "fraction" },
    { dates: "local" },
    { dates: "date-only" },
    { booleans: "integer" },
    { booleans: "text" },
    { statusDetail: "integer" },
    { statusDetail: "boolean" },
    { statusDetail: "text" },
    { createStatus: 201 },
    { productKeys: "old" },
    { maxPageSize: 1 },
    { dnsRecord: "upper-case" },
    { altNames: "keyed-objects" },
    { altNames: "texts" },
  ] as const)("%j", async (switches) => {
    await start({ switches });
    const { id, form } = await place();
    const request = await getRequest(transport, id, "user");
    expect(request.dateOrdered).toBeInstanceOf(Date);
    expect(request.dcvDomains).toMatchObject([{ status: false }]);
    expect((await getRequests(transport, "user")).map((item) => item.id)).toEqual([id]);
    const products = await getProducts(transport, "user");
    const multi = products.find(({ type }) => type === "MULTI");
    expect(multi?.includedDomains).toEqual(expect.any(Number));
    expect((await decodeCsr(transport, form.csr)).altNames).toEqual(expect.any(Array));
  });

  test.each(["map-of-arrays", "map-of-texts", "array", "nested", "message-only"] as const)(
    "U12 errors as %s",
    async (errors) => {
      await start({ switches: { errors } });
      const { form } = await orderForm("xs-1");
      await expect(createRequest(transport, { ...form, productId: 424242, years: 1 })).rejects.toEqual(
        code("ca-refused-order"),
      );
    },
  );
});
