import { Nginx } from "../nginx/nginx.ts";
import type { PanelFiles } from "./panel-files.ts";
import { addressesOf } from "./vhosts.ts";

/** The real nginx of the emulated server, with the sites of every account. */
export class WebServer extends Nginx {
  constructor(files: PanelFiles, ports: { httpPort: number; httpsPort: number; address: string }) {
    super({
      ...ports,
      configFile: files.path("etc/nginx/nginx.conf"),
      workFolder: files.path("var/lib/nginx"),
      pidFile: files.path("run/nginx.pid"),
      errorLog: files.path("var/log/nginx-error.log"),
      addresses: () => addressesOf(files, ports.address),
      defaultCertificate: () => ({
        cert: files.path("etc/nginx/ssl.crt/server.crt.combined"),
        key: files.path("etc/nginx/ssl.key/server.key"),
      }),
      httpLines: () => `  include "${files.panel("data/users")}/*/nginx.conf";\n`,
    });
  }
}
