import { asCodedError, CodedError } from "../../src/errors.ts";
import { type CertificateBundle, pemBundle, type TrustedRoots } from "../../src/model/certificate.ts";
import type { VhostRef } from "../../src/panel.ts";
import type { Access } from "./access.ts";
import { type Outcome, refusal } from "./answers.ts";
import { assertVhost, isInstalled, readGiven, readHosts } from "./certificates.ts";
import type { Parameters } from "./panel-https.ts";

/**
 * Installs a bundle on one vhost as the account, or by the server's own call where the account may not, and reads back
 * what is there now (spec cpanel §4.5). Throws what the panel says, or `panel-not-applied`.
 */
export async function saveCertificate(
  access: Access,
  roots: TrustedRoots,
  vhost: VhostRef,
  bundle: CertificateBundle,
): Promise<void> {
  let withOurChain = true;
  try {
    withOurChain = await installWithLadder(access, roots, vhost, bundle);
  } catch (thrown) {
    const error = asCodedError(thrown);
    const unclear = ["panel-unreachable", "panel-fault", "panel-answer-unreadable"].includes(error.code);
    // The answer may be lost and the work done: what is on record decides.
    if (!unclear || !(await isInstalled(access, vhost, bundle).catch(() => false))) throw error;
    return;
  }
  const now = await readGiven(access, vhost);
  const same = now?.leaf.fingerprint === bundle.leaf.fingerprint;
  const missing = bundle.chain.filter(
    ({ fingerprint }) => !(now?.chain ?? []).some((known) => known.fingerprint === fingerprint),
  );
  if (same && (missing.length === 0 || !withOurChain)) return;
  throw new CodedError("panel-not-applied", {
    detail: `${vhost.id}: the panel said yes, but ${same ? "its chain" : "the certificate"} is not on record`,
  });
}

/** Takes the certificate off the vhost; what was stored for the account stays. No error when there is none. */
export async function removeCertificate(access: Access, vhost: VhostRef): Promise<void> {
  await assertVhost(access, vhost);
  const call = "SSL::delete_ssl";
  const outcome = await access.api.tryUapi(vhost.account, call, { domain: vhost.id });
  // Nothing there to remove is an error to the panel (spec cpanel §4.7); its records tell.
  if (outcome.ok || !(await readHosts(access, vhost.account, [vhost.id])).has(vhost.id)) return;
  throw refusal(call, outcome.words);
}

/** False when the panel had to find the chain itself. */
async function installWithLadder(
  access: Access,
  roots: TrustedRoots,
  vhost: VhostRef,
  bundle: CertificateBundle,
): Promise<boolean> {
  const chain = pemBundle(bundle.chain);
  let outcome = await install(access, vhost, bundle, chain);
  if (outcome.ok) return true;
  if (says(outcome, "root certificate")) {
    const root = rootOf(roots, bundle);
    if (root !== null) outcome = await install(access, vhost, bundle, chain + root);
    if (outcome.ok) return true;
  }
  if (says(outcome, "bundle does not match")) {
    outcome = await install(access, vhost, bundle, "");
    if (outcome.ok) return false;
  }
  if (says(outcome, ...aboutTheCertificate)) throw refusal("SSL::install_ssl", outcome.words);
  // The account may not install by itself (spec cpanel §4.5: feature or server setting); root may.
  await access.api.whm(
    "installssl",
    {
      domain: vhost.id,
      crt: bundle.leaf.pem,
      key: bundle.key.reveal(),
      ...(chain === "" ? {} : { cab: chain }),
    },
    { secret: true },
  );
  return true;
}

/** No other call would judge these otherwise. */
const aboutTheCertificate = [
  "verification failed",
  "does not match",
  "mismatch",
  "could not parse",
  "expired",
  "no '",
];

/** A parameter without a value is left out: the panel takes an empty one for a missing one (spec cpanel §8). */
function install(
  { api }: Access,
  vhost: VhostRef,
  bundle: CertificateBundle,
  cabundle: string,
): Promise<Outcome> {
  const parameters: Parameters = {
    domain: vhost.id,
    cert: bundle.leaf.pem,
    key: bundle.key.reveal(),
    ...(cabundle === "" ? {} : { cabundle }),
  };
  return api.tryUapi(vhost.account, "SSL::install_ssl", parameters, { secret: true });
}

function says(outcome: Outcome, ...fragments: readonly string[]): boolean {
  return !outcome.ok && fragments.some((fragment) => outcome.words.toLowerCase().includes(fragment));
}

/** The root above a chain, for servers whose own store lacks it. */
function rootOf(roots: TrustedRoots, { leaf, chain }: CertificateBundle): string | null {
  const [root] = roots.bySubject((chain.at(-1) ?? leaf).issuer);
  return root === undefined ? null : `${root.toString().trim()}\n`;
}
