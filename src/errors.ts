/**
 * The error catalogue: everything that can go wrong or be refused has one entry here, with what a machine needs (code,
 * retry advice) and what a person needs (a plain sentence, whose turn it is, the next step). `docs/errors.md` is held
 * against it by a test. Nothing matches errors by their text.
 */

/** `never`: repeating cannot help. `soon`: a local hiccup, seconds. `later`: the CA's or DNS's schedule, minutes to a day. */
export type RetryAdvice = "never" | "soon" | "later";

/** Whose turn it is: the account holder, the hosting company, Xolphin, the CA behind it, or nobody (it resolves itself). */
export type Owner = "you" | "host" | "xolphin" | "ca" | "nobody";

interface CatalogueEntry {
  readonly advice: RetryAdvice;
  readonly owner: Owner;
  /** One plain sentence, fit for a page. */
  readonly sentence: string;
  /** What to do now, as an order to its owner; empty when nothing is to be done. */
  readonly next: string;
}

export const errorCatalogue = {
  // Input and configuration
  usage: entry("never", "you", "The command was not understood.", "Read the usage text and try again."),
  "settings-invalid": entry(
    "never",
    "host",
    "The configuration has faults.",
    "Correct the keys that are named and start again.",
  ),
  "setup-failed": entry(
    "never",
    "host",
    "The server could not be set up.",
    "Correct what is named and run it again; it goes on where it stopped.",
  ),
  "package-damaged": entry(
    "never",
    "host",
    "The package is not complete, or it was changed after it was made.",
    "Download it again and compare its checksum and signature.",
  ),
  "upgrade-failed": entry(
    "never",
    "host",
    "The new version did not become healthy, so the previous one runs again.",
    "Keep the previous version and report what is named.",
  ),
  "input-invalid": entry(
    "never",
    "you",
    "Something in the input is not valid.",
    "Correct what is named and try again.",
  ),
  "host-name-invalid": entry(
    "never",
    "you",
    "This is not a valid host name.",
    "Check the spelling of the name.",
  ),
  "csr-invalid": entry(
    "never",
    "you",
    "The certificate request (CSR) can't be used.",
    "Make a new one and try again.",
  ),
  "key-invalid": entry(
    "never",
    "you",
    "The private key can't be used.",
    "Give an unencrypted RSA or EC key in PEM.",
  ),
  "key-weak": entry(
    "never",
    "you",
    "The key is too weak to be safe.",
    "Use RSA 2048 to 4096 bits, P-256 or P-384.",
  ),
  "nothing-to-do": entry("never", "nobody", "There is nothing to do.", ""),

  // Webhooks
  "delivery-malformed": entry("never", "xolphin", "A webhook call could not be understood.", ""),
  "delivery-refused": entry(
    "never",
    "host",
    "A webhook call came from an address that is not on the list.",
    "If Xolphin's addresses changed, add the new one to webhook.allowedSources.",
  ),
  "delivery-unmatched": entry("later", "nobody", "A webhook names a request that is not known here yet.", ""),

  // The CA
  "ca-unreachable": entry("later", "nobody", "Xolphin can't be reached just now.", ""),
  "ca-fault": entry("later", "xolphin", "Xolphin answered with a fault of its own.", ""),
  "ca-busy": entry("later", "nobody", "Xolphin asks us to slow down.", ""),
  "ca-account-missing": entry(
    "later",
    "host",
    "The account at Xolphin has not been entered yet.",
    "Enter it on the administration page, or with xolphin-ssl setup.",
  ),
  "ca-refused-us": entry(
    "never",
    "host",
    "Xolphin refuses the account's user name or password, or this server's address.",
    "Check the CA account in the settings; requests wait until it works again.",
  ),
  "ca-answer-unreadable": entry("later", "xolphin", "Xolphin's answer could not be understood.", ""),
  "ca-refused-order": entry(
    "never",
    "you",
    "Xolphin does not accept the order.",
    "Correct what Xolphin names and order again.",
  ),
  "ca-not-found": entry("later", "xolphin", "Xolphin does not know this request.", ""),
  "ca-outcome-unknown": entry(
    "later",
    "nobody",
    "The order was sent but the answer was lost; we are looking whether it was placed.",
    "",
  ),
  "order-lost": entry(
    "never",
    "xolphin",
    "The order can't be found at Xolphin, neither as a request nor as a certificate.",
    "Ask Xolphin's support, naming the request number.",
  ),
  "order-not-placed": entry(
    "never",
    "you",
    "The order did not arrive at Xolphin; nothing was bought.",
    "Place the order again.",
  ),
  "order-not-allowed": entry(
    "never",
    "host",
    "Certificates are not ordered at this level here.",
    "Ask your hosting company.",
  ),
  "product-not-allowed": entry(
    "never",
    "host",
    "This product is not sold here.",
    "Choose another product, or ask your hosting company.",
  ),
  "order-limit-reached": entry(
    "never",
    "host",
    "The limit for orders within a day is reached; nothing was ordered.",
    "Order again tomorrow, or ask your hosting company.",
  ),
  "approval-needed": entry(
    "never",
    "host",
    "The order waits until your hosting company has approved it.",
    "Approve or decline the order on the administration page.",
  ),
  "order-declined": entry(
    "never",
    "host",
    "Your hosting company did not approve the order; nothing was bought.",
    "Ask your hosting company why.",
  ),
  "dry-run": entry(
    "never",
    "nobody",
    "This was a dry run: the order was checked and written down, but not sent.",
    "",
  ),
  "already-ordered": entry(
    "never",
    "nobody",
    "An order for exactly these names is already under way.",
    "Follow that one, or wait until it has come to its end.",
  ),
  "price-changed": entry(
    "never",
    "you",
    "The price has changed since you saw it; nothing was ordered.",
    "Look at the new price and order again if you agree.",
  ),
  "order-incomplete": entry(
    "never",
    "you",
    "Something is still missing in the order; nothing was ordered.",
    "Fill in what is named and order again.",
  ),
  "order-would-fail": entry(
    "never",
    "you",
    "The order would fail, so it was not sent.",
    "Remove what stands in the way, as shown, and order again.",
  ),
  "not-issued-yet": entry("later", "ca", "The certificate has not been issued yet.", ""),
  "request-deleted": entry("never", "nobody", "Xolphin says that this request was deleted.", ""),
  "request-cancelled": entry("never", "nobody", "This request was cancelled.", ""),

  // Validation
  "dcv-values-missing": entry("later", "xolphin", "Xolphin has not yet said what must be published.", ""),
  "dcv-values-suspicious": entry(
    "never",
    "xolphin",
    "The validation values from Xolphin do not belong to this name, so they were not published.",
    "Ask Xolphin's support.",
  ),
  "dcv-zone-elsewhere": entry(
    "never",
    "you",
    "The DNS of this name is managed elsewhere.",
    "Add the record that is shown at your DNS provider.",
  ),
  "dcv-not-visible": entry("later", "nobody", "The validation answer is not visible from outside yet.", ""),
  "dcv-record-conflict": entry(
    "never",
    "you",
    "Another DNS record stands where the validation record must be.",
    "Remove the old record, or choose another validation method.",
  ),
  "dcv-file-blocked": entry(
    "never",
    "you",
    "The website does not serve the validation file.",
    "Let /.well-known/pki-validation/ through: no redirect to another host, no login, no maintenance page.",
  ),
  "dcv-email-waiting": entry(
    "later",
    "you",
    "The CA waits for the approval mail to be answered.",
    "Open the mail from the CA and follow its link.",
  ),
  "dcv-method-unsupported": entry(
    "never",
    "you",
    "This name can't be validated with the chosen method.",
    "Choose DNS validation.",
  ),
  "organization-needed": entry(
    "never",
    "you",
    "Xolphin needs something about the organisation.",
    "Read Xolphin's message and answer it.",
  ),
  "phone-needed": entry("never", "you", "The validation call could not be completed.", "Plan a new call."),
  "phone-delayed": entry("later", "xolphin", "The validation call was postponed.", ""),
  "whois-needed": entry(
    "never",
    "you",
    "The owner of the name could not be confirmed.",
    "Read Xolphin's message and answer it.",
  ),
  "message-waiting": entry("never", "you", "There is a new message from Xolphin.", "Read it and answer it."),
  "brand-review": entry("later", "ca", "The CA checks the name by hand because it resembles a brand.", ""),
  "csr-refused-by-ca": entry(
    "never",
    "you",
    "The CA does not accept the certificate request (CSR).",
    "Order a reissue.",
  ),

  // Certificate, chain, key
  "certificate-unreadable": entry(
    "later",
    "xolphin",
    "The certificate file from Xolphin could not be read.",
    "",
  ),
  "certificate-not-ours": entry(
    "later",
    "xolphin",
    "The certificate offered was made for another key, perhaps the previous one.",
    "",
  ),
  "key-missing": entry(
    "never",
    "you",
    "The private key of this certificate is not on this server.",
    "Give the key (adopt), or order a reissue, which makes a new one.",
  ),
  "key-mismatch": entry("never", "you", "The key does not belong to the certificate.", "Order a reissue."),
  "key-unreadable": entry(
    "never",
    "host",
    "A stored private key can't be opened.",
    "Restore the machine key from backup, or order a reissue.",
  ),
  "chain-incomplete": entry(
    "later",
    "xolphin",
    "The certificates between this one and a trusted root are missing.",
    "",
  ),
  "chain-expired": entry("later", "xolphin", "A certificate in the chain has expired.", ""),
  "certificate-expired": entry("never", "you", "The certificate has expired.", "Renew it."),
  "certificate-expires-soon": entry(
    "never",
    "you",
    "The certificate is valid for less than a day.",
    "Order a reissue or renewal.",
  ),
  "certificate-not-yet-valid": entry(
    "later",
    "nobody",
    "The certificate is not valid yet; it is installed when it is.",
    "",
  ),
  "certificate-weak": entry(
    "never",
    "xolphin",
    "The certificate uses a weak key or signature.",
    "Order a reissue with a new key.",
  ),
  "certificate-wrong-use": entry(
    "never",
    "xolphin",
    "The certificate is not one for web servers.",
    "Ask Xolphin's support.",
  ),
  "clock-implausible": entry(
    "soon",
    "host",
    "The clock of this server is wrong, so nothing that depends on the date is done.",
    "Set the clock (NTP).",
  ),

  // The next certificate
  "renewal-consent-needed": entry(
    "never",
    "you",
    "The paid term of this certificate comes to its end.",
    "Renew it, or say that it may end.",
  ),
  "reissue-consent-needed": entry(
    "never",
    "you",
    "This certificate comes to its end; the next one of the paid term costs nothing.",
    "Ask for the next certificate.",
  ),
  "selection-changed": entry(
    "never",
    "you",
    "What matches has changed since the page was made.",
    "Look at the number again and repeat.",
  ),
  "successor-under-way": entry("never", "nobody", "The next certificate is already under way.", ""),

  // Planning an installation
  "no-vhost": entry(
    "never",
    "you",
    "No website on this server has a name of this certificate.",
    "Add the name to the hosting account, then install again.",
  ),
  "vhost-unknown": entry(
    "never",
    "you",
    "The website does not exist any more.",
    "Choose another website, then install again.",
  ),
  "owner-changed": entry(
    "never",
    "host",
    "The website now belongs to another account than the one that ordered.",
    "An administrator must decide.",
  ),
  "account-suspended": entry("later", "host", "The hosting account is suspended.", "Activate the account."),
  "ssl-not-allowed": entry(
    "never",
    "host",
    "The hosting account may not use TLS certificates.",
    "Switch SSL on for the account or its package.",
  ),
  "already-installed": entry("never", "nobody", "This certificate is already installed.", ""),
  "newer-installed": entry("never", "nobody", "A newer certificate is already installed.", ""),
  "covers-less": entry(
    "never",
    "you",
    "The new certificate covers fewer names than the one in use.",
    "Install anyway, or order one with all names.",
  ),
  "names-not-covered": entry(
    "never",
    "you",
    "The certificate covers no name of this website.",
    "Choose another website or certificate.",
  ),
  "policy-keeps-current": entry(
    "never",
    "host",
    "The server's policy keeps the certificate in use.",
    "Install by hand, or change policy.replace.",
  ),

  // The panel
  "panel-unreachable": entry(
    "soon",
    "host",
    "The control panel does not answer.",
    "See whether the control panel runs.",
  ),
  "panel-fault": entry(
    "soon",
    "host",
    "The control panel reports a fault of its own.",
    "See what the panel says.",
  ),
  "panel-refused-us": entry(
    "never",
    "host",
    "The control panel does not allow this plugin what it needs.",
    "Run the self-test (doctor) and restore the rights it names.",
  ),
  "panel-refused": entry(
    "never",
    "host",
    "The control panel refuses the certificate.",
    "See what the panel says.",
  ),
  "panel-answer-unreadable": entry(
    "later",
    "host",
    "The control panel's answer could not be understood.",
    "",
  ),
  "panel-disk-full": entry("later", "host", "The disk of the server is full.", "Make room."),
  "panel-feature-missing": entry("never", "host", "This version of the control panel can't do that.", ""),
  "panel-not-applied": entry(
    "soon",
    "host",
    "The control panel said yes, but the certificate is not in its records.",
    "",
  ),
  "account-unknown": entry(
    "never",
    "you",
    "There is no such hosting account.",
    "Check the name of the account.",
  ),
  "session-refused": entry(
    "never",
    "you",
    "The control panel did not confirm your session.",
    "Log in to the control panel again.",
  ),
  "form-expired": entry(
    "never",
    "you",
    "This form is too old or came from elsewhere.",
    "Open the page again and repeat.",
  ),
  "not-allowed": entry("never", "you", "You may not do this.", "Ask your hosting company."),
  "read-only": entry(
    "never",
    "you",
    "You may look here but change nothing: this is a demonstration account, or your login lacks the right.",
    "Log in as the account holder, or ask your hosting company.",
  ),
  "not-found": entry("never", "you", "There is no such page or request.", "Go back to the list."),

  // Served or not
  "not-served-yet": entry(
    "soon",
    "nobody",
    "Installed, but the web server does not serve the new certificate yet.",
    "",
  ),
  "served-old": entry(
    "later",
    "host",
    "The web server still serves another certificate.",
    "Check the web server's configuration and reload it.",
  ),
  "served-other": entry(
    "later",
    "host",
    "The web server served a certificate that is neither the new nor the old one.",
    "Check the web server's configuration for a second site of this name.",
  ),
  "served-incomplete": entry(
    "soon",
    "host",
    "The web server serves the certificate without its full chain.",
    "Check the web server's configuration.",
  ),
  "tls-unreachable": entry(
    "soon",
    "host",
    "No TLS connection to the website could be made.",
    "Check the web server.",
  ),
  "tls-refused": entry(
    "soon",
    "host",
    "The web server broke off the TLS handshake.",
    "Check the web server.",
  ),
  "web-server-broken": entry(
    "later",
    "host",
    "The web server's configuration is broken, so the old certificate was put back.",
    "Repair the web server's configuration, then install again.",
  ),
  "replaced-by-other": entry(
    "never",
    "host",
    "Something else replaced the certificate.",
    "Find what did, or let the plugin put it back.",
  ),

  // Ourselves
  "store-busy": entry("soon", "host", "The store is busy.", ""),
  "store-unusable": entry("never", "host", "The store can't be used.", "Run the self-test (doctor)."),
  "store-damaged": entry(
    "never",
    "host",
    "The store was damaged and had to be set aside.",
    "Check the disk, then look through the list of requests; orders of which the key is here were taken over again.",
  ),
  "store-newer": entry(
    "never",
    "host",
    "The store was written by a newer version.",
    "Install that version, or a newer one.",
  ),
  "disk-full": entry("later", "host", "The disk is full; nothing can be stored.", "Make room."),
  "agent-unreachable": entry(
    "soon",
    "host",
    "The plugin's service is not running.",
    "Start the service xolphin-ssl.",
  ),
  "webhook-not-reachable": entry(
    "never",
    "host",
    "Webhooks can't reach this server at the address that Xolphin would use.",
    "Let the server's name point to this server and open the webhook port in the firewall; until then the regular check finds changes.",
  ),
  "webhook-untrusted": entry(
    "never",
    "host",
    "The certificate that answers webhooks is not trusted for the server's name.",
    "Give the server a valid certificate in the control panel, or name one in webhook.certificateFile.",
  ),
  "name-server-silent": entry(
    "later",
    "host",
    "No name server answers this server's questions.",
    "Look at /etc/resolv.conf, or name resolvers in dns.servers.",
  ),
  "sync-implausible": entry(
    "never",
    "host",
    "The disk says that data is safe faster than a disk can.",
    "Switch off a write cache without battery, that of the virtualisation too; a power cut could cost accepted webhooks otherwise.",
  ),
  "sync-slow": entry(
    "never",
    "host",
    "The disk takes long to make data safe.",
    "See what keeps the disk busy; webhooks are answered only once they are safe.",
  ),
  "not-hardened": entry(
    "never",
    "host",
    "The service runs with more rights than it needs.",
    "Start it by its own systemd units: xolphin-ssl setup puts them back.",
  ),
  "version-mismatch": entry(
    "never",
    "host",
    "The control panel has another version of the plugin than the service.",
    "Install the package again through the control panel.",
  ),
  "mail-not-sent": entry(
    "later",
    "host",
    "A mail could not be sent.",
    "Check the server's sendmail, or notify.smtp in the settings.",
  ),
  parked: entry(
    "never",
    "host",
    "This work failed five times in an unexpected way and was set aside.",
    "Read the log with the given reference, then retry by hand.",
  ),
  // The fleet
  "bus-unreachable": entry("soon", "host", "The hub of the fleet can't be reached just now.", ""),
  "bus-not-durable": entry(
    "later",
    "host",
    "The message bus does not keep webhooks safely, so none are accepted.",
    "Give every bus server the configuration that fleet init wrote: three replicas, synced always. Restart one that the others do not see.",
  ),
  "bus-answer-unreadable": entry(
    "later",
    "host",
    "A message on the fleet's bus could not be understood.",
    "",
  ),
  "fleet-refused": entry(
    "never",
    "host",
    "The hub of the fleet does not let this server do that.",
    "Ask the fleet's administrator whose order this is.",
  ),
  "server-cloned": entry(
    "later",
    "host",
    "Another machine bears this server's name in the fleet, so this one only looks.",
    "Say on it: xolphin-ssl fleet moved, if it is the server now, or xolphin-ssl fleet copy.",
  ),
  "handing-over": entry(
    "never",
    "host",
    "This account is on its way to another server; nothing is done about it meanwhile.",
    "Import the file there, or say here: xolphin-ssl account take-back ACCOUNT.",
  ),
  "handed-over": entry("never", "nobody", "Another server looks after this account now.", ""),
  "handover-not-yet": entry(
    "soon",
    "host",
    "Something of this account is under way, so it can't be handed over just now.",
    "Try again in a few minutes; an order that waits for approval must be approved or refused first.",
  ),
  "handover-refused": entry(
    "never",
    "host",
    "This hand-over can't be accepted here.",
    "Begin anew with xolphin-ssl account receive on the new server, and look at what is named.",
  ),
  "token-refused": entry(
    "never",
    "host",
    "The token to join the fleet was used already, is too old, or is none.",
    "If nobody of yours used it, somebody else did: first say xolphin-ssl fleet remove NAME --yes. Then make a new one on the hub: xolphin-ssl fleet token NAME.",
  ),
  internal: entry(
    "later",
    "host",
    "Something unexpected went wrong in the plugin.",
    "Report the reference number.",
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** One field that was refused, in the words of whoever refused it. */
export interface FieldProblem {
  readonly field: string;
  readonly text: string;
}

export interface CodedErrorOptions {
  /** For the log and the administrator: what exactly, with vendor words; never a secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** The other side named a moment before which trying again is pointless. */
  readonly notBefore?: Date;
  readonly fields?: readonly FieldProblem[];
}

/** The one error type that crosses module borders. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly notBefore: Date | null;
  readonly fields: readonly FieldProblem[];

  constructor(code: ErrorCode, options: CodedErrorOptions = {}) {
    super(errorCatalogue[code].sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CodedError";
    this.code = code;
    this.detail = options.detail ?? "";
    this.notBefore = options.notBefore ?? null;
    this.fields = options.fields ?? [];
  }

  get advice(): RetryAdvice {
    return errorCatalogue[this.code].advice;
  }

  get owner(): Owner {
    return errorCatalogue[this.code].owner;
  }
}

/** Turns whatever was thrown into a catalogue error; what is none becomes `internal` with its cause kept. */
export function asCodedError(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown;
  return new CodedError("internal", {
    cause: thrown,
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  });
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalogue, text);
}

function entry(advice: RetryAdvice, owner: Owner, sentence: string, next: string): CatalogueEntry {
  return { advice, owner, sentence, next };
}
