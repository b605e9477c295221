import { domain } from "../demo/servers/demo-server.ts";
import { openPleskServer, type PleskServer } from "../demo/servers/plesk.ts";
import { describePanelOrdering } from "./panel-browser-journey.ts";

describePanelOrdering("Plesk", openServer);

async function openServer(folder: string): Promise<PleskServer> {
  const server = await openPleskServer(folder);
  // The journey is about an account with one website.
  await server.lab.removeDomain(`shop.${domain}`);
  return server;
}
