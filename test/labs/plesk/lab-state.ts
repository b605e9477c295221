import type { AcmeAuthority } from "../common/lab-certificates.ts";
import type { CertificatePool } from "./certificate-pool.ts";
import type { Database } from "./database.ts";
import type { EventManager } from "./event-manager.ts";
import type { ExtensionHost } from "./extension-host-contract.ts";
import type { FaultPlan } from "./faults.ts";
import type { ServerFiles } from "./server-files.ts";
import type { SslIt } from "./ssl-it.ts";
import type { Switches } from "./switches.ts";
import type { Vhosts } from "./vhosts.ts";
import type { WebRestarts } from "./web-restarts.ts";
import type { Zones } from "./zones.ts";

/** What the parts of the lab share. */
export interface LabState {
  readonly files: ServerFiles;
  readonly database: Database;
  readonly switches: Switches;
  readonly faults: FaultPlan;
  readonly pool: CertificatePool;
  readonly zones: Zones;
  readonly vhosts: Vhosts;
  readonly restarts: WebRestarts;
  readonly events: EventManager;
  readonly extensions: ExtensionHost;
  readonly acme: AcmeAuthority;
  readonly sslIt: SslIt;
  /** Files of certificates served in place of a site's own (fault `breakNext`). */
  readonly foreignCertificates: Map<string, string>;
  readonly hostName: string;
  readonly address: string;
  readonly port: number;
  now(): Date;
  /** Shows the panel's certificate as `admin/conf/httpsd.pem` now holds it. */
  showPanelCertificate(): void;
  /** The XML API in-process: what stands inside a packet, its version, and on behalf of whom; the administrator when absent. */
  callXml(packet: string, version: string | undefined, login: string | undefined): Promise<string>;
  /** Asks the extensions again which lines they want in a site's servers; the vhost is the caller's business. */
  refreshExtensionLines(site: string): Promise<void>;
  /** One-time login of an account; what the browser has to open. */
  loginLink(login: string): string;
}
