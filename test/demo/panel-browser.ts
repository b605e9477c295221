import { existsSync } from "node:fs";
import type { BrowserContext, FrameLocator, Page } from "playwright-core";
import { Agent, fetch } from "undici";
import type { PageVisit } from "./servers/demo-server.ts";

const chromiumPath = "/usr/bin/chromium";

export interface OpenedPage {
  /** What a reader sees. */
  readonly text: string;
  /** Whether a real browser showed it inside the panel's shell. */
  readonly inBrowser: boolean;
}

export interface Screenshot {
  readonly path: string;
  readonly theme?: "light" | "dark";
  readonly width?: number;
}

/**
 * Opens a page of the plugin in the panel: with chromium inside its shell where that is at hand, else over plain HTTPS.
 * `act` is what the visitor does there before the picture is taken.
 */
export async function openPage(
  visit: PageVisit,
  screenshot: Screenshot | null,
  act: (place: Page | FrameLocator) => Promise<void> = async () => undefined,
): Promise<OpenedPage> {
  if (!existsSync(chromiumPath)) {
    if (screenshot !== null) throw new Error(`${chromiumPath} is needed for a screenshot`);
    return { text: await fetchPage(visit), inBrowser: false };
  }
  const { theme = "light", width = 1280 } = screenshot ?? {};
  return withBrowser(visit, { width, theme }, async (context) => {
    const tab = await context.newPage();
    await tab.goto(withTheme(visit.shellUrl, theme));
    const place = visit.frame === null ? tab : tab.frameLocator(visit.frame);
    await place.locator(".xssl").waitFor();
    await act(place);
    if (screenshot !== null) {
      // A frame scrolls inside the shell; the picture should show the whole page.
      const height = await place
        .locator("body")
        .evaluate((body) => (body as unknown as { scrollHeight: number }).scrollHeight);
      await tab.setViewportSize({ width, height: Math.min(3000, height + 60) });
      await tab.screenshot({ path: screenshot.path });
    }
    return { text: (await place.locator(".xssl").textContent()) ?? "", inBrowser: true };
  });
}

/** The page as the panel sends it, without a browser. */
export async function fetchPage({ pageUrl, cookies, ...place }: PageVisit): Promise<string> {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
  const { text } = await panelFetch(pageUrl, {
    ...place,
    headers: { cookie, referer: new URL(pageUrl).origin },
  });
  return text;
}

/** One call of the panel's web server by its host name, which no DNS knows. */
export async function panelFetch(
  url: string,
  call: {
    address: string;
    trustPem: string;
    method?: string;
    headers: Record<string, string>;
    body?: Buffer;
  },
): Promise<{ status: number; text: string }> {
  const { address, trustPem, method = "GET", headers, body } = call;
  const dispatcher = new Agent({
    connect: {
      ca: trustPem,
      lookup: (_name, options, done) =>
        options.all === true ? done(null, [{ address, family: 4 }]) : done(null, address, 4),
    },
  });
  try {
    const answer = await fetch(url, { dispatcher, method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, text: await answer.text() };
  } finally {
    await dispatcher.close();
  }
}

/** A browser that has the visitor's session and finds the panel by its host name. */
export async function withBrowser<T>(
  { shellUrl, cookies, address }: PageVisit,
  look: { readonly width: number; readonly theme: "light" | "dark"; readonly javaScript?: boolean },
  use: (context: BrowserContext) => Promise<T>,
): Promise<T> {
  const { chromium } = await import("playwright-core");
  const { hostname, origin } = new URL(shellUrl);
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", `--host-resolver-rules=MAP ${hostname} ${address}`],
  });
  try {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: look.width, height: 900 },
      colorScheme: look.theme,
      javaScriptEnabled: look.javaScript ?? true,
      // Only for the accessibility check, which is a script of the test's own.
      bypassCSP: true,
    });
    await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin })));
    return await use(context);
  } finally {
    await browser.close();
  }
}

/** The labs' shells take their colours from here; a shell that knows no themes ignores it. */
function withTheme(url: string, theme: string): string {
  const themed = new URL(url);
  themed.searchParams.set("theme", theme);
  return themed.href;
}
