export type Profile = "old" | "1.689" | "current";

/** How the lab behaves where spec directadmin leaves a question open ([UNSURE]), or where servers differ. */
export interface Switches {
  /** Feature level of the panel (spec §7.2.8): `old` has no domain-tls, uses private_html and ignores run_as. */
  profile: Profile;
  /** How values of records are escaped in legacy answers: `digits` too, as measured; `plain`; `&#NN` as long ago. */
  valueEscapes: "digits" | "plain" | "entities";
  /** HTTP status of a legacy refusal asked for with `json=yes`. */
  jsonErrorStatus: number;
  /** A call without credentials to a `CMD_API_…` address gets the login page with 200 in place of 401. */
  loginPageInsteadOf401: boolean;
  /** Which checks a paste has to pass: everything of §7.2.9, or only that key and certificate belong together. */
  pasteChecks: "all" | "pair-only";
  /** Does a paste with several certificates put all but the first into `.cacert`? */
  pasteSplitsChain: boolean;
  /** Does a paste remove `.cert.creation_time`, the mark of ACME-managed certificates? */
  pasteRemovesCreationTime: boolean;
  /** Are `BEGIN PRIVATE KEY` blocks refused, so that only the traditional forms are taken? */
  refusesPkcs8: boolean;
  /** What the `{id}` of domain-tls certificates looks like. */
  domainTlsIds: "host-names" | "opaque";
  /** The body of `PUT …/files`: its definition's name in the panel's own specification, and its fields. */
  putBody: "tlsFiles" | "request" | "cert-key-chain";
  /** Do calls to domain-tls run `ssl_save_pre` and `ssl_save_post`? */
  domainTlsRunsHooks: boolean;
  /** When the name server serves a changed zone. */
  dnsVisible: "at-once" | "task-run";
  /** Does `/api` accept the cookie pair of a browser session replayed by another process? */
  apiAcceptsReplayedSession: boolean;
  /** Is a session good only from the address it was made from? */
  sessionsBoundToAddress: boolean;
  /** Wrong passwords from one address before it is blocked. */
  bruteForceLimit: number;
  /** How long a key from `api-url` works. */
  apiUrlKeyMinutes: number;
  /** Plain HTTP of every domain answers with a redirect to HTTPS. */
  forceHttps: boolean;
}

export function defaultSwitches(): Switches {
  return {
    profile: "current",
    valueEscapes: "digits",
    jsonErrorStatus: 500,
    loginPageInsteadOf401: false,
    pasteChecks: "all",
    pasteSplitsChain: false,
    pasteRemovesCreationTime: true,
    refusesPkcs8: false,
    domainTlsIds: "host-names",
    putBody: "tlsFiles",
    domainTlsRunsHooks: true,
    dnsVisible: "at-once",
    apiAcceptsReplayedSession: true,
    sessionsBoundToAddress: false,
    bruteForceLimit: 20,
    apiUrlKeyMinutes: 60,
    forceHttps: false,
  };
}
