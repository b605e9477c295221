import { readFileSync } from "node:fs";
import type { BrowserContext, Frame, Locator, Page } from "playwright-core";
import { chromium } from "playwright-core";

/*
 * Menus as README.md names them, clicked by an administrator with a real browser. Run on the server; reads on standard
 * input who logs in and where to go, prints what the page says in the end:
 *   node walk-menus.ts < { panel, password, walk }
 */

export interface Walk {
  /** Texts to click one after the other, each exactly as the panel shows it; the name of a group leads to what is listed in it. */
  readonly path: readonly string[];
  /** What is typed, chosen and switched off there, by label. */
  readonly type?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly switchOff?: readonly string[];
  /** The button pressed at last. */
  readonly press?: string;
  /** What the page must say in the end. */
  readonly until: string;
}

type PanelName = "cpanel" | "directadmin" | "plesk";

const patience = 45_000;

/** Logs the first administrator in; where the panel's menu is then. */
const logins: Readonly<Record<PanelName, (context: BrowserContext, password: string) => Promise<string>>> = {
  async cpanel({ request }, pass) {
    const origin = "https://server.lab.test:2087";
    const answer = await request.post(`${origin}/login/?login_only=1`, { form: { user: "root", pass } });
    const { security_token: token } = (await answer.json()) as { security_token: string };
    return `${origin}${token}/scripts/command`;
  },
  async directadmin({ request }, password) {
    const origin = "https://server.lab.test:2222";
    await request.post(`${origin}/api/login`, { data: { username: "admin", password } });
    return `${origin}/evo/admin`;
  },
  async plesk({ request }, passwd) {
    const origin = "https://server.lab.test:8443";
    await request.post(`${origin}/login_up.php`, { form: { login_name: "admin", passwd } });
    return `${origin}/admin/home`;
  },
};

const { panel, password, walk } = JSON.parse(readFileSync(0, "utf8")) as {
  panel: PanelName;
  password: string;
  walk: Walk;
};
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
  });
  const home = await logins[panel](context, password);
  console.log(await take(await context.newPage(), home));
} finally {
  await browser.close();
}

async function take(tab: Page, home: string): Promise<string> {
  await tab.goto(home);
  let group: Locator | null = null;
  for (const [index, name] of walk.path.entries()) {
    const link: Locator = await find(tab, group, name, index < walk.path.length - 1);
    const isGroup = (await link.evaluate((element) => (element as { localName: string }).localName)) !== "a";
    if (!isGroup) await link.click();
    group = isGroup ? link.locator("xpath=following-sibling::ul[1]") : null;
  }
  const place = await frameWith(tab, walk);
  for (const [label, text] of Object.entries(walk.type ?? {})) await place.getByLabel(label).fill(text);
  for (const [label, file] of Object.entries(walk.files ?? {}))
    await place.getByLabel(label).setInputFiles(file);
  for (const label of walk.switchOff ?? []) await place.getByLabel(label, { exact: true }).uncheck();
  if (walk.press !== undefined) await place.getByRole("button", { name: walk.press, exact: true }).click();
  await place.getByText(walk.until).first().waitFor({ timeout: patience });
  return ((await place.locator("body").textContent()) ?? "").replace(/\s+/g, " ");
}

/** The one link of this name in the panel or in what it shows in a frame, or the heading of a group. */
async function find(tab: Page, group: Locator | null, name: string, mayBeGroup: boolean): Promise<Locator> {
  const end = performance.now() + patience;
  for (;;) {
    const places = group === null ? tab.frames() : [group];
    for (const place of places) {
      const link = place.getByRole("link", { name, exact: true });
      if ((await link.count()) > 0) return link.first();
      const heading = place.getByRole("heading", { name, exact: true });
      if (mayBeGroup && (await heading.count()) > 0) return heading.first();
    }
    if (performance.now() > end) {
      const there = await Promise.all(
        places.map((place) => place.getByRole("link").or(place.getByRole("heading")).allTextContents()),
      );
      throw new Error(
        `there is no "${name}" at ${tab.url()}, only: ${there
          .flat()
          .map((text) => text.trim())
          .join(", ")}`,
      );
    }
    await tab.waitForTimeout(100);
  }
}

/** Where the form of the walk, or the text it ends with, is: the panel's page or a frame in it. */
async function frameWith(tab: Page, { press, until }: Walk): Promise<Frame> {
  const end = performance.now() + patience;
  for (;;) {
    for (const frame of tab.frames()) {
      const wanted =
        press === undefined
          ? frame.getByText(until)
          : frame.getByRole("button", { name: press, exact: true });
      if ((await wanted.count()) > 0) return frame;
    }
    if (performance.now() > end) {
      throw new Error(`no "${press ?? until}" at ${tab.url()}: ${await tab.textContent("body")}`);
    }
    await tab.waitForTimeout(100);
  }
}
