import { connect } from "node:tls";
import type { FakeCa } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import type { Fault } from "../ca/faults.ts";
import type { Customer } from "./ca-customer.ts";
import { customerOf, orderFields } from "./ca-customer.ts";

let ca: FakeCa;
let customer: Customer;

beforeEach(async () => {
  ca = await startFakeCa({ now: () => new Date("2026-11-24T09:00:00Z") });
  customer = customerOf(ca);
});

afterEach(async () => {
  await customer.close();
  await ca.stop();
});

async function order(name = "example.nl"): Promise<number> {
  return (await customer.post("requests", orderFields(name))).json().id;
}

it.each<[Fault, number, string | null]>([
  [{ kind: "status", status: 500 }, 500, null],
  [{ kind: "status", status: 502, body: "html" }, 502, null],
  [{ kind: "status", status: 503, retryAfter: 120 }, 503, "120"],
  [{ kind: "status", status: 504, body: "empty" }, 504, null],
  [{ kind: "status", status: 429, retryAfter: "date" }, 429, "Tue, 24 Nov 2026 09:01:00 GMT"],
  [{ kind: "status", status: 429, retryAfter: "99999999999" }, 429, "99999999999"],
  [{ kind: "status", status: 401 }, 401, null],
  [{ kind: "status", status: 403 }, 403, null],
])("answers %j without carrying the call out (F-06 to F-08)", async (fault, status, retryAfter) => {
  ca.fault(fault);
  const answer = await customer.post("requests", orderFields("example.nl"));
  expect(answer.status).toBe(status);
  expect(answer.headers.get("retry-after")).toBe(retryAfter);
  expect((await customer.get("requests")).json().total).toBe(0);
});

it("answers a gateway's timeout for an order that exists all the same", async () => {
  ca.fault({ kind: "status", status: 504, carriedOut: true, body: "html" });
  expect((await customer.post("requests", orderFields("example.nl"))).status).toBe(504);
  expect((await customer.get("requests")).json().total).toBe(1);
});

it("loses the reply of an order that exists, or resets before it does (F-10)", async () => {
  ca.fault({ kind: "reset-before", match: { method: "POST" } });
  await expect(order()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  expect((await customer.get("requests")).json().total).toBe(0);
  ca.fault({ kind: "reset-after", match: { method: "POST" } });
  await expect(order()).rejects.toThrow();
  expect((await customer.get("requests")).json().total).toBe(1);
  expect(ca.requestsTo("POST", /requests$/).map((request) => [request.fault, request.status])).toEqual([
    ["reset-before", undefined],
    ["reset-after", undefined],
  ]);
});

it.each<[Fault, (text: string) => void]>([
  [{ kind: "html" }, (text) => expect(text).toMatch(/^<!DOCTYPE html>/)],
  [{ kind: "empty" }, (text) => expect(text).toBe("")],
  [{ kind: "garbage" }, (text) => expect(() => JSON.parse(text)).toThrow()],
  [{ kind: "error-inside-200" }, (text) => expect(JSON.parse(text)).toHaveProperty("errors")],
  [
    { kind: "wrong-id" },
    (text) => expect(JSON.parse(text)).toMatchObject({ id: 964_200_103, domainName: "b.nl" }),
  ],
  [
    { kind: "other-order" },
    (text) => expect(JSON.parse(text)).toMatchObject({ id: 964_200_101, domainName: "a.nl" }),
  ],
  [
    { kind: "wrong-types" },
    (text) =>
      expect(JSON.parse(text)).toMatchObject({
        id: [964_200_102],
        validations: 7,
        requiresAction: "perhaps",
      }),
  ],
  [{ kind: "short-content-length" }, (text) => expect(() => JSON.parse(text)).toThrow()],
])("spoils one answer with %j and no other (F-11)", async (fault, expectText) => {
  await order("a.nl");
  const id = await order("b.nl");
  ca.fault({ ...fault, match: { method: "GET", path: /requests\/\d+$/ } });
  const spoilt = await customer.get(`requests/${id}`);
  expect(spoilt.status).toBe(200);
  expectText(spoilt.text);
  expect((await customer.get(`requests/${id}`)).json()).toMatchObject({ id, domainName: "b.nl" });
});

it("serves another certificate's file", async () => {
  const [first, second] = [await order("a.nl"), await order("b.nl")];
  ca.issue(first);
  ca.issue(second);
  const other = await customer.download(first);
  ca.fault({ kind: "other-order", match: { path: /download/ } });
  expect(await customer.download(second)).toBe(other);
});

it("breaks off in the middle of a body", async () => {
  ca.fault({ kind: "half-body" });
  await expect(customer.get("products")).rejects.toThrow();
});

it("redirects elsewhere", async () => {
  ca.fault({ kind: "redirect", location: "https://127.0.0.1:1/v1/products" });
  const answer = await customer.get("products");
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "https://127.0.0.1:1/v1/products"]);
});

it("drips, pours without end, or says nothing, until the caller goes", async () => {
  ca.fault({ kind: "slow-drip", everyMs: 1, bytes: 400 });
  expect((await customer.get("products")).json().total).toBe(10);
  for (const kind of ["endless", "hang"] as const) {
    ca.fault({ kind });
    const seen = await bytesBeforeLeaving(kind === "endless" ? 1_000_000 : 0);
    expect(seen >= 1_000_000).toBe(kind === "endless");
  }
});

/** Reads until `enough` bytes came, or, for none, until the call is on the list; then leaves. */
function bytesBeforeLeaving(enough: number): Promise<number> {
  const { hostname, port } = new URL(ca.url);
  const basic = Buffer.from(`${ca.credentials.userName}:${ca.credentials.password}`).toString("base64");
  const callsBefore = ca.requests.length;
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = connect({ host: hostname, port: Number(port), ca: ca.tlsRootPem }, () => {
      socket.write(`GET /v1/products HTTP/1.1\r\nHost: ca\r\nAuthorization: Basic ${basic}\r\n\r\n`);
      if (enough === 0) waitForCall();
    });
    const leave = (): void => {
      socket.destroy();
      resolve(bytes);
    };
    const waitForCall = (): void => {
      if (ca.requests.length > callsBefore) leave();
      else setImmediate(waitForCall);
    };
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes >= enough) leave();
    });
    socket.on("error", reject);
  });
}

describe("the plan", () => {
  it("hits as many matching calls as told, after as many as told", async () => {
    const planned = ca.fault({
      kind: "status",
      status: 503,
      match: { path: /products/ },
      after: 1,
      times: 2,
    });
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      statuses.push((await customer.get("products")).status);
      await customer.get("requests");
    }
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    expect(planned.hits).toBe(2);
  });

  it("goes on until it is removed or cleared", async () => {
    const forever = { kind: "status", status: 500, times: Number.POSITIVE_INFINITY } as const;
    const planned = ca.fault(forever);
    expect((await customer.get("products")).status).toBe(500);
    expect((await customer.get("products")).status).toBe(500);
    planned.remove();
    expect((await customer.get("products")).status).toBe(200);
    ca.fault(forever);
    ca.clearFaults();
    expect((await customer.get("products")).status).toBe(200);
  });
});

describe("a stale CA (F-12)", () => {
  it("says pending for some reads after issuing", async () => {
    ca.set({ staleReads: 2 });
    const id = await order();
    ca.issue(id);
    expect((await customer.get(`requests/${id}`)).status).toBe(200);
    expect((await customer.get(`certificates/${id}`)).status).toBe(404);
    expect((await customer.get("certificates")).json().total).toBe(0);
    expect((await customer.get(`certificates/${id}`)).status).toBe(200);
    expect((await customer.get(`requests/${id}`)).status).toBe(404);
  });

  it("serves the old certificate for one read of a reissued one", async () => {
    ca.set({ reissueId: "same" });
    const id = await order();
    ca.issue(id);
    const old = await customer.download(id);
    await customer.post(`certificates/${id}/reissue`, orderFields("example.nl"));
    ca.issue(id);
    ca.fault({ kind: "stale", match: { path: /download/ } });
    expect(await customer.download(id)).toBe(old);
    expect(await customer.download(id)).not.toBe(old);
  });
});
