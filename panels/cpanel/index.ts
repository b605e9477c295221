import type { PanelModule } from "../panel-factory.ts";
import { createCpanelPanel } from "./cpanel-panel.ts";
import { PanelFiles } from "./files.ts";
import { createCpanelPageHost } from "./page-request.ts";
import { cpanelServer } from "./server.ts";

/** cPanel & WHM; what it calls and why is in `README.md` beside this file. */
export const cpanel: PanelModule = {
  id: "cpanel",
  openPanel: createCpanelPanel,
  openPageHost: createCpanelPageHost,
  hostCertificate: ({ rootDir }) => new PanelFiles(rootDir).hostCertificate(),
  server: cpanelServer,
};
