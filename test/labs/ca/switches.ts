import type { ChainPart } from "./certificate-authority.ts";

/**
 * One setting for every question the public material leaves open (spec xolphin-api §14; the U-number is at each).
 * The defaults are the likeliest reading; where two are equally likely, the one that is harder on a client.
 */
export interface Switches {
  /** U1: `other` gives certificates ids from a range of their own. */
  certificateId: "same" | "other";
  /** U2: what `GET requests/{id}` says of an issued request. It leaves the list either way. */
  issuedRequest: "404" | "readable";
  /** U3: the id a reissue answers with. */
  reissueId: "new" | "same";
  /** U3 with a new id: under which id the reissued certificate appears. */
  reissuedCertificate: "request-id" | "original-id";
  /** U3: which id webhooks about a reissue name. */
  reissueWebhookId: "request-id" | "original-id";
  /** U4: what `certificates/{id}/download` serves while that certificate is being reissued. */
  downloadDuringReissue: "old" | "404";
  /** U5: a cancel without `revoke`. */
  cancelWithoutRevoke: "revokes" | "keeps";
  /** U6 */
  dnsRecord: "absolute" | "trailing-dot" | "relative-to-domain" | "relative-to-zone" | "upper-case";
  /** U6, for the value. */
  dnsCnameValue: "plain" | "trailing-dot";
  /** U7 */
  fileLocation: "host-and-path" | "http-url" | "https-url" | "path";
  /** U8: what the DigiCert family of brands asks for; Sectigo is always CNAME. */
  digicertDns: "txt-dnsauth" | "txt-domain" | "cname";
  /** U9: how a wildcard name is written in `dcv.domains`. */
  wildcardDomain: "wildcard" | "bare";
  /** U10: type of a domain's `statusDetail`; the recording has `false` while waiting. */
  statusDetail: "mixed" | "integer" | "boolean" | "text";
  /** U10: how `status` is written. */
  booleans: "boolean" | "integer" | "text";
  /** U10 */
  doneText: string;
  /** U11 */
  createStatus: 200 | 201;
  /** U12 */
  errors: "map-of-arrays" | "map-of-texts" | "array" | "nested" | "message-only";
  /** U13: status of refused parameters. */
  refusalStatus: 400 | 409 | 422;
  /** U14: `limit` calls per window of the CA's clock; `headers: false` leaves the two headers out. */
  rateLimit: {
    limit: number;
    windowSeconds: number;
    headers: boolean;
    retryAfter: "seconds" | "date" | "absent";
  };
  /** F-05: the `Date` header follows the CA's clock. */
  dateHeader: "present" | "absent";
  /** U15: the largest `limit` a list honours. */
  maxPageSize: number;
  /** U16: `fraction` has microseconds, `local` no offset at all. */
  dates: "colon" | "no-colon" | "zulu" | "fraction" | "local" | "date-only";
  /** U17 */
  altNames: "empty" | "texts" | "objects" | "keyed-objects";
  /** U18: `old` is `includeDomains`, `priceExtra`, `priceExtraWildcard`. */
  productKeys: "current" | "old";
  /** U19: only the price in the control state depends on it. */
  includedDomainsCountCommonName: boolean;
  /** U20: what an order for a DV product must name besides the certificate itself. */
  contactRequired: "nothing" | "approverEmail" | "representative";
  /** U20: EMAIL for a name without an address: refused, or accepted with the literal `Not Yet Set`. */
  missingApproverEmail: "refused" | "not-yet-set";
  /** U21: the part of a validation call that holds the address; the other one is ignored. */
  callEmailField: "emailAddress" | "email";
  /** U22: the part that code signing orders need. */
  certenrollField: "certenroll_email" | "certenrollEmail";
  /** U23 */
  freeNameInDcv: "accepted" | "refused";
  /** U24: whether the common name or the free name is in a request's list of names. */
  sanListHasCommonName: boolean;
  sanListHasFreeName: boolean;
  /** U24: `empty` as in the recording of a certificate. */
  certificateSans: "listed" | "empty";
  /** U24: a SAN list that repeats the common name. */
  commonNameInSans: "accepted" | "refused";
  /** U25 */
  ecKeys: "accepted" | "refused";
  /** U26: what `CA_BUNDLE` holds, in this order; parts may repeat, and an empty list is an empty body. */
  bundle: ChainPart[];
  /** U26: text between the blocks, and the line ends of downloads. */
  pemForm: "plain" | "crlf" | "commented";
  /** U27 */
  caDownload: "intermediate" | "root";
  /** U28, U29 and F-12 to F-16. */
  webhook: WebhookSwitches;
  /** U30: `null` never announces; else days before `notAfter` at which a certificate under a subscription is announced. */
  readyForReissueDays: number | null;
  /** U31: `null` allows renewal at any time. */
  renewFromDays: number | null;
  /** U32 */
  requestOrder: "newest-first" | "oldest-first";
  certificateOrder: "newest-first" | "oldest-first";
  /** U33 */
  jsonBodies: "accepted" | "refused";
  /** U34 */
  notes: "accepted" | "refused-for-sectigo";
  /** U35: `php` takes every text but `""` and `"0"` for true, so the text `False` is true. */
  booleanParts: "php" | "words";
  /** U36: `listed` keeps it in the list, too. */
  cancelledRequest: "404" | "readable" | "listed";
  /** U37: `deleted` removes a request whose CSR check failed and says so by webhook; `kept` waits for somebody. */
  failedRequest: "kept" | "deleted";
  /** U38 */
  validField: "present" | "absent";
  /** U38: what `certificates/{id}` says of a revoked certificate; it leaves the list either way. */
  revokedCertificate: "invalid" | "404";

  /** Whether a DV request has a `request` step besides `dcv` (spec §3.2.1, inferred). */
  dvRequestStep: boolean;
  /** `dateSubscriptionExpired` when the term is longer than the certificate, only from two years up, or never. */
  subscriptionDate: "when-longer" | "multi-year" | "never";
  /** Whether `dcvType` must be in capitals (spec §3.3.1: one client sends lower case). */
  dcvTypeCase: "upper" | "any";
  /** Whether the answer to an order already carries DCV values (spec §3.3.3). */
  dcvInCreateAnswer: boolean;
  /** How many reads after an order or a change of method still lack the DCV values (spec §3.2.2). */
  readsWithoutDcvValues: number;
  /** A CSR used before, without another `uniqueValueDcv` (spec §9.6): refused, or accepted and never validated. */
  reusedCsr: "refused" | "never-validates";
  /** Whether the CA puts a unique value of its own into the DCV strings (spec §9.6). */
  ownUniqueValue: boolean;
  /** Names, with all under them, whose validation is reused: done from the start (spec §9.6). */
  preValidated: string[];
  /** Whether `approver-email-addresses` lists the parent domain's addresses too (spec §6.4). */
  approverParents: boolean;
  /** After this long (CA clock) a free name that is the only one left unvalidated is dropped (spec §9.4); `null` never. */
  freeNameGraceSeconds: number | null;
  /** Whether CAA records are looked at before a name counts as validated. */
  caa: "checked" | "ignored";
  /** Milliseconds from `retry-dcv` to the check. */
  dcvDelayMs: number;
  /** Milliseconds from the last validation to the certificate; `null` waits for `issue`. */
  issueDelayMs: number | null;
  /** Completes the steps of OV and EV products by themselves. */
  automaticSteps: boolean;
  /** F-12: how many reads of an issued order still look as before it was issued. */
  staleReads: number;
  /** F-26 to F-30: what is wrong with the next certificates. */
  leaf: LeafSwitches;
}

export interface WebhookSwitches {
  /** One address as the vendor's page suggests, several for U29, none for an account without a webhook. */
  url: string | string[] | null;
  method: "GET" | "POST";
  /** Local address the calls come from; `null` lets the system choose. */
  localAddress: string | null;
  /** Roots an HTTPS receiver is checked against, PEM; `null`: the system's. */
  trustPem: string | null;
  /** How often each call is made (F-14). */
  copies: number;
  delayMs: number;
  /** Collects this many calls and makes them in reverse (F-15); 0 or 1 keeps the order. */
  reorder: number;
  /** Keeps calls back until `releaseWebhooks`. */
  hold: boolean;
  /** F-16: a call about a new order arrives before the answer to that order is sent. */
  beforeReply: boolean;
  /** How often a call that got no 2xx is made again, and after how long. */
  retries: number;
  retryDelayMs: number;
  timeoutMs: number;
  /** Whether a cancelled request is announced as `Deleted` (spec §3.11: "may"). */
  onCancel: boolean;
}

export interface LeafSwitches {
  lifetimeDays: number;
  /** Hours from now to `notBefore`; negative is in the past. With a short life this makes expired ones. */
  notBeforeHours: number;
  issuer: "intermediate" | "second-intermediate" | "stranger";
  /** Certifies a key of its own in place of the one in the CSR (F-26). */
  otherKey: boolean;
  isCa: boolean;
  serverAuth: boolean;
  subjectAltName: boolean;
  signature: "sha256" | "sha1";
  /** Names left out of the certificate (F-30). */
  withoutNames: string[];
}

/** A part of the switches, as tests and the control interface give them; groups are merged, lists replaced. */
export type SwitchChanges = Partial<Omit<Switches, "webhook" | "leaf" | "rateLimit">> & {
  webhook?: Partial<WebhookSwitches>;
  leaf?: Partial<LeafSwitches>;
  rateLimit?: Partial<Switches["rateLimit"]>;
};

export function defaultSwitches(): Switches {
  return {
    certificateId: "same",
    issuedRequest: "404",
    reissueId: "new",
    reissuedCertificate: "request-id",
    reissueWebhookId: "request-id",
    downloadDuringReissue: "old",
    cancelWithoutRevoke: "revokes",
    dnsRecord: "absolute",
    dnsCnameValue: "plain",
    fileLocation: "host-and-path",
    digicertDns: "txt-dnsauth",
    wildcardDomain: "wildcard",
    statusDetail: "mixed",
    booleans: "boolean",
    doneText: "validated",
    createStatus: 200,
    errors: "map-of-arrays",
    refusalStatus: 400,
    rateLimit: { limit: 5000, windowSeconds: 3600, headers: true, retryAfter: "seconds" },
    dateHeader: "present",
    maxPageSize: 100,
    dates: "colon",
    altNames: "empty",
    productKeys: "current",
    includedDomainsCountCommonName: true,
    contactRequired: "nothing",
    missingApproverEmail: "refused",
    callEmailField: "emailAddress",
    certenrollField: "certenroll_email",
    freeNameInDcv: "accepted",
    sanListHasCommonName: false,
    sanListHasFreeName: false,
    certificateSans: "listed",
    commonNameInSans: "accepted",
    ecKeys: "accepted",
    bundle: ["intermediate"],
    pemForm: "plain",
    caDownload: "intermediate",
    webhook: {
      url: null,
      method: "GET",
      localAddress: null,
      trustPem: null,
      copies: 1,
      delayMs: 0,
      reorder: 0,
      hold: false,
      beforeReply: false,
      retries: 0,
      retryDelayMs: 1000,
      timeoutMs: 10_000,
      onCancel: true,
    },
    readyForReissueDays: 30,
    renewFromDays: null,
    requestOrder: "newest-first",
    certificateOrder: "newest-first",
    jsonBodies: "accepted",
    notes: "accepted",
    booleanParts: "php",
    cancelledRequest: "404",
    failedRequest: "kept",
    validField: "present",
    revokedCertificate: "invalid",
    dvRequestStep: false,
    subscriptionDate: "when-longer",
    dcvTypeCase: "upper",
    dcvInCreateAnswer: false,
    readsWithoutDcvValues: 0,
    reusedCsr: "refused",
    ownUniqueValue: false,
    preValidated: [],
    approverParents: true,
    freeNameGraceSeconds: 3600,
    caa: "checked",
    dcvDelayMs: 10,
    issueDelayMs: 10,
    automaticSteps: false,
    staleReads: 0,
    leaf: {
      lifetimeDays: 200,
      notBeforeHours: 0,
      issuer: "intermediate",
      otherKey: false,
      isCa: false,
      serverAuth: true,
      subjectAltName: true,
      signature: "sha256",
      withoutNames: [],
    },
  };
}

/** Applies changes in place, so that everything holding the switches sees them; an unknown name is refused. */
export function changeSwitches(switches: Switches, changes: SwitchChanges): void {
  const { webhook, leaf, rateLimit, ...flat } = changes;
  for (const [group, values] of [
    [switches, flat],
    [switches.webhook, webhook ?? {}],
    [switches.leaf, leaf ?? {}],
    [switches.rateLimit, rateLimit ?? {}],
  ] as const) {
    for (const name of Object.keys(values)) {
      if (!(name in group)) throw new Error(`There is no switch named ${name}.`);
    }
    Object.assign(group, values);
  }
}
