import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { FakeClock } from "../../fakes/fake-clock.ts";
import type { FakeCa, FakeCaOptions } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import { createServerCertificates } from "../ca/server-certificates.ts";
import type { WebhookSwitches } from "../ca/switches.ts";
import type { Customer } from "./ca-customer.ts";
import { companyFields, customerOf, makeCsr, orderFields } from "./ca-customer.ts";

interface Hit {
  method: string;
  url: string;
  body: string;
  from: string | undefined;
}

let ca: FakeCa;
let customer: Customer;
let receiver: Server;
let hits: Hit[];
/** What the receiver answers, one after the other; 200 when there is nothing more. */
let statuses: number[];

async function start(
  webhook: Partial<WebhookSwitches> = {},
  options: FakeCaOptions = {},
  secure?: { cert: string; key: string },
): Promise<void> {
  hits = [];
  statuses = [];
  const answer: Parameters<typeof createHttpServer>[1] = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    hits.push({
      method: request.method ?? "",
      url: decodeURIComponent(request.url ?? ""),
      body: Buffer.concat(chunks).toString(),
      from: request.socket.remoteAddress,
    });
    response.writeHead(statuses.shift() ?? 200);
    response.end("OK");
  };
  receiver = secure === undefined ? createHttpServer(answer) : createHttpsServer(secure, answer);
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  const url = `${secure === undefined ? "http" : "https"}://127.0.0.1:${port}/webhook`;
  ca = await startFakeCa({
    now: () => new Date("2026-11-24T09:00:00Z"),
    ...options,
    switches: { issueDelayMs: 0, ...options.switches, webhook: { url, ...webhook } },
  });
  customer = customerOf(ca);
}

afterEach(async () => {
  await customer.close();
  await ca.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

async function order(changes: Record<string, string | undefined> = {}, name = "example.nl"): Promise<number> {
  return (await customer.post("requests", orderFields(name, changes))).json().id;
}

const urls = (): string[] => hits.map((hit) => hit.url);

it("are not made without an address, and a missing receiver is only noted", async () => {
  await start({ url: null });
  const id = await order();
  ca.issue(id);
  await ca.idle();
  expect(ca.deliveries).toEqual([]);
  ca.set({ webhook: { url: "http://127.0.0.1:1/webhook" } });
  const [delivery] = await ca.sendWebhook({ RequestId: id, Status: "Issued" });
  expect(delivery).toMatchObject({ attempt: 1, error: expect.stringContaining("ECONNREFUSED") });
});

it("are GETs that name the validated domain and then say Issued, from the chosen address", async () => {
  await start({ localAddress: "127.0.0.2" });
  const id = await order({ disableFreeSan: undefined });
  ca.completeDomain(id, "www.example.nl");
  ca.completeDomain(id, "example.nl");
  await ca.idle();
  expect(urls()).toEqual([
    `/webhook?RequestId=${id}&Status=Updated&State=DCV&Domain=www.example.nl`,
    `/webhook?RequestId=${id}&Status=Updated&State=DCV&Domain=example.nl`,
    `/webhook?RequestId=${id}&Status=Issued`,
  ]);
  expect(hits[0]).toMatchObject({ method: "GET", body: "", from: "127.0.0.2" });
  expect(ca.deliveries[2]).toMatchObject({
    status: 200,
    body: "OK",
    call: { RequestId: id, Status: "Issued" },
  });
});

it("are forms where POST is switched, to each of several addresses (U28, U29)", async () => {
  await start({ method: "POST" });
  const url = String(ca.switches.webhook.url);
  ca.set({ webhook: { url: [url, `${url}/second`] } });
  ca.issue(await order());
  await ca.idle();
  expect(hits.map(({ method, url: path, body }) => [method, path, body])).toEqual([
    ["POST", "/webhook", "RequestId=964200101&Status=Issued"],
    ["POST", "/webhook/second", "RequestId=964200101&Status=Issued"],
  ]);
});

it.each<[string, (id: number) => void, string]>([
  ["a note of the staff", (id) => ca.addNote(id, "Hello"), "Message"],
  ["a call that is put off", (id) => ca.delayCall(id), "PhonecallDelayed"],
  ["a call that failed", (id) => ca.failStep(id, "phone"), "Phone"],
  ["a company that was not found", (id) => ca.failStep(id, "organization"), "Organization"],
  ["an owner that was not found", (id) => ca.failStep(id, "whois"), "Whois"],
  ["a CSR that failed", (id) => ca.failStep(id, "request"), "CSR"],
])("tell of %s", async (_, act, state) => {
  await start();
  const id = await order({ product: "2", ...companyFields });
  act(id);
  await ca.idle();
  expect(urls()).toEqual([`/webhook?RequestId=${id}&Status=Updated&State=${state}`]);
});

it("tell of a deleted and, where switched, of a cancelled request", async () => {
  await start({ onCancel: false });
  const [first, second, third] = [await order(), await order(), await order()];
  await customer.post(`requests/${first}/cancel`);
  ca.set({ webhook: { onCancel: true } });
  await customer.post(`requests/${second}/cancel`);
  ca.deleteRequest(third);
  await ca.idle();
  expect(urls()).toEqual([
    `/webhook?RequestId=${second}&Status=Deleted`,
    `/webhook?RequestId=${third}&Status=Deleted`,
  ]);
});

it("announce once that a certificate under a subscription can be reissued (U30)", async () => {
  await start();
  const id = await order({ years: "2" });
  ca.issue(id);
  ca.advanceClock(169 * 86_400);
  await ca.idle();
  expect(urls()).toEqual([`/webhook?RequestId=${id}&Status=Issued`]);
  ca.advanceClock(86_400);
  ca.advanceClock(86_400);
  await ca.idle();
  expect(urls().slice(1)).toEqual([`/webhook?RequestId=${id}&Status=Updated&State=ReadyForReissue`]);
});

it("never announce it where that is switched off", async () => {
  await start({}, { switches: { readyForReissueDays: null } });
  ca.issue(await order({ years: "2" }));
  ca.advanceClock(199 * 86_400);
  await ca.idle();
  expect(hits).toHaveLength(1);
});

it("name the original certificate for a reissue (U3)", async () => {
  await start({}, { switches: { reissueWebhookId: "original-id" } });
  const id = await order();
  ca.issue(id);
  const fields = { csr: makeCsr("example.nl").pem, dcvType: "DNS", disableFreeSan: "1" };
  const reissue = (await customer.post(`certificates/${id}/reissue`, fields)).json().id;
  ca.issue(reissue);
  await ca.idle();
  expect(urls()).toEqual([
    `/webhook?RequestId=${id}&Status=Issued`,
    `/webhook?RequestId=${id}&Status=Issued`,
  ]);
});

it("come more than once (F-14)", async () => {
  await start({ copies: 3 });
  ca.issue(await order());
  await ca.idle();
  expect(hits).toHaveLength(3);
});

it("come reversed, or when and as they are released (F-15)", async () => {
  await start({ reorder: 2 });
  const id = await order();
  ca.completeDomain(id, "example.nl");
  await ca.idle();
  expect(urls()).toEqual([
    `/webhook?RequestId=${id}&Status=Issued`,
    `/webhook?RequestId=${id}&Status=Updated&State=DCV&Domain=example.nl`,
  ]);
  ca.set({ webhook: { hold: true } });
  const [second, third] = [await order(), await order()];
  ca.issue(second);
  ca.issue(third);
  await ca.idle();
  expect(ca.heldWebhooks.map((call) => call.RequestId)).toEqual([second, third]);
  await ca.releaseWebhooks((calls) => calls.reverse());
  expect(hits.slice(2).map((hit) => hit.url.match(/\d+/)?.[0])).toEqual([String(third), String(second)]);
  expect(ca.heldWebhooks).toEqual([]);
});

it("come late", async () => {
  const clock = new FakeClock();
  await start({ delayMs: 5000 }, { after: (ms, callback) => clock.after(ms, callback) });
  ca.issue(await order());
  await clock.advance(4999);
  expect(ca.deliveries).toEqual([]);
  await clock.advance(1);
  await ca.idle();
  expect(hits).toHaveLength(1);
});

it("come again after an answer that is no 2xx, as often as switched", async () => {
  await start({ retries: 2, retryDelayMs: 1 });
  statuses = [503, 404, 500];
  ca.issue(await order());
  await ca.idle();
  expect(ca.deliveries.map((delivery) => [delivery.attempt, delivery.status])).toEqual([
    [1, 503],
    [2, 404],
    [3, 500],
  ]);
});

it("arrive before the answer to the order they are about (F-16)", async () => {
  await start({ beforeReply: true });
  const answer = await customer.post("requests", orderFields("example.nl"));
  expect(urls()).toEqual([`/webhook?RequestId=${answer.json().id}&Status=Updated&State=Message`]);
});

it("bring Issued before the answer to an order that needs no validation (F-16)", async () => {
  await start({ beforeReply: true }, { switches: { preValidated: ["example.nl"] } });
  const answer = await customer.post("requests", orderFields("example.nl"));
  expect(urls()).toEqual([`/webhook?RequestId=${answer.json().id}&Status=Issued`]);
  expect(answer.status).toBe(200);
});

it("check the receiver's certificate against the roots they are given", async () => {
  const certificates = createServerCertificates("127.0.0.1");
  await start({ trustPem: certificates.rootPem }, {}, certificates.contextFor("valid"));
  const [trusted] = await ca.sendWebhook({ RequestId: 1, Status: "Issued" });
  expect(trusted?.status).toBe(200);
  ca.set({ webhook: { trustPem: null } });
  const [untrusted] = await ca.sendWebhook({ RequestId: 1, Status: "Issued" });
  expect(untrusted?.error).toMatch(/certificate/);
});

it("are given up when the CA stops, so that a silent receiver holds nobody", async () => {
  await start();
  receiver.removeAllListeners("request");
  const arrived = new Promise((resolve) => receiver.once("request", resolve));
  const sending = ca.sendWebhook({ RequestId: 1, Status: "Issued" });
  await arrived;
  await ca.stop();
  expect((await sending)[0]?.error).toBe("The operation was aborted");
});

it("can be made by hand with what no CA would send (F-20)", async () => {
  await start();
  await ca.sendWebhook({ RequestId: "12 34", Status: "Exploded", State: "<b>", Extra: "1" });
  expect(urls()).toEqual(["/webhook?RequestId=12+34&Status=Exploded&State=<b>&Extra=1"]);
});
