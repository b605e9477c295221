import { createHash } from "node:crypto";
import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { type Certificate, type CertificateBundle, parseCertificates } from "../../src/model/certificate.ts";
import type { InstalledCertificate, InstalledMark, VhostRef } from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import type { Access } from "./access.ts";
import { flag, readData } from "./answers.ts";
import type { Parameters } from "./panel-https.ts";
import { namesByVhost } from "./vhosts.ts";

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

/** What a vhost has on record: which leaf, and whether the panel's own engine put it there. */
export interface OnRecord {
  readonly fingerprint: string;
  readonly managedByPanel: boolean;
}

/**
 * By servername, which of these vhosts of an account have a certificate (spec cpanel §4.9), and others of the account. It may
 * have hundreds: one alone is asked for as such, and certificates are told apart without looking into them.
 */
export async function readHosts(
  access: Access,
  account: string,
  vhosts: readonly string[],
): Promise<ReadonlyMap<string, OnRecord>> {
  const [first] = vhosts;
  const hosts = await askForHosts(
    access,
    account,
    first !== undefined && vhosts.length === 1 ? only(first) : {},
  );
  return new Map(hosts.map(({ servername, ...host }) => [servername, host]));
}

/** The same of one vhost, with its leaf; null when it has none that can be read. */
async function readHost(
  access: Access,
  { id, account }: VhostRef,
): Promise<{ leaf: Certificate; managedByPanel: boolean } | null> {
  const found = await askForHosts(access, account, only(id));
  const host = found.find(({ servername }) => servername === id);
  const [leaf] = readPem(host?.text ?? "");
  return host === undefined || leaf === undefined ? null : { leaf, managedByPanel: host.managedByPanel };
}

function only(servername: string): Parameters {
  return {
    "api.filter_column_0": "servername",
    "api.filter_type_0": "eq",
    "api.filter_term_0": servername,
  };
}

async function askForHosts(
  { api }: Access,
  account: string,
  filter: Parameters,
): Promise<(OnRecord & { servername: string; text: string })[]> {
  const call = "SSL::installed_hosts";
  const hosts = readData(installedHosts, await api.uapi(account, call, filter), call) ?? [];
  return hosts.flatMap(({ servername, certificate_text, certificate }) => {
    const text = certificate_text ?? "";
    const fingerprint = fingerprintOf(text);
    // What is kept may be damaged; then it counts as nothing that must be kept.
    if (fingerprint === null) return [];
    // A placeholder of the panel's own making gives way to its engine as well (spec cpanel §5.5).
    const managedByPanel = (certificate?.is_autossl ?? false) || (certificate?.is_self_signed ?? false);
    return [{ servername, text, fingerprint, managedByPanel }];
  });
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
    const fingerprint = fingerprintOf(certificate ?? "");
    const account = owners.get(servername);
    if (fingerprint === null || account === undefined) return [];
    return [{ vhost: { id: servername, account }, fingerprint }];
  });
}

/** What a vhost has on record. Throws `vhost-unknown` when it is none of the account's. */
export async function readInstalled(access: Access, vhost: VhostRef): Promise<InstalledCertificate | null> {
  const host = await readHost(access, vhost);
  if (host === null) {
    await assertVhost(access, vhost);
    return null;
  }
  const [component] = await readComponents(access, vhost.id, ["servername", "cabundle"]);
  return { ...host, chain: chainOf(host.leaf, component) };
}

/** What the web server was given for a vhost that is known to be the account's; null when that is nothing that can be read. */
export async function readGiven(
  access: Access,
  vhost: VhostRef,
): Promise<Omit<CertificateBundle, "key"> | null> {
  const [component] = await readComponents(access, vhost.id, ["servername", "certificate", "cabundle"]);
  const [leaf] = readPem(component?.certificate ?? "");
  return leaf === undefined ? null : { leaf, chain: chainOf(leaf, component) };
}

/** What a vhost has on record with its key, which comes over the encrypted connection or a pipe; null when the panel lost the key. */
export async function readInstalledBundle(
  access: Access,
  vhost: VhostRef,
): Promise<CertificateBundle | null> {
  const host = await readHost(access, vhost);
  if (host === null) {
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

/** Of the first certificate in a text, without looking into it: thousands are compared at once. */
function fingerprintOf(text: string): string | null {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(text)?.[1];
  return body === undefined ? null : createHash("sha256").update(Buffer.from(body, "base64")).digest("hex");
}

function readPem(text: string): Certificate[] {
  try {
    return text.trim() === "" ? [] : parseCertificates(text);
  } catch {
    return [];
  }
}
