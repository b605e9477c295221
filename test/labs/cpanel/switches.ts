/** How the lab behaves where spec cpanel leaves a question open (**unsure**), or where servers differ. */
export interface Switches {
  /** §4.4: answer for a missing or wrong token. */
  badTokenStatus: 401 | 403;
  /** §4.3: does `+` in a command line argument become a space? */
  plusIsSpace: boolean;
  /** §4.3: a line `info [uapi] STDERR output from hook …` with every command. */
  hookNoise: "none" | "stderr" | "stdout";
  /** §4.4: a line of text inside the HTTP header block of `servicestatus`. */
  headerLeak: boolean;
  /** §4.2: numbers in answers come as strings. */
  numbersAsStrings: boolean;
  /** §4.2: members of objects come in random order. */
  randomOrder: boolean;
  /** §4.2: `metadata.result` of `uapi_cpanel` when the inner call failed. */
  innerFailureFailsOuter: boolean;
  /** §4.5: is a certificate that matches none of the website's names refused? */
  refusesForeignNames: boolean;
  /** §4.7: is an expired certificate refused? */
  refusesExpired: boolean;
  /** §4.5: may the key be left out when the account has it stored? */
  keyMayBeOmitted: boolean;
  /** §4.9: do lists tell the public half of a key: of all, of none, or of RSA alone, as before elliptic curves were taken? */
  publicHalves: "all" | "rsa" | "none";
  /** §4.7, §10.2: what UAPI calls for a suspended account do. */
  suspendedCalls: "work" | "refused";
  /** §4.4: what a password in an `Authorization: Basic` header gets; refused with the login page, or taken. */
  basicAuth: "refused" | "accepted";
  /** §4.2: how a WHM call beyond the caller's rights is refused. */
  aclRefusal: "reason" | "403";
  /** §4.11: does `save_file_content` make missing folders? */
  saveMakesFolders: boolean;
  /** §5.1: has a new domain a `mail.` alias? */
  mailAlias: boolean;
  /** §5.2: does a new website get a certificate that signs itself? */
  selfSignedOnCreate: boolean;
  /** §1.11: does `uninstall_plugin` leave `dynamicui_<id>.conf` behind? */
  uninstallLeavesDynamicui: boolean;
  /** §2.3: a text before the JSON in answers of the LiveAPI socket. */
  liveWarnings: boolean;
  /** §3.3: may a page in Perl call the admin bridge directly? */
  perlMayCallAdminBin: boolean;
  /** §2.6: pages carry `X-Frame-Options` and `X-Content-Type-Options`. */
  securityHeaders: boolean;
  /** A restart of Apache: in the background at once, or only by `runReload()`. */
  apacheRestarts: "background" | "manual";
  /** When the deferred installer works (§6): with the lab's timer or `runDeferred()`, or never, to try the fallback. */
  deferredInstaller: "runs" | "stuck";
  /** Megabytes that `installed_hosts` is filled up with (§9.3). */
  hugeInstalledHostsMb: number;
}

export function defaultSwitches(): Switches {
  return {
    badTokenStatus: 403,
    plusIsSpace: true,
    hookNoise: "none",
    headerLeak: false,
    numbersAsStrings: false,
    randomOrder: true,
    innerFailureFailsOuter: false,
    refusesForeignNames: false,
    refusesExpired: true,
    keyMayBeOmitted: true,
    publicHalves: "all",
    suspendedCalls: "work",
    basicAuth: "refused",
    aclRefusal: "reason",
    saveMakesFolders: false,
    mailAlias: true,
    selfSignedOnCreate: true,
    uninstallLeavesDynamicui: true,
    liveWarnings: false,
    perlMayCallAdminBin: false,
    securityHeaders: true,
    apacheRestarts: "background",
    deferredInstaller: "runs",
    hugeInstalledHostsMb: 0,
  };
}
