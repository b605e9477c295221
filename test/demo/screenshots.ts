import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openDemoStage } from "./demo-stage.ts";
import { openPage, type Screenshot } from "./panel-browser.ts";
import { account, domain, type PluginPage } from "./servers/demo-server.ts";
import { openDirectAdminServer } from "./servers/directadmin.ts";

/* The pictures of the README and the guides: pages of the plugin inside the lab's panel, after one certificate has travelled its way. */
const folder = join(import.meta.dirname, "../../docs/screenshots");
const patience = 90_000;

interface Report {
  readonly reference: string;
  readonly state: string;
}

const stage = await openDemoStage(openDirectAdminServer);
try {
  for (const name of ["second.test", "third.test"]) await stage.server.lab.addDomain(account, name);
  await stage.server.lab.runTaskQueue();
  const placed = (await placeOrder(domain)) as Report;
  for (let report = placed, end = Date.now() + patience; report.state !== "installed"; ) {
    if (Date.now() > end) throw new Error(`the certificate stays ${report.state}`);
    await pause(200);
    report = (await stage.command("request", "show", placed.reference)) as Report;
  }
  // One that is under way, too.
  stage.ca.set({ issueDelayMs: null });
  await placeOrder("second.test");
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
  await take({ account: "admin", level: "administrator", path: "/" }, { path: "all-websites.png" });
  await take({ account: "admin", level: "administrator", path: "/admin" }, { path: "administration.png" });
} finally {
  await stage.close();
}

function placeOrder(name: string): Promise<unknown> {
  const wish = ["--product", "EssentialSSL", "--years", "1", "--dcv", "dns"];
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
