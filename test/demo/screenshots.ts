import { generateKeyPairSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, FormData, fetch } from "undici";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { Secret } from "../../src/secret.ts";
import { exampleOrganisation } from "../fakes/example-organisation.ts";
import { openDemoStage } from "./demo-stage.ts";
import { openPage, type Screenshot } from "./panel-browser.ts";
import { account, domain, type PluginPage } from "./servers/demo-server.ts";
import { openDirectAdminServer } from "./servers/directadmin.ts";

/* The pictures of the README and the guides: pages of the plugin inside the lab's panel, after one certificate has travelled its way. */
const folder = join(import.meta.dirname, "../../docs/screenshots");
const patience = 90_000;

interface Report {
  readonly reference: string;
  /** The CA's number. */
  readonly id: number | null;
  readonly names: readonly string[];
  readonly state: string;
}

const stage = await openDemoStage(openDirectAdminServer);
try {
  for (const name of ["second.test", "third.test", "fourth.test"])
    await stage.server.lab.addDomain(account, name);
  await stage.server.lab.runTaskQueue();
  const placed = (await placeOrder(domain)) as Report;
  for (let report = placed, end = Date.now() + patience; report.state !== "installed"; ) {
    if (Date.now() > end) throw new Error(`the certificate stays ${report.state}`);
    await pause(200);
    report = (await stage.command("request", "show", placed.reference)) as Report;
  }
  // One that is under way, too: somebody has to answer a mail.
  stage.ca.set({ issueDelayMs: null, dcvDelayMs: 3_600_000 });
  const pending = (await placeOrder("second.test", "email", "--approver", "admin@second.test")) as Report;
  await orderElsewhere("fourth.test");
  await pause(3_000);
  mkdirSync(folder, { recursive: true });
  const own = { account, level: "account" } as const;
  // The overview looks at each website in the background when it is first opened.
  await openPage(await stage.server.visit({ ...own, path: "/" }), null);
  await pause(3_000);
  await take({ ...own, path: "/" }, { path: "websites.png" });
  await take({ ...own, path: "/request", query: { id: placed.reference } }, { path: "certificate.png" });
  await take(
    { ...own, path: "/request", query: { id: placed.reference } },
    { path: "certificate-dark.png", theme: "dark", width: 420 },
  );
  const order = { ...own, path: "/order", query: { names: "third.test,www.third.test" } };
  await take({ ...own, path: "/order" }, { path: "order-names.png" });
  await take(order, { path: "order-product.png" });
  await take(order, { path: "order-details.png" }, async (place) => {
    await place.getByRole("radio", { name: "€49.00" }).check();
    await place.getByRole("button", { name: "Continue" }).click();
    await place.getByRole("heading", { name: "What the certificate authority wants to know" }).waitFor();
  });
  await take(order, { path: "order-summary.png" }, async (place) => {
    await place.getByRole("radio", { name: "€9.00" }).check();
    await place.getByRole("button", { name: "Continue" }).click();
    await place.getByRole("checkbox").check();
  });
  await take({ ...own, path: "/manage", query: { id: placed.reference } }, { path: "manage.png" });
  await take({ ...own, path: "/validation", query: { id: pending.reference } }, { path: "validation.png" });
  await take({ ...own, path: "/take-over" }, { path: "take-over.png" });
  const asked = await orderForOrganisation();
  stage.ca.addNote(Number(asked.id), "Please send us a recent extract from the chamber of commerce.");
  await take({ ...own, path: "/answers", query: { id: asked.reference } }, { path: "answers.png" });
  await take({ account: "admin", level: "administrator", path: "/" }, { path: "all-websites.png" });
  await take({ account: "admin", level: "administrator", path: "/admin" }, { path: "administration.png" });
  await take({ account: "admin", level: "administrator", path: "/bulk" }, { path: "bulk.png" });
} finally {
  await stage.close();
}

/** As in the reseller's control panel: the plugin knows nothing of it. */
async function orderElsewhere(name: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  const { url, credentials, tlsRootPem } = stage.ca;
  const login = Buffer.from(`${credentials.userName}:${credentials.password}`).toString("base64");
  const body = new FormData();
  const csr = await makeCertificateRequest([parseHostName(name)], key);
  const parts = { product: "90", years: "1", dcvType: "DNS", disableFreeSan: "1", csr };
  for (const [part, value] of Object.entries(parts)) body.append(part, value);
  const answer = await fetch(new URL("requests", url), {
    dispatcher: new Agent({ connect: { ca: tlsRootPem } }),
    method: "POST",
    headers: { authorization: `Basic ${login}` },
    body,
  });
  const { id } = (await answer.json()) as { id: number };
  stage.ca.issue(id);
}

/** An order that the CA checks an organisation for, by the pages as a person fills them in. */
async function orderForOrganisation(): Promise<Report> {
  const own = { account, level: "account" } as const;
  const order = { ...own, path: "/order", query: { names: "third.test,www.third.test" } };
  await openPage(await stage.server.visit(order), null, async (place) => {
    await place.getByRole("radio", { name: "€49.00" }).check();
    await place.getByRole("button", { name: "Continue" }).click();
    for (const [field, value] of Object.entries(exampleOrganisation)) {
      await place.locator(`[name="${field}"]`).fill(value);
    }
    await place.getByRole("button", { name: "Continue" }).click();
    await place.getByRole("checkbox").check();
    await place.getByRole("button", { name: /^Order for/ }).click();
    await place.getByText("Your order is on its way.").waitFor();
  });
  for (let turn = 0; turn < 100; turn += 1) {
    const all = (await stage.command("request", "list")) as readonly Report[];
    const found = all.find(({ names, id }) => names.includes("third.test") && id !== null);
    if (found !== undefined) return found;
    await pause(200);
  }
  throw new Error("the order is nowhere");
}

function placeOrder(name: string, dcv = "dns", ...more: string[]): Promise<unknown> {
  const wish = ["--product", "EssentialSSL", "--years", "1", "--dcv", dcv, ...more];
  return stage.command("order", "--account", account, "--name", name, ...wish);
}

async function take(
  page: PluginPage,
  picture: Screenshot,
  act?: Parameters<typeof openPage>[2],
): Promise<void> {
  await openPage(await stage.server.visit(page), { ...picture, path: join(folder, picture.path) }, act);
  console.log(`docs/screenshots/${picture.path}`);
}
