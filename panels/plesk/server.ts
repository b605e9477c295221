import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PanelServer } from "../panel-factory.ts";

/** Plesk as it lies on a server. */
export const pleskServer: PanelServer = {
  isHere: (rootDir) => existsSync(join(rootDir, "usr/local/psa/version")),
  pluginVersion(rootDir) {
    const meta = join(rootDir, "usr/local/psa/admin/plib/modules/xolphin-ssl/meta.xml");
    if (!existsSync(meta)) return null;
    return /<version>([^<]*)<\/version>/.exec(readFileSync(meta, "utf8"))?.[1] ?? null;
  },
  // The panel's PHP runs as this user and group (spec plesk §2.1).
  pagesGroup: "psaadm",
  credentialFile: null,
  // Pages bring a signed hand-over and the root side runs commands: the agent calls no address of the panel.
  findAddress: () => ({ apiUrl: null, trust: null }),
};
