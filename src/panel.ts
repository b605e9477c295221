import type { CodedError } from "./errors.ts";
import type { Certificate, CertificateBundle } from "./model/certificate.ts";
import type { HostName } from "./model/host-name.ts";
import type { Secret } from "./secret.ts";

/**
 * What the core needs of a control panel. An adapter in `panels/<id>/` fulfils `Panel` (and `PageHost`); the core never
 * names a panel. Everything here must be answered from the panel at the moment of asking: an adapter keeps no memory of
 * accounts or vhosts between calls (design §6, ownership).
 *
 * Every method throws `CodedError` only: `panel-unreachable`, `panel-fault`, `panel-refused-us`, `panel-refused`,
 * `panel-answer-unreadable`, `panel-disk-full`, `panel-feature-missing`, `account-unknown`, `vhost-unknown`,
 * `account-suspended`, `ssl-not-allowed`, or a code named at the method. An empty list never means "could not ask".
 */
export interface Panel {
  readonly id: PanelId;

  /** Version, host name and abilities; also proves that the panel answers and lets us in. */
  readFacts(): Promise<PanelFacts>;

  /** All hosting accounts, resellers and administrators included. */
  listAccounts(): Promise<readonly Account[]>;

  /** One account as it is now. Throws `account-unknown`. */
  readAccount(name: string): Promise<Account>;

  /** The vhosts of one account, or of all. Suspended ones included, marked. */
  listVhosts(account?: string): Promise<readonly Vhost[]>;

  /** What the panel has on record for this vhost; null when the vhost has no certificate of its own. */
  readCertificate(vhost: VhostRef): Promise<InstalledCertificate | null>;

  /** The same with its private key, to be put back if an installation fails. The caller seals it at once. */
  readBundle(vhost: VhostRef): Promise<CertificateBundle | null>;

  /**
   * Puts each bundle on its vhost and makes the web server take them up, with as few reloads as the panel allows; also
   * keeps the panel's own certificate engine from replacing them. Outcomes are in the order of the argument; one
   * refusal does not stop the others. Idempotent: a bundle that is already there is an outcome without `problem`.
   * On return the panel says yes; whether the web server serves it is found out by handshakes, not here.
   * A request to restore (`bundle: null`) takes the certificate off so that the panel's default serves again.
   */
  installCertificates(installs: readonly VhostInstall[]): Promise<readonly InstallOutcome[]>;

  /** Publishes a DCV answer where the panel can. Throws `dcv-zone-elsewhere`, `dcv-record-conflict`, `dcv-file-blocked`, `dcv-method-unsupported`. Idempotent. */
  publishDcv(answer: DcvAnswer): Promise<void>;

  /** Takes a published answer away again; no error when it is not there. Never touches a record or file that is not exactly this answer. */
  withdrawDcv(answer: DcvAnswer): Promise<void>;

  /** Lets go of sockets and credentials. */
  close(): Promise<void>;

  /**
   * What every vhost of the server has on record, where the panel tells that at once. For comparing only: what differs is
   * asked for one by one. Throws `panel-feature-missing` where the panel does not.
   */
  listInstalled?(): Promise<readonly InstalledMark[]>;

  /**
   * A private key that the panel itself keeps for this account, by its public key (`Certificate.keyId`); null when it keeps
   * no such key. For certificates whose request was made in the panel. Throws `panel-feature-missing` where the panel
   * keeps none, `account-unknown`. The caller seals it at once.
   */
  findKey?(account: string, keyId: string): Promise<Secret | null>;

  /**
   * The names of a vhost that the panel's own certificate engine could look after, and which of them it was told to leave
   * alone. Throws `panel-feature-missing` where the panel has no such choice or the account may not make it, `vhost-unknown`.
   */
  readEngineNames?(vhost: VhostRef): Promise<readonly EngineName[]>;

  /**
   * Has the panel's own engine leave these names of the vhost alone (`away`), or look after them again. Idempotent. Throws
   * as `readEngineNames` does; `vhost-unknown` also for a name that is none of the vhost's, and then nothing is changed.
   */
  keepEngineAway?(vhost: VhostRef, names: readonly HostName[], away: boolean): Promise<void>;
}

/** How a panel's pages reach the agent: turns what the glue handed over into a proven caller and a plain request. */
export interface PageHost {
  /**
   * Proves who is asking from the panel's own authority and returns the request. Throws `session-refused` when the proof
   * fails, `input-invalid` when the hand-over does not parse, `panel-unreachable` when the panel can't be asked.
   */
  readPageRequest(handover: unknown): Promise<PageRequest>;
}

/** The id under which an adapter is registered in `panels/index.ts`; the core only carries it. */
export type PanelId = string;

export interface PanelFacts {
  readonly panel: PanelId;
  readonly version: string;
  readonly hostName: string;
  /** Can DNS records be published for zones on this server? */
  readonly dns: boolean;
  /** Words for `doctor`: what the adapter found and chose, e.g. which install call. */
  readonly notes: readonly string[];
}

export interface Account {
  readonly name: string;
  readonly role: "administrator" | "reseller" | "account";
  /** The reseller or administrator who owns it; null for the first administrator. */
  readonly owner: string | null;
  /** ISO 8601, or the panel's own stable mark of this very account; null when the panel has none. */
  readonly createdAt: string | null;
  readonly suspended: boolean;
  /** May use TLS certificates. */
  readonly tlsAllowed: boolean;
  /** May edit DNS here. */
  readonly dnsAllowed: boolean;
  readonly email: string | null;
  /** BCP 47 primary language, e.g. `nl`; null when the panel does not say. */
  readonly language: string | null;
}

/** Names one vhost: the adapter's own id and the account that owned it when it was listed. */
export interface VhostRef {
  readonly id: string;
  readonly account: string;
}

/** A set of host names on this server that carries one certificate. */
export interface Vhost extends VhostRef {
  /** The main name first; every name that one installation here really covers. */
  readonly names: readonly HostName[];
  /** Addresses the web server answers on for it, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  readonly suspended: boolean;
  /** TLS is switched on for it. */
  readonly tls: boolean;
}

/** What the panel has on record; the key is not part of it. */
export interface InstalledCertificate {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  /** The panel's own engine may replace it. */
  readonly managedByPanel: boolean;
}

/** Which certificate a vhost has on record. */
export interface InstalledMark {
  readonly vhost: VhostRef;
  /** Of the leaf. */
  readonly fingerprint: string;
}

/** One name of a vhost, and whether the panel's own certificate engine leaves it alone. */
export interface EngineName {
  readonly name: HostName;
  readonly away: boolean;
}

export interface VhostInstall {
  readonly vhost: VhostRef;
  readonly bundle: CertificateBundle | null;
}

export interface InstallOutcome {
  readonly vhost: VhostRef;
  /** Null: the panel has it on record, read back and compared. */
  readonly problem: CodedError | null;
}

export type DcvAnswer =
  | {
      readonly method: "DNS";
      readonly account: string;
      /** The name being validated. */
      readonly name: HostName;
      /** Absolute owner name without trailing dot, underscores allowed, already checked to lie within the name's zone. */
      readonly owner: string;
      readonly type: "CNAME" | "TXT";
      /** CNAME: absolute target without trailing dot. TXT: the text without quotes. */
      readonly value: string;
    }
  | {
      readonly method: "FILE";
      readonly account: string;
      readonly name: HostName;
      /** Always `/.well-known/pki-validation/<file>`, already checked (`[A-Za-z0-9_-]+\.txt`). */
      readonly path: string;
      readonly content: string;
    };

/** Who looks at a page, as vouched for by the panel. */
export interface Caller {
  readonly account: string;
  readonly role: Account["role"];
  /** The level whose page was opened; never above the role. */
  readonly level: "account" | "reseller" | "administrator";
  /** Who is really there while logged in as someone else; for the audit log only. */
  readonly actingFor: string | null;
  readonly language: string | null;
  /** Secret bytes bound to the panel session, to derive form tokens from; never shown. */
  readonly sessionBinding: string;
  /** Read-only callers (demo mode, team users without the right) may look but not change. */
  readonly readOnly: boolean;
  /** Vhosts of the account (their ids) that the panel keeps from this caller; nothing about them is shown. */
  readonly closed?: readonly string[];
}

/** A page request in plain words. */
export interface PageRequest {
  readonly caller: Caller;
  /** `page` is a fragment for the panel's frame; `raw` is a complete response (JSON, download, menu). */
  readonly output: "page" | "raw";
  /** Path within the plugin, e.g. `/`, `/request`, `/menu`. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** The submitted form; null when nothing was submitted, whatever the method was. */
  readonly form: ReadonlyMap<string, string> | null;
  /** How links to a path are written in this frame: `href("/request", { id: "1" })`. */
  href(path: string, query?: Readonly<Record<string, string>>): string;
  /** The same for a path whose answer is `raw`: JSON, a download. */
  rawHref(path: string, query?: Readonly<Record<string, string>>): string;
  /** Address of a static file of the plugin, e.g. `style.css`. */
  asset(name: string): string;
  /** The panel's look: the page's class `xssl-theme-<theme>`, for which `templates/themes/` may have rules. */
  readonly theme: string;
  /** Which way the panel's interface reads, so that ours is not the other way round; left to right when it does not say. */
  readonly direction?: "ltr" | "rtl";
  /** The frame prints the page's title as its own first heading: ours begin at the second level. */
  readonly titled?: boolean;
  /** Hidden fields that the panel wants in each form that changes something; its glue may fill in their values. None when absent. */
  readonly formFields?: readonly { readonly name: string; readonly value: string }[];
}
