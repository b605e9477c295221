/** How the lab behaves where spec plesk leaves a question open (UNSURE), or where servers differ. */
export interface Switches {
  /** `18.0.NN`; decides what `--info`, REST and the SDK have. */
  version: string;
  /** Which sites `certificate -domain` takes: any site of the subscription, or its main domain only. */
  certificateDomain: "any-site" | "main-only";
  /** Does `--list -domain` name the administrator's certificates too? */
  listShowsAdminPool: boolean;
  /** A line about the repository before the table of `--list`. */
  listSaysRepository: boolean;
  /** Does `certificate --info` exist? */
  certificateInfo: "exit-code" | "none";
  /** What `--remove` does with a certificate in use. */
  removeUsed: "refuse" | "unbind";
  /** Which repositories a site can be given a certificate from, besides its own and the administrator's. */
  poolReach: "subscription" | "customer";
  /** Longest name of a certificate. */
  longestName: number;
  /** Does the utility refuse a full chain in `-cert-file`? */
  refusesChainInCertFile: boolean;
  /** Does `site --info` show `Certificate:` for a site on the server's default certificate? */
  infoShowsDefaultCertificate: boolean;
  /** An option that sets the mail certificate of one domain, where some utility has one. */
  mailCertificateOption: { utility: string; option: string } | null;
  /** How `dns` wants TXT records: `-txt TEXT -domain SUB`, `-txt SUB -value TEXT`, or only `-txt TEXT` for the domain itself. */
  dnsTxt: "text-domain" | "sub-value" | "text-only";
  /** When a new certificate is served: with the web server restart, or with nginx's own reload at once. */
  tlsFollows: "restart-interval" | "nginx-at-once";
  /** Language of the utilities' messages. */
  language: "en" | "de" | "nl";
  /** What the keep-secured run does to a valid certificate of another authority. */
  keepSecured: "missing-only" | "foreign-too";
  /** Who runs post-install and pre-uninstall. */
  installScriptsRunAs: "psaadm" | "root";
  /** Has the runtime the interface `EventListener`? */
  eventListener: boolean;
  /** Status of a changing request without forgery token. */
  csrfStatus: 403 | 500;
  /** Has the panel's own style sheet classes that extensions could lean on? */
  panelStyles: boolean;
  /** `Content-Security-Policy` of panel pages; empty for none. */
  contentSecurityPolicy: string;
  /** Has `restore` of a backup hook the id map after the domain? */
  restoreHasIdMap: boolean;
  /** Failed logins of the APIs from one address before it is locked out, and for how long. */
  loginAttempts: number;
  lockOutSeconds: number;
  /** How long a fresh REST key answers 401. */
  keyDelayMs: number;
}

export function defaultSwitches(): Switches {
  return {
    version: "18.0.78",
    certificateDomain: "any-site",
    listShowsAdminPool: false,
    listSaysRepository: false,
    certificateInfo: "none",
    removeUsed: "refuse",
    poolReach: "subscription",
    longestName: 255,
    refusesChainInCertFile: false,
    infoShowsDefaultCertificate: false,
    mailCertificateOption: null,
    dnsTxt: "text-domain",
    tlsFollows: "restart-interval",
    language: "en",
    keepSecured: "foreign-too",
    installScriptsRunAs: "psaadm",
    eventListener: true,
    csrfStatus: 403,
    panelStyles: true,
    contentSecurityPolicy: "",
    restoreHasIdMap: false,
    loginAttempts: 5,
    lockOutSeconds: 300,
    keyDelayMs: 0,
  };
}
