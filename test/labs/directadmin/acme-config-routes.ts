import { type AcmeConfig, acmeConfigOf, setAcmeConfig } from "./acme-config.ts";
import { renewDomain } from "./acme-daemon.ts";
import {
  type ApiCall,
  ApiRefusal,
  type ApiRoute,
  badRequest,
  domainOf,
  readObject,
  textMember,
} from "./api-call.ts";
import { emptyReply, jsonReply, type PanelReply } from "./panel-call.ts";

const base = "/api/domain-tls/{domain}";
const keyTypes = ["ec256", "ec384", "rsa2048", "rsa3072", "rsa4096", "rsa8192"];
const providers = ["", "letsencrypt", "letsencrypt-staging", "zerossl"];

/** What the ACME client does for a domain (spec §3.3, §4.5). */
export const acmeConfigRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${base}/acme-config`,
    summary: "Settings of the ACME client",
    answer(call) {
      const { account, domain } = domainOf(call);
      return jsonReply(200, acmeConfigOf(call.state.files, account, domain));
    },
  },
  {
    method: "PUT",
    path: `${base}/acme-config`,
    summary: "Replace the settings of the ACME client",
    body: () => "acmeConfig",
    answer: putConfig,
  },
  {
    method: "POST",
    path: `${base}/provision-certs`,
    summary: "Get certificates now",
    answer: provision,
  },
];

/** The object is taken whole: what is left out is empty afterwards, and an empty key type is refused (§3.3). */
function putConfig(call: ApiCall): PanelReply {
  const { account, domain } = domainOf(call);
  const body = readObject(call);
  const keyType = textMember(body, "keyType");
  const provider = textMember(body, "provider");
  if (!keyTypes.includes(keyType)) throw badRequest("unknown acme key type");
  if (!providers.includes(provider)) throw badRequest("unknown acme provider");
  const config: AcmeConfig = {
    enabled: body["enabled"] === true,
    provider,
    keyType,
    preferWildcard: body["preferWildcard"] === true,
    dnsProvider: textMember(body, "dnsProvider"),
    dnsEnvironment: (body["dnsEnvironment"] ?? {}) as Record<string, string>,
    skipDNSNames: namesIn(body["skipDNSNames"]),
  };
  setAcmeConfig(call.state.files, account, domain, config);
  return emptyReply(204);
}

function namesIn(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) {
    throw badRequest("skipDNSNames must be a list of strings");
  }
  return value;
}

async function provision(call: ApiCall): Promise<PanelReply> {
  const domain = domainOf(call);
  const { enabled, skipDNSNames } = acmeConfigOf(call.state.files, domain.account, domain.domain);
  if (!enabled) throw new ApiRefusal(409, "DOMAIN_ACME_IS_DISABLED");
  const renewed = await renewDomain(call.state, domain);
  return jsonReply(200, {
    certsFulfilled: renewed,
    certsRemoved: [],
    dnsNamesFailedCAA: [],
    dnsNamesFailedChallenge: [],
    dnsNamesSkipped: skipDNSNames,
    provisionResults: renewed.map((certID) => ({ certID, error: "" })),
  });
}
