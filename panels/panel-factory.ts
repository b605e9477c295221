import type { Clock } from "../src/clock.ts";
import type { Log } from "../src/logging.ts";
import type { PageHost, Panel, PanelId } from "../src/panel.ts";

/** What an adapter is built from; the settings of design §5.2 `panel`, with the roots already read. */
export interface PanelOptions {
  /** Where the panel's own files and commands are looked for; `/` on a real server. */
  readonly rootDir: string;
  /** Null: the adapter finds the panel's address itself. */
  readonly apiUrl: string | null;
  readonly credentialFile: string | null;
  /** Where the agent's sockets lie; what the glue must know besides is put there as well. */
  readonly runDir: string;
  /** Further roots in PEM that the panel's own certificate may end in. */
  readonly trust: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** One panel as the registry knows it. */
export interface PanelModule {
  readonly id: PanelId;
  openPanel(options: PanelOptions): Panel;
  openPageHost(options: PanelOptions): PageHost;
  /** The certificate of the server's host name, for the webhook listener; null when the panel has none. */
  hostCertificate(options: PanelOptions): HostCertificate | null;
  /** What setting up a server with this panel needs to know; root asks. */
  readonly server: PanelServer;
}

/** A panel as it lies on a server, for `setup`. */
export interface PanelServer {
  /** Is this panel installed below `rootDir`? */
  isHere(rootDir: string): boolean;
  /** The version of the plugin's side that lies in the panel; null when none does. */
  pluginVersion(rootDir: string): string | null;
  /** The group under which the panel runs the page glue; null: the service's own user, or root. */
  readonly pagesGroup: string | null;
  /** Where the panel's installer keeps the credential that the root side uses; null: none is kept. */
  readonly credentialFile: string | null;
  /**
   * What only root may read of the panel's settings and the agent needs: the address, and the certificate (PEM) that the
   * panel is known by when nobody but itself signed it. Null: the agent finds it out, or has no need of it.
   */
  findAddress(rootDir: string): { readonly apiUrl: string | null; readonly trust: string | null };
}

export interface HostCertificate {
  /** Leaf and chain, PEM. */
  readonly certificateFile: string;
  readonly keyFile: string;
}
