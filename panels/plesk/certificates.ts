import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { type Certificate, type CertificateBundle, parseCertificates } from "../../src/model/certificate.ts";
import type { InstalledCertificate, VhostRef } from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import { repositoryOf, type Site, siteFacts, siteOf } from "./accounts.ts";
import { parseCertificateList } from "./answers.ts";
import { isManagedByPanel, isOurName } from "./certificate-name.ts";
import type { PleskCommands } from "./commands.ts";

/** So many websites are asked about in one go; the numbers travel as arguments. */
const sitesAtOnce = 200;

const certificateFacts = z.object({
  site: z.number(),
  name: z.string().nullable(),
  certificate: z.string().optional(),
  chain: z.string().nullish(),
  key: z.string().nullish(),
});
type CertificateFacts = z.output<typeof certificateFacts>;

/** One website, or none, with what is needed to know its repository. */
const websiteFacts = z.object({ sites: siteFacts, certificate: certificateFacts.nullable() });

/** What a website has assigned, under the panel's name for it. */
export interface Assigned extends InstalledCertificate {
  readonly name: string;
}

/** Names in one repository and how often each is used. */
export type Repository = Map<string, number>;

/** The certificates in a subscription's repository. */
export async function listRepository(commands: PleskCommands, main: string): Promise<Repository> {
  const listed = parseCertificateList(await commands.run("bin", "certificate", "--list", "-domain", main));
  return new Map(listed.map(({ name, used }) => [name, used]));
}

/** The certificates of the administrator, among them the one that websites without their own show. */
export async function listServerRepository(commands: PleskCommands): Promise<Repository> {
  const listed = parseCertificateList(await commands.run("bin", "certificate", "--list", "-admin"));
  return new Map(listed.map(({ name, used }) => [name, used]));
}

/** What these websites have assigned, by number; a website with none is left out. */
export async function readAssigned(
  commands: PleskCommands,
  sites: readonly Site[],
): Promise<Map<number, Assigned>> {
  const found = new Map<number, Assigned>();
  for (let at = 0; at < sites.length; at += sitesAtOnce) {
    const ids = sites.slice(at, at + sitesAtOnce).map(({ id }) => String(id));
    const facts = await commands.ask(z.array(certificateFacts), "read-certificates.php", ...ids);
    for (const fact of facts) {
      const assigned = toAssigned(fact);
      if (assigned !== null) found.set(fact.site, assigned);
    }
  }
  return found;
}

/** The website's own certificate; null when it shows the server's default. */
export async function readInstalled(
  commands: PleskCommands,
  vhost: VhostRef,
): Promise<InstalledCertificate | null> {
  const { assigned } = await readWebsite(commands, vhost, "public");
  if (assigned === null) return null;
  const { leaf, chain, managedByPanel } = assigned;
  return { leaf, chain, managedByPanel };
}

/** The same with its key; null when there is none or the panel has lost the key. */
export async function readInstalledBundle(
  commands: PleskCommands,
  vhost: VhostRef,
): Promise<CertificateBundle | null> {
  const { assigned, key } = await readWebsite(commands, vhost, "whole");
  return assigned === null || key === null ? null : { leaf: assigned.leaf, chain: assigned.chain, key };
}

/** One start of the panel's PHP: this is asked for each website of a batch. */
async function readWebsite(
  commands: PleskCommands,
  vhost: VhostRef,
  what: "public" | "whole",
): Promise<{ assigned: Assigned | null; key: Secret | null }> {
  const { sites, certificate } = await commands.ask(
    websiteFacts,
    "read-website.php",
    ...[what, vhost.account, vhost.id],
  );
  const site = siteOf(sites, vhost);
  const assigned = certificate === null ? null : toAssigned(certificate);
  if (certificate === null || assigned === null || (await isDefault(commands, sites, site, assigned))) {
    return { assigned: null, key: null };
  }
  return { assigned, key: usableKey(certificate) };
}

/**
 * The panel also tells the server's default as a website's certificate (spec plesk §1.7). It is self-signed and not of
 * the subscription's repository; a listing may name the administrator's as well, so that has the first say (spec plesk §3.2).
 */
async function isDefault(
  commands: PleskCommands,
  sites: readonly Site[],
  site: Site,
  { name, leaf }: Assigned,
): Promise<boolean> {
  if (!leaf.selfSigned || isOurName(name)) return false;
  if ((await listServerRepository(commands)).has(name)) return true;
  return !(await listRepository(commands, repositoryOf(sites, site))).has(name);
}

function toAssigned({ name, certificate, chain }: CertificateFacts): Assigned | null {
  // What the panel keeps may be damaged or empty; then it counts as nothing that must be kept.
  if (name === null || certificate === undefined) return null;
  const [leaf, ...more] = readPem(certificate);
  if (leaf === undefined) return null;
  const seen = new Set([leaf.fingerprint]);
  const rest = [...more, ...readPem(chain ?? "")];
  return {
    name,
    leaf,
    chain: rest.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint)),
    managedByPanel: isManagedByPanel(name),
  };
}

function readPem(text: string): Certificate[] {
  try {
    return text.trim() === "" ? [] : parseCertificates(text);
  } catch {
    return [];
  }
}

/** Keys are kept in one form here, whatever form the panel was given. */
function usableKey({ key }: CertificateFacts): Secret | null {
  if (key === null || key === undefined || key.trim() === "") return null;
  try {
    return new Secret(createPrivateKey(key).export({ type: "pkcs8", format: "pem" }).toString());
  } catch {
    // An unreadable key can't be put back; the cause could quote it.
    return null;
  }
}

/** Why what is assigned is not this bundle; null when it is, with its whole chain. */
export function compareWith(bundle: CertificateBundle, assigned: Assigned | undefined): CodedError | null {
  const there = new Set((assigned?.chain ?? []).map(({ fingerprint }) => fingerprint));
  const sameLeaf = assigned?.leaf.fingerprint === bundle.leaf.fingerprint;
  if (sameLeaf && bundle.chain.every(({ fingerprint }) => there.has(fingerprint))) return null;
  const what = sameLeaf ? "its chain" : "the certificate";
  return new CodedError("panel-not-applied", { detail: `the panel said yes, but ${what} is not on record` });
}
