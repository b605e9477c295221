import { createPrivateKey } from "node:crypto";
import { rm } from "node:fs/promises";
import { z } from "zod";
import { asCodedError, CodedError } from "../../src/errors.ts";
import {
  type Certificate,
  type CertificateBundle,
  parseCertificates,
  pemBundle,
} from "../../src/model/certificate.ts";
import type { InstalledCertificate, VhostRef } from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import { domainOf } from "./accounts.ts";
import { acceptJson, acceptLegacy } from "./answers.ts";
import type { Features } from "./features.ts";
import type { PanelFiles } from "./files.ts";
import type { Login, PanelApi } from "./panel-api.ts";

export interface Access {
  readonly files: PanelFiles;
  readonly api: PanelApi;
  readonly features: Features;
}

/** What the panel has on record for a vhost, from its own files (spec directadmin §3.6). */
export function readInstalled(files: PanelFiles, vhost: VhostRef): InstalledCertificate | null {
  const parts = readParts(files, vhost);
  if (parts === null) return null;
  return {
    ...parts,
    managedByPanel: files.certificatePart(vhost.account, vhost.id, ".cert.creation_time") !== null,
  };
}

/** The same with its key; null when there is none or the panel lost the key. */
export function readInstalledBundle(files: PanelFiles, vhost: VhostRef): CertificateBundle | null {
  const parts = readParts(files, vhost);
  const key = files.certificatePart(vhost.account, vhost.id, ".key");
  return parts === null || key === null || key.trim() === "" ? null : { ...parts, key: new Secret(key) };
}

function readParts(files: PanelFiles, vhost: VhostRef): { leaf: Certificate; chain: Certificate[] } | null {
  domainOf(files, vhost);
  const pasted = files.certificatePart(vhost.account, vhost.id, ".cert");
  if (pasted === null || pasted.trim() === "" || usesServerCertificate(files, vhost)) return null;
  const found = readPem(pasted);
  const [leaf] = found;
  // What the panel keeps may be damaged; then it counts as nothing that must be kept.
  if (leaf === undefined) return null;
  const chain = [
    ...found.slice(1),
    ...readPem(files.certificatePart(vhost.account, vhost.id, ".cacert") ?? ""),
  ];
  const seen = new Set([leaf.fingerprint]);
  return { leaf, chain: chain.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint)) };
}

/** Without these lines a domain is on the server's shared certificate, whatever files lie about. */
function usesServerCertificate(files: PanelFiles, vhost: VhostRef): boolean {
  const conf = files.domainConf(vhost.account, vhost.id);
  return conf !== null && !conf.has("SSLCertificateFile");
}

function readPem(text: string): Certificate[] {
  try {
    return text.trim() === "" ? [] : parseCertificates(text);
  } catch {
    return [];
  }
}

/**
 * Saves a bundle on one vhost, keeps the panel's ACME engine away from it, and reads back what is there now. Throws what
 * the panel says, or `panel-not-applied` when it says yes and its files say otherwise.
 */
export async function saveCertificate(
  access: Access,
  login: Login,
  vhost: VhostRef,
  bundle: CertificateBundle,
): Promise<void> {
  const domain = domainOf(access.files, vhost);
  const saved = access.features.domainTls && (await putDomainTls(access, login, domain, vhost, bundle));
  if (!saved) {
    // A host below a domain can't be reached by the old command, which would hit the domain itself.
    if (vhost.id !== domain)
      throw new CodedError("panel-feature-missing", { detail: `own certificate for ${vhost.id}` });
    await pasteCertificate(access, login, domain, bundle);
    if (access.features.acmeConfig) await exemptFromAcme(access, login, domain, bundle.leaf.names);
    await rm(access.files.acmeMark(vhost.account, vhost.id), { force: true });
  }
  const now = readInstalled(access.files, vhost);
  const missing = bundle.chain.filter(
    ({ fingerprint }) => !(now?.chain ?? []).some((certificate) => certificate.fingerprint === fingerprint),
  );
  if (now?.leaf.fingerprint === bundle.leaf.fingerprint && missing.length === 0) return;
  const what = now?.leaf.fingerprint === bundle.leaf.fingerprint ? "its chain" : "the certificate";
  throw new CodedError("panel-not-applied", {
    detail: `${vhost.id}: the panel said yes, but ${what} is not on record`,
  });
}

/** Back to the server's shared certificate. */
export async function removeCertificate(access: Access, login: Login, vhost: VhostRef): Promise<void> {
  const domain = domainOf(access.files, vhost);
  const form = { domain, action: "save", type: "server" };
  acceptLegacy(
    await access.api.call(login, { method: "POST", path: "/CMD_API_SSL", form }),
    "CMD_API_SSL type=server",
  );
}

const certificateList = z.object({
  certIds: z.array(z.string()).nullish(),
  certs: z
    .array(
      z.object({
        id: z.string(),
        certificate: z.object({ dnsNames: z.array(z.string()).nullish() }).nullish(),
      }),
    )
    .nullish(),
});

/** The newer call (spec directadmin §3.3). False when this panel's variant is not the one we know. */
async function putDomainTls(
  { api }: Access,
  login: Login,
  domain: string,
  vhost: VhostRef,
  bundle: CertificateBundle,
): Promise<boolean> {
  const base = `/api/domain-tls/${encodeURIComponent(domain)}/certs`;
  const listed = certificateList.safeParse(
    acceptJson(await api.call(login, { method: "GET", path: base }), base),
  );
  if (!listed.success) return false;
  const { certIds, certs } = listed.data;
  const byName = certs?.find(({ certificate }) => certificate?.dnsNames?.includes(vhost.id));
  const id = (certIds ?? []).includes(vhost.id) ? vhost.id : byName?.id;
  if (id === undefined) return false;
  const path = `${base}/${encodeURIComponent(id)}/files?update-acme-skiplist=true`;
  const json = { certificate: pemBundle([bundle.leaf, ...bundle.chain]), key: bundle.key.reveal() };
  const answer = await api.call(login, { method: "PUT", path, json });
  // Another shape of the body is wanted there; the old command works on every version.
  if (answer.status === 400 || answer.status === 404 || answer.status === 405) return false;
  acceptJson(answer, path);
  return true;
}

/** Key and leaf first, then the intermediates: the order that leaves nothing to the panel's guess (spec directadmin §3.4.2). */
async function pasteCertificate(
  { api }: Access,
  login: Login,
  domain: string,
  bundle: CertificateBundle,
): Promise<void> {
  const paste = async (key: string): Promise<void> => {
    const form = {
      domain,
      action: "save",
      type: "paste",
      certificate: `${key.trim()}\n${bundle.leaf.pem.trim()}\n`,
    };
    acceptLegacy(
      await api.call(login, { method: "POST", path: "/CMD_API_SSL", form }),
      "CMD_API_SSL type=paste",
    );
  };
  try {
    await paste(bundle.key.reveal());
  } catch (thrown) {
    if (asCodedError(thrown).code !== "panel-refused") throw thrown;
    const traditional = traditionalForm(bundle.key);
    if (traditional === null) throw thrown;
    await paste(traditional.reveal());
  }
  const form = { domain, action: "save", type: "cacert", active: "yes", cacert: pemBundle(bundle.chain) };
  acceptLegacy(
    await api.call(login, { method: "POST", path: "/CMD_API_SSL", form }),
    "CMD_API_SSL type=cacert",
  );
}

/** Old versions may know keys only by their algorithm's own label; null when it is in that form already. */
function traditionalForm(key: Secret): Secret | null {
  if (!key.reveal().includes("BEGIN PRIVATE KEY")) return null;
  const parsed = createPrivateKey(key.reveal());
  const type = parsed.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
  return new Secret(parsed.export({ type, format: "pem" } as { type: "sec1"; format: "pem" }).toString());
}

/** Adds names to the skip list. The whole object must go back, a part of it is refused (spec directadmin §3.3). */
async function exemptFromAcme(
  { api }: Access,
  login: Login,
  domain: string,
  names: readonly string[],
): Promise<void> {
  const path = `/api/domain-tls/${encodeURIComponent(domain)}/acme-config`;
  const config = z
    .looseObject({ skipDNSNames: z.array(z.string()).nullish() })
    .parse(acceptJson(await api.call(login, { method: "GET", path }), path));
  const skipDNSNames = [...new Set([...(config.skipDNSNames ?? []), ...names])];
  if (skipDNSNames.length === config.skipDNSNames?.length) return;
  acceptJson(await api.call(login, { method: "PUT", path, json: { ...config, skipDNSNames } }), path);
}
