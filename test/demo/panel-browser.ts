import { existsSync } from "node:fs";
import type { BrowserContext } from "playwright-core";
import { Agent, fetch } from "undici";
import type { DirectAdminLab } from "../labs/directadmin/directadmin-lab.ts";

const chromiumPath = "/usr/bin/chromium";
const levels = { user: "CMD_PLUGINS", reseller: "CMD_PLUGINS_RESELLER", admin: "CMD_PLUGINS_ADMIN" } as const;

/** Which page of the plugin, as which account. */
export interface PluginPage {
  readonly account: string;
  readonly level: keyof typeof levels;
  /** Query of the plugin's page, e.g. `page=request&id=xs-1`; empty for the list. */
  readonly query: string;
}

export interface OpenedPage {
  /** What a reader sees. */
  readonly text: string;
  /** Whether a real browser showed it inside the panel's shell. */
  readonly inBrowser: boolean;
}

/** Opens a page of the plugin in the panel: with chromium inside its shell where that is at hand, else over plain HTTPS. */
export async function openPage(
  lab: DirectAdminLab,
  page: PluginPage,
  screenshot: { path: string; theme?: "light" | "dark"; width?: number } | null,
): Promise<OpenedPage> {
  const session = await lab.login(page.account);
  const src = `${levels[page.level]}/xolphin_ssl/index.html${page.query === "" ? "" : `?${page.query}`}`;
  if (!existsSync(chromiumPath)) {
    if (screenshot !== null) throw new Error(`${chromiumPath} is needed for a screenshot`);
    return { text: await fetchPage(lab, session, `/${src}`), inBrowser: false };
  }
  const theme = screenshot?.theme ?? "light";
  return withBrowser(lab, session, screenshot?.width ?? 1280, theme, async (context) => {
    const tab = await context.newPage();
    await tab.goto(`${lab.url}/evo/plugin?src=${encodeURIComponent(src)}&theme=${theme}`);
    const frame = tab.frameLocator('iframe[name="plugin"]');
    await frame.locator(".xssl").waitFor();
    if (screenshot !== null) {
      // The frame scrolls inside the shell; the picture should show the whole page.
      const height = await frame
        .locator("body")
        .evaluate((body) => (body as unknown as { scrollHeight: number }).scrollHeight);
      await tab.setViewportSize({ width: screenshot.width ?? 1280, height: Math.min(3000, height + 60) });
      await tab.screenshot({ path: screenshot.path });
    }
    return { text: (await frame.locator(".xssl").textContent()) ?? "", inBrowser: true };
  });
}

async function withBrowser<T>(
  lab: DirectAdminLab,
  session: { id: string; key: string },
  width: number,
  theme: "light" | "dark",
  use: (context: BrowserContext) => Promise<T>,
): Promise<T> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", `--host-resolver-rules=MAP ${lab.hostName} ${lab.address}`],
  });
  try {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width, height: 900 },
      colorScheme: theme,
    });
    await context.addCookies(
      Object.entries({ session: session.id, key: session.key }).map(([name, value]) => ({
        name,
        value,
        url: lab.url,
      })),
    );
    return await use(context);
  } finally {
    await browser.close();
  }
}

async function fetchPage(
  lab: DirectAdminLab,
  session: { id: string; key: string },
  path: string,
): Promise<string> {
  const dispatcher = new Agent({
    connect: {
      ca: lab.panelCaPem,
      lookup: (_name, options, done) =>
        options.all === true ? done(null, [{ address: lab.address, family: 4 }]) : done(null, lab.address, 4),
    },
  });
  try {
    const answer = await fetch(`${lab.url}${path}`, {
      dispatcher,
      headers: { cookie: `session=${session.id}; key=${session.key}`, referer: lab.url },
    });
    return await answer.text();
  } finally {
    await dispatcher.close();
  }
}
