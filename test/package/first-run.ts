import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { chromium } from "playwright-core";

/*
 * An administrator's first minutes in the panel, with a real browser: opens the plugin's settings inside the panel's shell,
 * mistypes the password, enters the right one, runs the self-test. Run on the server; reads on standard input what to
 * type, prints one JSON line with what the pages said, and lays pictures in FOLDER:
 *   node first-run.ts FOLDER
 */

interface Typed {
  readonly adminPassword: string;
  readonly username: string;
  readonly wrongPassword: string;
  readonly password: string;
}

const [folder = ""] = process.argv.slice(2);
const typed = JSON.parse(readFileSync(0, "utf8")) as Typed;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const panel = "https://server.lab.test:2222";
const patience = 45_000;

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    // Only for the accessibility check, which is a script of the test's own.
    bypassCSP: true,
  });
  const login = await context.request.post(`${panel}/api/login`, {
    data: { username: "admin", password: typed.adminPassword },
  });
  if (!login.ok()) throw new Error(`no login: ${login.status()}`);
  const tab = await context.newPage();
  await tab.goto(addressOf("settings"));
  const place = tab.frameLocator('iframe[name="plugin"]');
  const first = await settle(place, "settings-first");
  await enter(place, typed.wrongPassword);
  await place.getByRole("alert").waitFor({ timeout: patience });
  const refused = await settle(place, "settings-refused");
  await enter(place, typed.password);
  await place
    .getByRole("status")
    .filter({ hasText: "The login was accepted" })
    .waitFor({ timeout: patience });
  const saved = await settle(place, "settings-saved");
  const selfTest = await untilGreen(tab, place);
  console.log(JSON.stringify({ first, refused, saved, selfTest }));

  async function settle(
    where: FrameLocator,
    picture: string,
  ): Promise<{ text: string; violations: unknown }> {
    const root = where.locator(".xssl");
    await root.waitFor({ timeout: patience });
    await pictures(tab, where, picture);
    return {
      text: ((await root.textContent()) ?? "").replace(/\s+/g, " "),
      violations: await violationsIn(where),
    };
  }
} finally {
  await browser.close();
}

function addressOf(page: string): string {
  const source = `CMD_PLUGINS_ADMIN/xolphin_ssl/index.html?page=${page}`;
  return `${panel}/evo/plugin?src=${encodeURIComponent(source)}`;
}

async function enter(place: FrameLocator, password: string): Promise<void> {
  await place.getByLabel("User name").fill(typed.username);
  await place.getByLabel("Password").fill(password);
  await place.getByRole("button", { name: "Save" }).click();
}

/** By its link at first; then again and again, because the service begins anew with its account meanwhile. */
async function untilGreen(tab: Page, place: FrameLocator): Promise<{ text: string; violations: unknown }> {
  const end = performance.now() + patience;
  await tab.goto(addressOf("settings"));
  await place.getByRole("link", { name: "Run the self-test" }).click();
  for (;;) {
    const root = place.locator(".xssl");
    await place.locator("body").getByText(/./).first().waitFor({ timeout: patience });
    await place
      .getByRole("table")
      .waitFor({ timeout: 5_000 })
      .catch(() => undefined);
    const text = ((await root.count()) === 0 ? "" : ((await root.textContent()) ?? "")).replace(/\s+/g, " ");
    if (text.includes("Everything works") || performance.now() > end) {
      await pictures(tab, place, "self-test");
      return { text, violations: await violationsIn(place) };
    }
    await tab.goto(addressOf("self-test"));
  }
}

/** As on a desk, in the dark, and on a telephone. */
async function pictures(tab: Page, place: FrameLocator, name: string): Promise<void> {
  for (const [kind, width, colorScheme] of [
    ["desktop", 1280, "light"],
    ["dark", 1280, "dark"],
    ["phone", 390, "light"],
  ] as const) {
    await tab.emulateMedia({ colorScheme });
    await tab.setViewportSize({ width, height: 900 });
    const height = await place
      .locator("body")
      .evaluate((body) => (body as unknown as { scrollHeight: number }).scrollHeight);
    await tab.setViewportSize({ width, height: Math.min(3_000, height + 120) });
    await tab.screenshot({ path: join(folder, `${name}-${kind}.png`) });
  }
  await tab.emulateMedia({ colorScheme: "light" });
  await tab.setViewportSize({ width: 1280, height: 900 });
}

async function violationsIn(place: FrameLocator): Promise<unknown> {
  return place.locator(".xssl").evaluate(async (element, source) => {
    // biome-ignore lint/security/noGlobalEval: the check is put into the page that is checked
    globalThis.eval(source);
    const { axe: check } = globalThis as unknown as {
      axe: { run(on: unknown, options: object): Promise<{ violations: { id: string }[] }> };
    };
    const { violations } = await check.run(element, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return violations.map(({ id }) => id);
  }, axe);
}
