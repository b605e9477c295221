import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HostCertificate, PanelModule } from "../panel-factory.ts";
import { createPleskPageHost } from "./page-request.ts";
import { createPleskPanel } from "./plesk-panel.ts";
import { pleskServer } from "./server.ts";

/** Plesk; what it calls and why is in `README.md` beside this file. */
export const plesk: PanelModule = {
  id: "plesk",
  openPanel: createPleskPanel,
  openPageHost: createPleskPageHost,
  hostCertificate: ({ rootDir }) => panelCertificate(rootDir),
  server: pleskServer,
};

/** The panel's own certificate: key, certificate and chain in one file (spec plesk §3.1). */
function panelCertificate(rootDir: string): HostCertificate | null {
  const file = join(rootDir, "usr/local/psa/admin/conf/httpsd.pem");
  return existsSync(file) ? { certificateFile: file, keyFile: file } : null;
}
