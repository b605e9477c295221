import { X509Certificate } from "node:crypto";
import {
  certificateBlocks,
  checkChain,
  checkPair,
  covers,
  dnsNamesOf,
  leafOf,
  UnusableCertificate,
} from "../common/certificate-checks.ts";
import { queueRewrite } from "./account-desk.ts";
import { acmeConfigOf, changeSkipList } from "./acme-config.ts";
import { acmeConfigRoutes } from "./acme-config-routes.ts";
import {
  type ApiCall,
  ApiRefusal,
  type ApiRoute,
  badRequest,
  denied,
  domainOf,
  flag,
  notFound,
  readObject,
  textMember,
} from "./api-call.ts";
import {
  type HostCertificate,
  markCreatedByAcme,
  readCertificate,
  removeCertificate,
  storeCertificate,
} from "./certificate-files.ts";
import { certificateId, hostsOf, type SiteHost } from "./hosts.ts";
import { emptyReply, jsonReply, type PanelReply } from "./panel-call.ts";
import type { DomainFiles } from "./panel-files.ts";
import { breakWhatIsServed } from "./ssl-command.ts";
import type { Profile } from "./switches.ts";

const profiles: readonly Profile[] = ["1.689", "current"];
const base = "/api/domain-tls/{domain}";

/** Certificates of a domain's hosts (spec §3.3). */
export const domainTlsRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${base}/certs`,
    summary: "Certificates of a domain",
    profiles,
    answer: listCertificates,
  },
  {
    method: "GET",
    path: `${base}/certs/{certId}/files`,
    summary: "Certificate and key of a host",
    profiles,
    answer: readFiles,
  },
  {
    method: "PUT",
    path: `${base}/certs/{certId}/files`,
    summary: "Install a certificate",
    query: ["force", "update-acme-skiplist"],
    newerQuery: ["dry-run"],
    body: ({ putBody }) => (putBody === "tlsFiles" ? "tlsFiles" : "domainTLSPutCertFiles.request"),
    profiles,
    answer: putFiles,
  },
  {
    method: "DELETE",
    path: `${base}/certs/{certId}`,
    summary: "Remove a certificate",
    query: ["update-acme-skiplist"],
    profiles,
    answer: deleteCertificate,
  },
  ...acmeConfigRoutes.map((route) => ({ ...route, profiles })),
];

function listCertificates(call: ApiCall): PanelReply {
  const { state } = call;
  const domain = domainOf(call);
  const hosts = hostsOf(domain);
  const present = hosts.flatMap((site) => {
    const own = readCertificate(state.files, domain.account, site.host);
    return own === undefined ? [] : [{ site, own }];
  });
  const names = hosts.flatMap((site) => site.names);
  return jsonReply(200, {
    certIds: hosts.map(({ host }) => certificateId(host, state.switches.domainTlsIds)),
    certs: present.map(({ site, own }) => describe(call, domain, site, own)),
    missingDNSNames: names.filter((name) => !present.some(({ own }) => covers(leafOf(own.cert), name))),
  });
}

function describe(call: ApiCall, domain: DomainFiles, site: SiteHost, own: HostCertificate): unknown {
  const { state } = call;
  const { enabled, skipDNSNames } = acmeConfigOf(state.files, domain.account, domain.domain);
  const leaf = leafOf(own.cert);
  const looksAfter = (own.createdByAcme !== undefined || enabled) && !skipDNSNames.includes(site.host);
  return {
    id: certificateId(site.host, state.switches.domainTlsIds),
    autorenewEnabled: looksAfter,
    validationError: problemOf(call, site, own) ?? "",
    certificate: {
      subject: leaf.subject,
      issuer: leaf.issuer,
      serialNumber: leaf.serialNumber,
      dnsNames: dnsNamesOf(leaf),
      ipAddresses: [],
      notBefore: leaf.validFromDate.toISOString(),
      notAfter: leaf.validToDate.toISOString(),
      prettyType: leaf.publicKey.asymmetricKeyType === "rsa" ? "RSA" : "ECDSA",
    },
    ...(state.switches.profile === "current" ? { selfSigned: leaf.checkIssued(leaf) } : {}),
  };
}

function problemOf({ state }: ApiCall, site: SiteHost, own: HostCertificate): string | undefined {
  try {
    checkPair(own.key, own.cert, { hosts: site.names, now: state.now(), refusesPkcs8: false });
    return undefined;
  } catch (cause) {
    if (cause instanceof UnusableCertificate) return cause.message;
    throw cause;
  }
}

function readFiles(call: ApiCall): PanelReply {
  const domain = domainOf(call);
  const own = readCertificate(call.state.files, domain.account, siteOf(call, domain).host);
  if (own === undefined) throw notFound();
  return jsonReply(200, { certificate: own.cert + own.cacert, key: own.key });
}

async function putFiles(call: ApiCall): Promise<PanelReply> {
  const { state } = call;
  const domain = domainOf(call);
  const site = siteOf(call, domain);
  refuseWithoutSsl(call);
  const { key, certificate } = readBody(call);
  const [leaf = "", ...chain] = validate(call, site, key, certificate);
  if (state.switches.profile === "current" && flag(call, "dry-run")) return emptyReply(204);
  const environment = {
    username: domain.account,
    domain: site.host,
    type: "paste",
    certificate: key + certificate,
  };
  await runHookOrRefuse(call, "ssl_save_pre", environment);
  storeCertificate(state.files, domain, site.host, { key, cert: leaf, cacert: chain.join("") });
  markCreatedByAcme(state.files, domain.account, site.host, undefined);
  if (flag(call, "update-acme-skiplist")) skipCovered(call, domain, site, leaf);
  breakWhatIsServed(state, domain.domain);
  queueRewrite(state, domain.account);
  await runHookOrRefuse(call, "ssl_save_post", environment);
  return emptyReply(204);
}

/** Under whichever names the panel's own specification gives them. */
function readBody(call: ApiCall): { key: string; certificate: string } {
  const body = readObject(call);
  const key = textMember(body, "key");
  const split = call.state.switches.putBody === "cert-key-chain";
  const certificate = split
    ? textMember(body, "cert") + textMember(body, "chain")
    : textMember(body, "certificate");
  if (key === "" || certificate === "") throw badRequest("certificate and key are required");
  return { key, certificate };
}

/** The certificates, leaf first. What cannot be read at all is refused even with `force`. */
function validate(call: ApiCall, site: SiteHost, key: string, certificate: string): string[] {
  try {
    const blocks = checkChain(certificate);
    if (!flag(call, "force")) {
      const { refusesPkcs8 } = call.state.switches;
      checkPair(key, certificate, { hosts: site.names, now: call.state.now(), refusesPkcs8 });
    }
    return blocks;
  } catch (cause) {
    if (!(cause instanceof UnusableCertificate)) throw cause;
    throw new ApiRefusal(409, "TLS_CERTIFICATE_INVALID", cause.message);
  }
}

/** Every name of the domain that the certificate covers is now its business, not the ACME client's. */
function skipCovered(call: ApiCall, domain: DomainFiles, site: SiteHost, certificate: string): void {
  const leaf = new X509Certificate(certificate);
  const names = hostsOf(domain)
    .flatMap((one) => one.names)
    .filter((name) => name === site.host || covers(leaf, name));
  changeSkipList(call.state.files, domain.account, domain.domain, names, true);
}

function deleteCertificate(call: ApiCall): PanelReply {
  const { state } = call;
  const domain = domainOf(call);
  const site = siteOf(call, domain);
  const own = readCertificate(state.files, domain.account, site.host);
  if (own === undefined) throw notFound();
  refuseWithoutSsl(call);
  removeCertificate(state.files, domain, site.host);
  if (flag(call, "update-acme-skiplist")) {
    const leaf = new X509Certificate(certificateBlocks(own.cert)[0] ?? "");
    const names = hostsOf(domain).flatMap((one) => one.names);
    const covered = names.filter((name) => name === site.host || covers(leaf, name));
    changeSkipList(state.files, domain.account, domain.domain, covered, false);
  }
  queueRewrite(state, domain.account);
  return emptyReply(204);
}

function siteOf(call: ApiCall, domain: DomainFiles): SiteHost {
  const { domainTlsIds } = call.state.switches;
  const wanted = call.variables["certId"];
  const site = hostsOf(domain).find(({ host }) => certificateId(host, domainTlsIds) === wanted);
  if (site === undefined) throw notFound();
  return site;
}

function refuseWithoutSsl({ state, caller }: ApiCall): void {
  if (caller.login.suspended || state.files.account(caller.login.name)?.["ssl"] !== "ON") throw denied();
}

async function runHookOrRefuse(
  { state }: ApiCall,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  if (!state.switches.domainTlsRunsHooks) return;
  const { ok, output } = await state.runHook(name, environment);
  if (!ok) throw new ApiRefusal(500, "INTERNAL_ERROR", output);
}
