import { type CpanelServer, openCpanelServer } from "../demo/servers/cpanel.ts";
import { account, domain } from "../demo/servers/demo-server.ts";
import { describePanelOrdering } from "./panel-browser-journey.ts";

// Here a website has a name for mail as well.
describePanelOrdering("cPanel & WHM", openWithOneWebsite, { services: [`mail.${domain}`] });

/** The page then speaks of the one website by its name. */
async function openWithOneWebsite(folder: string): Promise<CpanelServer> {
  const server = await openCpanelServer(folder);
  await server.lab.removeDomain(account, `shop.${domain}`);
  await server.lab.settled();
  return server;
}
