import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PanelServer } from "../panel-factory.ts";

/** cPanel & WHM as it lies on a server. */
export const cpanelServer: PanelServer = {
  isHere: (rootDir) => existsSync(join(rootDir, "usr/local/cpanel/cpanel")),
  // Beside the masters that the installer keeps.
  pluginVersion(rootDir) {
    const file = join(rootDir, "opt/xolphin-ssl/cpanel/version");
    return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
  },
  // The admin module that hands pages over runs as root.
  pagesGroup: null,
  // Made by plugin/cpanel/install.sh, read by the root side only.
  credentialFile: "/etc/xolphin-ssl/whm-token",
  // Pages come from root's own module, and the root side finds the panel by the server's name.
  findAddress: () => ({ apiUrl: null, trust: null }),
};
