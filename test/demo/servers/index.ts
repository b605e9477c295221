import { openCpanelServer } from "./cpanel.ts";
import type { OpenDemoServer } from "./demo-server.ts";
import { openDirectAdminServer } from "./directadmin.ts";
import { openPleskServer } from "./plesk.ts";

/** Every panel that the demo can show, by its id. */
export const demoServers: Readonly<Record<string, OpenDemoServer>> = {
  cpanel: (folder) => openCpanelServer(folder),
  directadmin: openDirectAdminServer,
  plesk: (folder) => openPleskServer(folder),
};
