import { domain } from "../demo/servers/demo-server.ts";
import { openPleskServer, type PleskServer } from "../demo/servers/plesk.ts";
import { describePanelOrdering } from "./panel-browser-journey.ts";

const needsScripts = "the panel's forgery token is put into a form by the page's script";

describePanelOrdering("Plesk", openServer, { needsScripts });

async function openServer(folder: string): Promise<PleskServer> {
  const server = await openPleskServer(folder);
  // The journey is about an account with one website.
  await server.lab.removeDomain(`shop.${domain}`);
  return server;
}
