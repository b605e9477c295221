import { mkdirSync } from "node:fs";
import { writeText } from "../common/text-files.ts";
import { Nginx } from "../nginx/nginx.ts";
import { type SitePorts, sitesConfig } from "./apache-config.ts";
import type { ServerFiles } from "./server-files.ts";

/** What plays Apache: a real nginx with the websites of every account. */
export class WebServer extends Nginx {
  constructor(files: ServerFiles, ports: SitePorts) {
    for (const folder of ["run", "etc/apache2/conf"]) mkdirSync(files.path(folder), { recursive: true });
    const sites = files.path("etc/apache2/conf/httpd.conf");
    const service = files.var("ssl/cpanel/cpanel.pem");
    super({
      ...ports,
      configFile: files.path("etc/apache2/lab.conf"),
      workFolder: files.path("var/lib/nginx"),
      pidFile: files.path("run/httpd.pid"),
      errorLog: files.path("etc/apache2/logs/error_log"),
      addresses: () => [ports.address],
      // Names without a website get the certificate of the panel's services (spec §5.3).
      defaultCertificate: () => ({ cert: service, key: service }),
      httpLines() {
        writeText(sites, sitesConfig(files, ports));
        return `  server_names_hash_max_size 4096;\n  include "${sites}";\n`;
      },
    });
  }
}
