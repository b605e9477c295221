import { readFileSync } from "node:fs";
import type { FrameLocator, Page } from "playwright-core";
import { withBrowser } from "../demo/panel-browser.ts";
import { account, domain, type OpenDemoServer } from "../demo/servers/demo-server.ts";
import { PanelStage } from "./panel-stage.ts";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const patience = 60_000;

/** The cheapest that a website needs: its main name, with the name beside it for free. */
const price = "€9.00";

/** Where the plugin's page is: in the shell's frame, or the shell itself. */
type Place = Page | FrameLocator;

/**
 * A person orders inside a panel with a real browser: from "not secured" to "secured", by clicking only. `openServer`
 * starts the panel's lab; `services` are the names that the panel gives a website beside its own two.
 */
export function describePanelOrdering(
  name: string,
  openServer: OpenDemoServer,
  { services = [] }: { readonly services?: readonly string[] } = {},
): void {
  describe(`ordering in a browser on ${name}`, () => {
    let stage: PanelStage;
    beforeEach(async () => {
      stage = await PanelStage.open(openServer);
    });
    afterEach(() => stage.close());

    test("one click, one product, one tick: the page then turns to secured by itself, and the site is", async () => {
      const visit = await stage.server.visit({ account, level: "account", path: "/" });
      await withBrowser(visit, { width: 1280, theme: "light" }, async (context) => {
        const tab = await context.newPage();
        await tab.goto(visit.shellUrl);
        const place = visit.frame === null ? tab : tab.frameLocator(visit.frame);
        // The first look at the website comes in while the page is open.
        await place.getByRole("heading", { name: `${domain} is not secured` }).waitFor({ timeout: patience });
        await expectAccessible(place);
        await place
          .getByRole("link", { name: `Secure: ${domain}` })
          .first()
          .click();
        await place.getByRole("heading", { name: "Which certificate?" }).waitFor();
        await expectAccessible(place);
        await place.getByRole("link", { name: "Change" }).click();
        await expectUsualNames(place, services);
        await expectAccessible(place);
        await place.getByRole("button", { name: "Continue" }).click();
        await place.getByRole("heading", { name: "Which certificate?" }).waitFor();
        await place.getByRole("button", { name: "Continue" }).click();
        await place.getByRole("heading", { name: `A certificate for ${domain}` }).waitFor();
        await expectAccessible(place);
        await place.getByRole("checkbox", { name: `I order this certificate for ${price}` }).check();
        await place.getByRole("button", { name: `Order for ${price}` }).click();
        await place.getByText("Your order is on its way.").waitFor();
        await expectAccessible(place);
        await place
          .getByRole("heading", { name: `${domain} is secured until` })
          .waitFor({ timeout: patience });
        await place.getByText("Proven by handshakes: ").first().waitFor({ timeout: patience });
      });
      expect((await stage.handshake(domain)).length).toBeGreaterThan(1);
      expect(stage.ca.requestsTo("POST", /requests$/)).toHaveLength(1);
    });

    test("without JavaScript the same forms do the same, and a link shows what is new", async () => {
      const visit = await stage.server.visit({ account, level: "account", path: "/" });
      await withBrowser(visit, { width: 400, theme: "dark", javaScript: false }, async (context) => {
        const page = await context.newPage();
        await page.goto(visit.pageUrl);
        await reloadUntil(page, `${domain} is not secured`);
        await page
          .getByRole("link", { name: `Secure: ${domain}` })
          .first()
          .click();
        await page.getByRole("button", { name: "Continue" }).click();
        await page.getByRole("checkbox").check();
        await page.getByRole("button", { name: `Order for ${price}` }).click();
        await page.getByText("Your order is on its way.").waitFor();
        await reloadUntil(page, `${domain} is secured until`);
      });
      expect((await stage.handshake(domain)).length).toBeGreaterThan(1);
    });
  });
}

/** A website's own two names are ticked, those of services are there to be ticked. */
async function expectUsualNames(place: Place, services: readonly string[]): Promise<void> {
  for (const name of [domain, `www.${domain}`]) {
    await place.getByRole("checkbox", { name, exact: true, checked: true }).waitFor();
  }
  for (const name of services) {
    await place.getByRole("checkbox", { name: `${name} (a service`, checked: false }).waitFor();
  }
}

/** Follows the page's own link for news, as somebody without scripts does. */
async function reloadUntil(page: Page, headline: string): Promise<void> {
  const end = performance.now() + patience;
  while (!(await page.getByRole("heading", { name: headline }).isVisible())) {
    if (performance.now() > end)
      throw new Error(`"${headline}" does not come: ${await page.textContent("body")}`);
    await page.getByRole("link", { name: "Refresh" }).first().click();
    await page.waitForLoadState();
  }
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function expectAccessible(place: Place): Promise<void> {
  const root = place.locator(".xssl");
  const found = await root.evaluate(
    async (element, [source, runOnly]) => {
      // biome-ignore lint/security/noGlobalEval: the check is put into the page that is checked
      globalThis.eval(source as string);
      const { axe: check } = globalThis as unknown as {
        axe: { run(on: unknown, options: object): Promise<{ violations: Violation[] }> };
      };
      const { violations } = await check.run(element, { runOnly });
      return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    },
    [axe, standards] as const,
  );
  expect(found).toEqual([]);
}
