import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { asHostName, type HostName, isWildcard } from "../../src/model/host-name.ts";
import type { EngineName, VhostRef } from "../../src/panel.ts";
import type { Access } from "./access.ts";
import { flag, readData, refusal } from "./answers.ts";
import { OwnExclusions } from "./own-exclusions.ts";
import { allNamesOf } from "./vhosts.ts";

const excludedDomains = z.array(z.object({ excluded_domain: z.string() })).nullish();
const metadata = z.object({ payload: z.object({ clobber_externally_signed: flag }).nullish() });

/**
 * Whether the panel's own engine may replace certificates that it did not issue, once they are invalid or within three days
 * of expiry (spec cpanel §5.5). Off unless somebody switched it on; then a paid certificate may become a free one.
 */
export async function replacesOthers({ api }: Access): Promise<boolean> {
  const call = "get_autossl_metadata";
  return readData(metadata, await api.whm(call), call).payload?.clobber_externally_signed ?? false;
}

/** Keeps AutoSSL from a whole website: one name that is left makes it look after the website, which has one certificate. */
export async function excludeFromAutoSsl(access: Access, vhost: VhostRef): Promise<void> {
  const names = await readAutoSslNames(access, vhost);
  await change(access, vhost.account, names, true);
}

/** The names of a website that AutoSSL could look after, and which of them the account excluded (spec cpanel §4.9, §5.5). */
export async function readAutoSslNames(access: Access, vhost: VhostRef): Promise<EngineName[]> {
  const names = await namesOf(access, vhost);
  const call = "SSL::get_autossl_excluded_domains";
  const outcome = await access.api.tryUapi(vhost.account, call);
  if (!outcome.ok) throw unavailable(call, outcome.words);
  const listed = readData(excludedDomains, outcome.data, call) ?? [];
  const excluded = new Set(listed.map(({ excluded_domain }) => excluded_domain.toLowerCase()));
  return names.map((name) => ({ name, away: excluded.has(name) }));
}

/** Excludes names of a website from AutoSSL, or lets it look after them again. */
export async function keepAutoSslAway(
  access: Access,
  vhost: VhostRef,
  names: readonly HostName[],
  away: boolean,
): Promise<void> {
  const known = await readAutoSslNames(access, vhost);
  const strange = names.find((name) => !known.some((one) => one.name === name));
  if (strange !== undefined) throw new CodedError("vhost-unknown", { detail: `${strange} of ${vhost.id}` });
  await change(
    access,
    vhost.account,
    known.filter((one) => names.includes(one.name)),
    away,
  );
}

/** The account's own call takes one list with commas, the server's call does not (spec cpanel §4.6, §4.9). */
async function change(
  access: Access,
  account: string,
  names: readonly EngineName[],
  away: boolean,
): Promise<void> {
  const changed = names.filter((one) => one.away !== away).map(({ name }) => name);
  const own = new OwnExclusions(access.files);
  if (changed.length > 0) {
    if (away) own.add(account, changed);
    const call = away ? "SSL::add_autossl_excluded_domains" : "SSL::remove_autossl_excluded_domains";
    const outcome = await access.api.tryUapi(account, call, { domains: changed.join(",") });
    if (!outcome.ok) throw unavailable(call, outcome.words);
  }
  // Also where the panel has let go of them by itself, as when an account is renamed.
  if (!away) own.remove(names.map(({ name }) => name));
}

/** AutoSSL never looks after a wildcard. */
async function namesOf(access: Access, vhost: VhostRef): Promise<HostName[]> {
  const found = (await allNamesOf(access, vhost)).map(asHostName);
  if (found.length === 0)
    throw new CodedError("vhost-unknown", { detail: `${vhost.id} of ${vhost.account}` });
  return found.filter((name): name is HostName => name !== null && !isWildcard(name));
}

/** A feature that is off is told in words like any refusal; then there is no choice to make. */
function unavailable(call: string, words: string): CodedError {
  const refused = refusal(call, words);
  const featureOff = refused.code === "panel-refused-us" || /feature/i.test(words);
  return featureOff ? new CodedError("panel-feature-missing", { detail: refused.detail }) : refused;
}
