import { account, domain, neighbour, type OpenDemoServer } from "../demo/servers/demo-server.ts";
import { PanelStage, unlessRoot, withRoot } from "./panel-stage.ts";

/**
 * The main job on a panel, with its real adapter, the plugin's glue and a real web server: from the order to the handshake
 * and the page. `openServer` starts the panel's lab.
 */
export function describePanelJourney(name: string, openServer: OpenDemoServer): void {
  withRoot(`the way of a certificate on ${name}${unlessRoot}`, () => {
    let stage: PanelStage;
    beforeEach(async () => {
      stage = await PanelStage.open(openServer);
    });
    afterEach(() => stage.close());

    test.each(["dns", "file"] as const)(
      "an order proven by %s, announced by the webhook, is served with its full chain and told on the page",
      async (dcv) => {
        stage.ca.set({ issueDelayMs: null });
        await expect(stage.handshake(domain)).rejects.toThrow();
        const placed = await stage.order(dcv);
        await stage.untilRequest(
          placed.reference,
          ({ dcv: names }) => names.length > 0 && names.every(({ state }) => state === "validated"),
        );
        const announced = performance.now();
        stage.ca.issue(placed.id ?? 0);
        const done = await stage.untilRequest(placed.reference, ({ state }) => state === "installed");
        // Well before any sweep: it was the webhook.
        expect(performance.now() - announced).toBeLessThan(50_000);
        expect(stage.ca.deliveries.filter(({ call }) => call.Status === "Issued")).toMatchObject([
          { status: 200 },
        ]);
        expect(done.timeline.map(({ kind }) => kind)).toEqual(
          expect.arrayContaining(["dcv-published", "hint", "collected", "applied", "verified"]),
        );
        for (const one of [domain, `www.${domain}`]) {
          const [leaf, ...chain] = await stage.handshake(one);
          expect(leaf).toBe(done.fingerprint);
          expect(chain.length).toBeGreaterThan(0);
        }
        await stage.untilRequest(placed.reference, ({ timeline }) =>
          timeline.some(({ kind }) => kind === "dcv-withdrawn"),
        );
        const query = { id: placed.reference };
        const page = await stage.readPage({ account, level: "account", path: "/request", query });
        expect(page).toContain(String(placed.id));
        expect(page).toContain(domain);
        expect(await stage.readPage({ account, level: "account", path: "/" })).toContain(domain);
        const stranger = await stage.readPage({
          account: neighbour,
          level: "account",
          path: "/request",
          query,
        });
        expect(stranger).not.toContain(String(placed.id));
        expect(await stage.readPage({ account: neighbour, level: "account", path: "/" })).not.toContain(
          domain,
        );
      },
    );
  });
}
