/** An account of the demo's server, and its site. */
export const account = "bob";
export const domain = "example.test";
/** Another account, whom the first one's certificates are none of their business. */
export const neighbour = "eve";

/**
 * A hosting server for the demo and the journeys: a panel's lab with `account` (its `domain` with `www`), `neighbour`
 * and an administrator, whose web server answers real handshakes, and into which the plugin is installed as an administrator does it.
 */
export interface DemoServer {
  /** As in `panel.kind` of the settings. */
  readonly panel: string;
  /** As in `panel.rootDir` of the settings. */
  readonly rootDir: string;
  /** As in `panel.apiUrl` of the settings. */
  readonly apiUrl: string | null;
  /** What the file `panel.credentialFile` holds; null where the adapter makes its credentials itself. */
  readonly credential: string | null;
  /** Roots in PEM that the panel's own certificate ends in. */
  readonly trustPem: string;
  /** Where its sites answer. */
  readonly address: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** `address:port` of the name server that has its zones. */
  readonly dnsAddress: string;
  /** Where the agent's sockets must lie for the glue to find them; in the stage's own folder when absent. */
  readonly runDir?: string;
  /** The group whose members open the pages' socket, where the glue runs as another user than the agent. */
  readonly pagesGid?: number;
  /** Makes the server's own store of roots know the CA, where the panel checks the chains that it is given. */
  trustCa?(rootPem: string): void;
  /** What a person needs to look around. */
  readonly welcome: {
    readonly url: string;
    readonly logins: readonly { readonly name: string; readonly password: string; readonly who: string }[];
  };

  /** Has the panel's own plugin manager install the plugin, whose glue will look for the agent in `runDir`. */
  installPlugin(place: { readonly folder: string; readonly runDir: string }): Promise<void>;
  /** How a page of the plugin is opened as somebody who has logged in to the panel. */
  visit(page: PluginPage): Promise<PageVisit>;
  stop(): Promise<void>;
}

/** Starts the server below a folder that is empty and that everybody may enter. */
export type OpenDemoServer<Server extends DemoServer = DemoServer> = (folder: string) => Promise<Server>;

/** Which page of the plugin, as whom. */
export interface PluginPage {
  readonly account: string;
  /** Whose page is opened; panels show the plugin to each of them at another address. */
  readonly level: "account" | "reseller" | "administrator";
  /** Path within the plugin, as in `PageRequest.path`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

export interface PageVisit {
  /** What a browser opens: the panel's shell with the page in it. */
  readonly shellUrl: string;
  /** Selector of the frame in which the shell shows the page; null where the page is part of the shell. */
  readonly frame: string | null;
  /** The page by itself, for where no browser is at hand. */
  readonly pageUrl: string;
  /** The session. */
  readonly cookies: Readonly<Record<string, string>>;
  /** Where the panel's host name leads to. */
  readonly address: string;
  readonly trustPem: string;
}
