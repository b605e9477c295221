import { readText, writeText } from "../common/text-files.ts";
import type { PanelFiles } from "./panel-files.ts";

/** What a domain's owner set for the panel's own ACME client (spec §3.3). */
export interface AcmeConfig {
  enabled: boolean;
  /** Empty for the server's usual one. */
  provider: string;
  keyType: string;
  preferWildcard: boolean;
  dnsProvider: string;
  dnsEnvironment: Record<string, string>;
  /** Host names the ACME client leaves alone. */
  skipDNSNames: string[];
}

export const usualAcmeConfig: AcmeConfig = {
  enabled: false,
  provider: "",
  keyType: "ec256",
  preferWildcard: false,
  dnsProvider: "",
  dnsEnvironment: {},
  skipDNSNames: [],
};

export function acmeConfigOf(files: PanelFiles, account: string, domain: string): AcmeConfig {
  const text = readText(files.domainFile(account, `${domain}.acme_config`));
  return text === undefined ? usualAcmeConfig : (JSON.parse(text) as AcmeConfig);
}

export function setAcmeConfig(files: PanelFiles, account: string, domain: string, config: AcmeConfig): void {
  writeText(files.domainFile(account, `${domain}.acme_config`), `${JSON.stringify(config)}\n`, 0o640);
}

/** Puts names on the list the ACME client leaves alone, or takes them off. */
export function changeSkipList(
  files: PanelFiles,
  account: string,
  domain: string,
  names: readonly string[],
  skip: boolean,
): void {
  const config = acmeConfigOf(files, account, domain);
  const others = config.skipDNSNames.filter((name) => !names.includes(name));
  setAcmeConfig(files, account, domain, { ...config, skipDNSNames: skip ? [...others, ...names] : others });
}
