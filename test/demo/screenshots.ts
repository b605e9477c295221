import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openDemoStage } from "./demo-stage.ts";
import { openPage, type Screenshot } from "./panel-browser.ts";
import { account, domain, type PluginPage } from "./servers/demo-server.ts";
import { openDirectAdminServer } from "./servers/directadmin.ts";

/* The pictures of the README: pages of the plugin inside the lab's panel, after one certificate has travelled its way. */
const folder = join(import.meta.dirname, "../../docs/screenshots");
const patience = 90_000;

interface Report {
  readonly reference: string;
  readonly state: string;
}

const stage = await openDemoStage(openDirectAdminServer);
try {
  await stage.server.lab.addDomain(account, "second.test");
  await stage.server.lab.runTaskQueue();
  const placed = (await order(domain)) as Report;
  for (let report = placed, end = Date.now() + patience; report.state !== "installed"; ) {
    if (Date.now() > end) throw new Error(`the certificate stays ${report.state}`);
    await pause(200);
    report = (await stage.command("request", "show", placed.reference)) as Report;
  }
  // One that is under way, too.
  stage.ca.set({ issueDelayMs: null });
  await order("second.test");
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
  await take({ account: "admin", level: "administrator", path: "/admin" }, { path: "administration.png" });
} finally {
  await stage.close();
}

function order(name: string): Promise<unknown> {
  const wish = ["--product", "EssentialSSL", "--years", "1", "--dcv", "dns"];
  return stage.command("order", "--account", account, "--name", name, ...wish);
}

async function take(page: PluginPage, picture: Screenshot): Promise<void> {
  await openPage(await stage.server.visit(page), { ...picture, path: join(folder, picture.path) });
  console.log(`docs/screenshots/${picture.path}`);
}
