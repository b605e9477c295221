import type { CaOnServer } from "./ca-on-server.ts";
import { rootPassword } from "./cpanel-server.ts";
import { eventually } from "./eventually.ts";
import { command } from "./lab-process.ts";
import { onServer, problem, why } from "./on-server.ts";
import { openPackagedServer } from "./packaged-server.ts";
import type { PanelOnServer } from "./panel-server.ts";
import { adminPassword } from "./plesk-server.ts";
import { addressWanted, click, type as typeBlock } from "./readme-steps.ts";
import { expectRootKeptAway, handshake, joinCa, watchJourney } from "./watched-journey.ts";

/* DirectAdmin's journey is in directadmin-journey.test.ts. */

/** The administrator, which of README.md's menus leads to the settings, and which of its blocks takes the package away. */
const entrances = {
  cpanel: { password: rootPassword, section: "cPanel & WHM", menu: 0, removal: 1 },
  plesk: { password: adminPassword, section: "Plesk", menu: 1, removal: 2 },
} as const;

describe.each(["cpanel", "plesk"] as const)("%s", (kind) => {
  let server: PanelOnServer;
  beforeAll(async () => {
    if (problem === null) server = await openPackagedServer(kind);
  }, 240_000);
  afterAll(async () => {
    if (problem === null) await server.machine.stop();
  }, 30_000);

  onServer(
    `from the account entered on a page to a certificate issued anew, root opens nothing that the account can write (T-07, T-21), and without the package all stays served${why}`,
    async () => {
      const ca = await joinCa(server);
      expectRootKeptAway(server, await watchJourney(server, ca, () => enterAccount(ca)));
      const { machine, domain, second } = server;
      const before = [await handshake(server, ca, domain), await handshake(server, ca, second)];
      await typeBlock(machine, entrances[kind].section, entrances[kind].removal);
      expect((await machine.run(["ls", "/opt/xolphin-ssl"])).status).not.toBe(0);
      expect([await handshake(server, ca, domain), await handshake(server, ca, second)]).toEqual(before);
    },
    400_000,
  );

  async function enterAccount(ca: CaOnServer): Promise<void> {
    const { machine } = server;
    const { password, section, menu } = entrances[kind];
    const administrator = { panel: kind, password };
    const enter = (secret: string, until: string): Promise<string> => {
      const type = { "User name": ca.userName, Password: secret };
      return click(machine, administrator, section, menu, { type, press: "Try and save", until });
    };
    expect(await enter("wrong-Passw0rd", "Xolphin refuses the account")).toContain(addressWanted);
    expect(await enter(ca.password, "The login was accepted")).not.toContain(ca.password);
    // The service begins anew with its account; nobody is refused meanwhile.
    await eventually(async () =>
      expect(await command(machine, "xolphin-ssl", "doctor")).not.toMatch(/^BAD/m),
    );
  }
});
