import { queueRewrite } from "./account-desk.ts";
import { acmeConfigOf } from "./acme-config.ts";
import { markCreatedByAcme, readCertificate, storeCertificate } from "./certificate-files.ts";
import { hostsOf } from "./hosts.ts";
import type { LabState } from "./lab-state.ts";
import type { DomainFiles } from "./panel-files.ts";

/**
 * The panel's own ACME client (spec §4.5, §7.4.16). Old panels renew what carries `.cert.creation_time`; newer ones also
 * take every host of a domain with ACME on, and leave alone what is on the skip list. The hosts replaced.
 */
export async function renewByNight(state: LabState): Promise<string[]> {
  const replaced: string[] = [];
  for (const domain of state.files.everyDomain()) replaced.push(...(await renewDomain(state, domain)));
  await state.runHook("check_letsencrypt_expiries_post", { renewed: replaced.length > 0 ? "1" : "0" });
  return replaced;
}

/** The same for one domain, as its owner can ask for at any time. */
export async function renewDomain(state: LabState, domain: DomainFiles): Promise<string[]> {
  const replaced: string[] = [];
  for (const host of hostsToRenew(state, domain)) {
    if (await renew(state, domain, host)) replaced.push(host);
  }
  return replaced;
}

function hostsToRenew(state: LabState, domain: DomainFiles): string[] {
  const { enabled, skipDNSNames } = acmeConfigOf(state.files, domain.account, domain.domain);
  return hostsOf(domain)
    .map(({ host }) => host)
    .filter((host) => {
      const present = readCertificate(state.files, domain.account, host);
      const marked = present?.createdByAcme !== undefined;
      if (state.switches.profile === "old") return marked;
      if (skipDNSNames.includes(host)) return false;
      return marked || (enabled && (present !== undefined || host === domain.domain));
    });
}

async function renew(state: LabState, domain: DomainFiles, host: string): Promise<boolean> {
  const { files } = state;
  const { account } = domain;
  const environment = { username: account, domain: host, action: "renew", keysize: "prime256v1" };
  const before = await state.runHook("letsencrypt_pre", environment);
  if (!before.ok) return false;
  const names = hostsOf(domain).find((site) => site.host === host)?.names ?? [host];
  storeCertificate(files, domain, host, { ...state.acme.issue(names, state.now()), cacert: "" });
  markCreatedByAcme(files, account, host, state.now());
  queueRewrite(state, account);
  await state.runHook("letsencrypt_post", { ...environment, exit_code: "0" });
  return true;
}
