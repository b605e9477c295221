import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PanelServer } from "../panel-factory.ts";
import { PanelFiles } from "./files.ts";
import { addressOf } from "./panel-api.ts";

/** DirectAdmin as it lies on a server. Its settings may be read by the panel's user and root only. */
export const directadminServer: PanelServer = {
  isHere: (rootDir) => existsSync(join(rootDir, "usr/local/directadmin/conf/directadmin.conf")),
  pluginVersion(rootDir) {
    const conf = join(rootDir, "usr/local/directadmin/plugins/xolphin_ssl/plugin.conf");
    if (!existsSync(conf)) return null;
    return /^version=(.*)$/m.exec(readFileSync(conf, "utf8"))?.[1] ?? null;
  },
  // plugin.conf has pages run as the service's own user (spec directadmin §2.5).
  pagesGroup: null,
  credentialFile: null,
  findAddress(rootDir) {
    const files = new PanelFiles(rootDir);
    const pair = files.hostCertificate();
    return {
      apiUrl: addressOf(files),
      trust: pair === null ? null : readFileSync(pair.certificateFile, "utf8"),
    };
  },
};
