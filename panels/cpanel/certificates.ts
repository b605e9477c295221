import { z } from "zod";
import { asCodedError, CodedError } from "../../src/errors.ts";
import {
  type Certificate,
  type CertificateBundle,
  parseCertificates,
  pemBundle,
  type TrustedRoots,
} from "../../src/model/certificate.ts";
import type { InstalledCertificate, InstalledMark, VhostRef } from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import { type Access, namesByVhost } from "./accounts.ts";
import { flag, type Outcome, readData, refusal } from "./answers.ts";
import type { Parameters } from "./panel-api.ts";

const installedHosts = z
  .array(
    z.object({
      servername: z.string(),
      certificate_text: z.string().nullish(),
      certificate: z.object({ id: z.string().nullish(), is_autossl: flag, is_self_signed: flag }).nullish(),
    }),
  )
  .nullish();
const components = z.object({
  components: z
    .array(
      z.object({
        servername: z.string(),
        certificate: z.string().nullish(),
        cabundle: z.string().nullish(),
        key: z.string().nullish(),
      }),
    )
    .nullish(),
});
const sslVhosts = z.object({
  vhosts: z.array(z.object({ servername: z.string(), user: z.string() })).nullish(),
});
type Component = NonNullable<z.output<typeof components>["components"]>[number];

/** What one account's vhosts have on record: the leaf, and whether the panel's own engine put it there. */
export interface OnRecord {
  readonly leaf: Certificate;
  readonly managedByPanel: boolean;
}

/** By servername, all vhosts of an account that have a certificate (spec cpanel §4.9). */
export async function readHosts({ api }: Access, account: string): Promise<ReadonlyMap<string, OnRecord>> {
  const call = "SSL::installed_hosts";
  const hosts = readData(installedHosts, await api.uapi(account, call), call) ?? [];
  return new Map(
    hosts.flatMap(({ servername, certificate_text, certificate }): [string, OnRecord][] => {
      const [leaf] = readPem(certificate_text ?? "");
      // What is kept may be damaged; then it counts as nothing that must be kept.
      if (leaf === undefined) return [];
      // A placeholder of the panel's own making gives way to its engine as well (spec cpanel §5.5).
      const managedByPanel = (certificate?.is_autossl ?? false) || (certificate?.is_self_signed ?? false);
      return [[servername, { leaf, managedByPanel }]];
    }),
  );
}

/** What the whole server has on record, in two calls and without keys. */
export async function readAllInstalled(access: Access): Promise<InstalledMark[]> {
  const call = "fetch_ssl_vhosts";
  const data = await access.api.whm(call, columns(["servername", "user"]));
  const owners = new Map(
    readData(sslVhosts, data, call).vhosts?.map(({ servername, user }) => [servername, user]),
  );
  const found = await readComponents(access, null, ["servername", "certificate"]);
  return found.flatMap(({ servername, certificate }): InstalledMark[] => {
    const [leaf] = readPem(certificate ?? "");
    const account = owners.get(servername);
    if (leaf === undefined || account === undefined) return [];
    return [{ vhost: { id: servername, account }, fingerprint: leaf.fingerprint }];
  });
}

/** What a vhost has on record. Throws `vhost-unknown` when it is none of the account's. */
export async function readInstalled(access: Access, vhost: VhostRef): Promise<InstalledCertificate | null> {
  const host = (await readHosts(access, vhost.account)).get(vhost.id);
  if (host === undefined) {
    await assertVhost(access, vhost);
    return null;
  }
  const [component] = await readComponents(access, vhost.id, ["servername", "cabundle"]);
  return { ...host, chain: chainOf(host.leaf, component) };
}

/** The same with its key, which comes over the encrypted connection or a pipe; null when the panel lost the key. */
export async function readInstalledBundle(
  access: Access,
  vhost: VhostRef,
): Promise<CertificateBundle | null> {
  const host = (await readHosts(access, vhost.account)).get(vhost.id);
  if (host === undefined) {
    await assertVhost(access, vhost);
    return null;
  }
  const [component] = await readComponents(access, vhost.id, [
    "servername",
    "certificate",
    "cabundle",
    "key",
  ]);
  const key = component?.key ?? "";
  if (key.trim() === "") return null;
  return { leaf: host.leaf, chain: chainOf(host.leaf, component), key: new Secret(key) };
}

/** Throws `vhost-unknown`. */
export async function assertVhost(access: Access, { id, account }: VhostRef): Promise<void> {
  if ((await namesByVhost(access, account)).has(id)) return;
  throw new CodedError("vhost-unknown", { detail: `${id} of ${account}` });
}

/** Whether a bundle is on record as it is wanted: leaf and every part of its chain, put there by us. */
export async function isInstalled(
  access: Access,
  vhost: VhostRef,
  bundle: CertificateBundle,
): Promise<boolean> {
  const present = await readInstalled(access, vhost);
  return (
    present !== null &&
    !present.managedByPanel &&
    present.leaf.fingerprint === bundle.leaf.fingerprint &&
    bundle.chain.every(({ fingerprint }) => present.chain.some((known) => known.fingerprint === fingerprint))
  );
}

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
  const now = await readInstalled(access, vhost);
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
  if (outcome.ok || !(await readHosts(access, vhost.account)).has(vhost.id)) return;
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
const aboutTheCertificate = ["verification failed", "does not match", "mismatch", "could not parse", "no '"];

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

/** What the web server was given, for one vhost or all; only the named parts are asked for. */
async function readComponents(
  { api }: Access,
  servername: string | null,
  parts: readonly string[],
): Promise<Component[]> {
  const call = "fetch_vhost_ssl_components";
  const filter =
    servername === null
      ? {}
      : {
          "api.filter.enable": "1",
          "api.filter.a.field": "servername",
          "api.filter.a.type": "eq",
          "api.filter.a.arg0": servername,
        };
  const data = await api.whm(call, { ...filter, ...columns(parts) });
  const found = readData(components, data, call).components ?? [];
  return found.filter((one) => servername === null || one.servername === servername);
}

/** Asks for these parts only, so that no key travels that nobody wants (spec cpanel §4.1). */
function columns(parts: readonly string[]): Parameters {
  const named = parts.map((part, index) => [`api.columns.${String.fromCharCode(97 + index)}`, part]);
  return { "api.columns.enable": "1", ...Object.fromEntries(named) };
}

function chainOf(leaf: Certificate, component: Component | undefined): Certificate[] {
  const seen = new Set([leaf.fingerprint]);
  return readPem(component?.cabundle ?? "").filter(
    ({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint),
  );
}

function readPem(text: string): Certificate[] {
  try {
    return text.trim() === "" ? [] : parseCertificates(text);
  } catch {
    return [];
  }
}
