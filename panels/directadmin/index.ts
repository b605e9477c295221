import type { PanelModule } from "../panel-factory.ts";
import { createDirectAdminPanel } from "./directadmin-panel.ts";
import { PanelFiles } from "./files.ts";
import { createDirectAdminPageHost } from "./page-request.ts";
import { directadminServer } from "./server.ts";

/** DirectAdmin; what it calls and why is in `README.md` beside this file. */
export const directadmin: PanelModule = {
  id: "directadmin",
  openPanel: createDirectAdminPanel,
  openPageHost: createDirectAdminPageHost,
  hostCertificate: ({ rootDir }) => new PanelFiles(rootDir).hostCertificate(),
  server: directadminServer,
};
