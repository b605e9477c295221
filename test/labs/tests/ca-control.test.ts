import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { controlActions } from "../ca/control-api.ts";
import type { FakeCa } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import type { Customer } from "./ca-customer.ts";
import { companyFields, customerOf, orderFields } from "./ca-customer.ts";

let ca: FakeCa;
let customer: Customer;

beforeEach(async () => {
  ca = await startFakeCa({
    now: () => new Date("2026-11-24T09:00:00Z"),
    switches: { dcvDelayMs: 0, issueDelayMs: 0 },
  });
  customer = customerOf(ca);
});

afterEach(async () => {
  await customer.close();
  await ca.stop();
});

async function act(
  name: string,
  input?: unknown,
): Promise<{ status: number; result?: unknown; error?: string }> {
  const body = input === undefined ? null : JSON.stringify(input);
  const reply = await fetch(`${ca.controlUrl}/actions/${name}`, { method: "POST", body });
  return { status: reply.status, ...((await reply.json()) as object) };
}

async function order(changes: Record<string, string> = {}): Promise<number> {
  return (await customer.post("requests", orderFields("example.nl", changes))).json().id;
}

it("refuses unknown paths and actions, missing members and what the CA does not know", async () => {
  expect((await fetch(`${ca.controlUrl}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${ca.controlUrl}/aia/leaf.crt`)).status).toBe(404);
  expect(await act("explode")).toMatchObject({ status: 404 });
  expect(await act("issue")).toEqual({ status: 400, error: "The member id is missing." });
  expect(await act("issue", { id: 5 })).toMatchObject({ status: 400 });
  expect(await act("set-switches", { switches: { nothing: 1 } })).toMatchObject({
    error: "There is no switch named nothing.",
  });
});

it("shows the whole state, without a password in it", async () => {
  const id = await order();
  const text = await (await fetch(`${ca.controlUrl}/state`)).text();
  const state = JSON.parse(text);
  expect(state.requests).toMatchObject([{ id, names: ["example.nl"], state: "pending", priceInCents: 900 }]);
  expect(state.calls).toMatchObject([{ method: "POST", path: "/v1/requests", status: 200 }]);
  expect(state.switches.createStatus).toBe(200);
  expect(text).not.toContain(ca.credentials.password);
});

it("leads an order through all its steps", async () => {
  const id = await order({
    product: "2",
    ...companyFields,
    dcvType: "EMAIL",
    approverEmail: "admin@example.nl",
  });
  await act("add-note", { id, message: "Hello" });
  await act("delay-call", { id });
  await act("fail-step", { id, step: "phone", message: "Nobody answered." });
  await act("brand-review", { id });
  expect(ca.order(id)).toMatchObject({ requiresAction: true, brandReview: true });
  await act("brand-review", { id, on: false });
  await act("approve-email", { id });
  for (const step of ["organization", "whois", "phone"]) await act("complete-step", { id, step });
  await act("wait-idle");
  expect(ca.order(id).state).toBe("issued");
  await act("advance-clock", { seconds: 86_400 });
  expect(ca.now().toISOString()).toBe("2026-11-25T09:00:00.000Z");
  await act("revoke", { id });
  expect((await customer.get("certificates")).json().total).toBe(0);
});

it("issues, drops a free name, deletes, and announces on demand", async () => {
  ca.set({ webhook: { hold: true } });
  const [first, second, third] = [await order(), await order({ disableFreeSan: "0" }), await order()];
  expect((await act("issue", { id: first })).result).toBe(first);
  ca.completeDomain(second, "example.nl");
  await act("drop-free-name", { id: second });
  await act("delete-request", { id: third });
  await act("ready-for-reissue", { id: first });
  await act("wait-idle");
  expect(ca.heldWebhooks).toEqual([
    { RequestId: first, Status: "Issued" },
    { RequestId: second, Status: "Updated", State: "DCV", Domain: "example.nl" },
    { RequestId: second, Status: "Issued" },
    { RequestId: third, Status: "Deleted" },
    { RequestId: first, Status: "Updated", State: "ReadyForReissue" },
  ]);
  expect(await act("release-webhooks", { reverse: true })).toMatchObject({ result: [] });
  expect(await act("send-webhook", { call: { RequestId: 1, Status: "Issued" } })).toMatchObject({
    result: [],
  });
});

it("plans faults, clears them, and changes where names are looked up", async () => {
  await act("fault", {
    fault: { kind: "status", status: 503, times: 9, match: { method: "GET", path: "products$" } },
  });
  expect((await customer.get("products")).status).toBe(503);
  expect((await customer.get("products/90")).status).toBe(200);
  await act("clear-faults");
  expect((await customer.get("products")).status).toBe(200);
  const id = await order({ dcvType: "FILE" });
  await act("set-dns-servers", { dnsServers: [] });
  await act("set-hosts", { hosts: { "*": { address: "127.0.0.1", port: 1 } } });
  await act("check-dcv");
  expect(ca.order(id).domains[0]?.text).toBe("no answer from the web server");
  await act("use-server-certificate", { certificate: "expired" });
  const another = customerOf(ca);
  await expect(another.get("products")).rejects.toThrow();
  await another.close();
});

it("serves the issuers that leaves point to", async () => {
  const der = Buffer.from(await (await fetch(`${ca.controlUrl}/aia/intermediate.crt`)).arrayBuffer());
  const pem = execFileSync("openssl", ["x509", "-inform", "der"], { input: der, encoding: "utf8" });
  expect(pem).toBe(ca.intermediatePem);
});

it("is described action by action in the lab's README", () => {
  const readme = readFileSync(join(import.meta.dirname, "../ca/README.md"), "utf8");
  const missing = Object.keys(controlActions).filter((name) => !readme.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

describe("as a process", () => {
  const main = join(import.meta.dirname, "../ca/main.ts");
  let folder: string;
  let running: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ca-process-"));
  });

  afterEach(async () => {
    if (running?.exitCode === null) {
      running.kill("SIGKILL");
      await once(running, "exit");
    }
    running = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  it("wants to know its folder", () => {
    expect(() => execFileSync(process.execPath, [main], { stdio: "pipe" })).toThrow(/usage/);
  });

  it("writes where it is and what to trust, serves, and stops on SIGTERM", async () => {
    const settings = join(folder, "settings.json");
    writeFileSync(settings, JSON.stringify({ switches: { createStatus: 201 }, dnsServers: ["127.0.0.1:1"] }));
    running = spawn(process.execPath, [main, "--dir", folder, "--settings", settings], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = running.stdout;
    if (output === null) throw new Error("The process has no output.");
    const [line] = (await once(createInterface(output), "line")) as [string];
    const description = JSON.parse(readFileSync(join(folder, "ca.json"), "utf8"));
    expect(JSON.parse(line)).toEqual({ ready: true, ...description });
    expect(statSync(description.passwordFile).mode & 0o777).toBe(0o600);
    expect(line).not.toContain(readFileSync(description.passwordFile, "utf8").trim());
    const remote = customerOf({
      ...ca,
      url: description.url,
      tlsRootPem: readFileSync(description.trustFile, "utf8"),
      credentials: {
        userName: description.userName,
        password: readFileSync(description.passwordFile, "utf8").trim(),
      },
    });
    expect((await remote.post("requests", orderFields("example.nl"))).status).toBe(201);
    const state = (await (await fetch(`${description.controlUrl}/state`)).json()) as { requests: unknown[] };
    expect(state.requests).toHaveLength(1);
    await remote.close();
    running.kill("SIGTERM");
    const [code] = await once(running, "exit");
    expect(code).toBe(0);
  });
});
