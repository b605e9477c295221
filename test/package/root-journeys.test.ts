import { onServer, problem, why } from "./on-server.ts";
import { openPackagedServer } from "./packaged-server.ts";
import type { PanelOnServer } from "./panel-server.ts";
import { expectRootKeptAway, joinCa, watchJourney } from "./watched-journey.ts";

/* DirectAdmin's journey is in directadmin-journey.test.ts. */

describe.each(["cpanel", "plesk"] as const)("%s", (kind) => {
  let server: PanelOnServer;
  beforeAll(async () => {
    if (problem === null) server = await openPackagedServer(kind);
  }, 240_000);
  afterAll(async () => {
    if (problem === null) await server.machine.stop();
  }, 30_000);

  onServer(
    `certificates are ordered, announced, installed, shown and issued anew, and root opens nothing that the account can write (T-07, T-21)${why}`,
    async () => {
      expectRootKeptAway(server, await watchJourney(server, await joinCa(server)));
    },
    400_000,
  );
});
