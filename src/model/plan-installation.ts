import type { ErrorCode } from "../errors.ts";
import type { Account, InstalledCertificate, Vhost } from "../panel.ts";
import { type Certificate, certificateCovers, isNewer } from "./certificate.ts";
import type { HostName } from "./host-name.ts";

/** What the administrator allows to be replaced (design §5.2 `policy`). */
export interface Policy {
  readonly replace: "when-better" | "always" | "never";
  /** Certificates that the panel's own engine manages give way to a paid one. */
  readonly adoptFreeCertificates: boolean;
}

export interface PlanInput {
  readonly certificate: Certificate;
  /** What `judgeCertificate` found; null when it is good. */
  readonly finding: ErrorCode | null;
  readonly keyAtHand: boolean;
  readonly request: {
    readonly account: string | null;
    readonly accountCreatedAt: string | null;
    readonly names: readonly HostName[];
  };
  /** Accounts as the panel knows them now: the request's own, or where it has none the owners of what it could go onto. */
  readonly accounts: readonly Account[];
  /** The vhosts that may come into question: those of the account, or all. */
  readonly vhosts: readonly Vhost[];
  /** By vhost id, what it carries; a vhost that is missing here has not been asked yet and counts as empty. */
  readonly current: ReadonlyMap<string, InstalledCertificate | null>;
  readonly policy: Policy;
  /** A person asked for it: policy and comparisons step back, ownership and validity never do. */
  readonly force: boolean;
  readonly onlyVhost: string | null;
  readonly now: Date;
}

export type PlanStep =
  | { readonly action: "install"; readonly vhost: Vhost }
  | { readonly action: "refuse"; readonly vhost: Vhost; readonly reason: ErrorCode }
  | { readonly action: "refuse"; readonly vhost: null; readonly reason: ErrorCode };

/**
 * Decides what is installed where: for each vhost that the certificate can serve a step or a refusal, or one refusal
 * with `vhost: null` when nothing can be done anywhere. Pure; it is asked again right before anything is touched.
 */
export function planInstallation(input: PlanInput): PlanStep[] {
  const blocked = blockedEverywhere(input);
  if (blocked !== null) return [{ action: "refuse", vhost: null, reason: blocked }];
  const fitting = input.vhosts.filter(
    (vhost) =>
      (input.onlyVhost === null || vhost.id === input.onlyVhost) &&
      vhost.names.some((name) => certificateCovers(input.certificate, name)),
  );
  const own = fitting.filter(
    (vhost) => input.request.account === null || vhost.account === input.request.account,
  );
  if (own.length > 0) return own.map((vhost) => planVhost(input, vhost));
  if (fitting.length > 0) return [{ action: "refuse", vhost: null, reason: "owner-changed" }];
  const named = input.onlyVhost !== null && input.vhosts.some(({ id }) => id === input.onlyVhost);
  if (named) return [{ action: "refuse", vhost: null, reason: "names-not-covered" }];
  return [{ action: "refuse", vhost: null, reason: input.onlyVhost === null ? "no-vhost" : "vhost-unknown" }];
}

function blockedEverywhere(input: PlanInput): ErrorCode | null {
  if (input.finding !== null) return input.finding;
  if (!input.keyAtHand) return "key-missing";
  if (input.request.account === null) return null;
  const account = input.accounts.find(({ name }) => name === input.request.account);
  // The account is gone: its former vhosts may live on under another owner, which the vhosts will show.
  if (account === undefined) return null;
  return isAnotherAccount(account, input.request.accountCreatedAt) ? "owner-changed" : null;
}

/** Same name, other creation time: somebody else (F-32). */
function isAnotherAccount(account: Account, createdAt: string | null): boolean {
  return createdAt !== null && account.createdAt !== null && account.createdAt !== createdAt;
}

function planVhost(input: PlanInput, vhost: Vhost): PlanStep {
  const reason = refusal(input, vhost);
  return reason === null ? { action: "install", vhost } : { action: "refuse", vhost, reason };
}

function refusal(input: PlanInput, vhost: Vhost): ErrorCode | null {
  const account = input.accounts.find(({ name }) => name === vhost.account);
  if (account === undefined) return "account-unknown";
  if (account.suspended || vhost.suspended) return "account-suspended";
  if (!account.tlsAllowed) return "ssl-not-allowed";
  const current = input.current.get(vhost.id) ?? null;
  if (current === null) return null;
  if (current.leaf.fingerprint === input.certificate.fingerprint) return "already-installed";
  return input.force ? null : worseThan(current, input, vhost);
}

/** Why the one in use stays; null when it gives way. */
function worseThan(current: InstalledCertificate, input: PlanInput, vhost: Vhost): ErrorCode | null {
  const { leaf } = current;
  const usable = leaf.notAfter > input.now && leaf.notBefore <= input.now && !leaf.selfSigned;
  if (!usable || !vhost.names.some((name) => certificateCovers(leaf, name))) return null;
  if (input.policy.replace === "never") return "policy-keeps-current";
  if (current.managedByPanel) return input.policy.adoptFreeCertificates ? null : "policy-keeps-current";
  const lost = vhost.names.some(
    (name) => certificateCovers(leaf, name) && !certificateCovers(input.certificate, name),
  );
  if (lost) return "covers-less";
  if (input.policy.replace === "always") return null;
  return isNewer(leaf, input.certificate) ? "newer-installed" : null;
}
