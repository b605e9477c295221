import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { covers } from "../common/certificate-checks.ts";
import { ApiFailure } from "./api-failure.ts";
import { checkTrust, storedBundles } from "./certificate-trust.ts";
import { readInstalled } from "./installed-certificates.ts";
import { makeSelfSigned, makeSigningRequest, readSigningRequest, type SubjectArguments } from "./signing.ts";
import { parseCertificate, parseKey, pemOf } from "./ssl-install.ts";
import { Storage, type StoredItem } from "./storage.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";
import { vhostOfName, vhostsOf } from "./websites.ts";
import {
  certificateFacts,
  certificateId,
  csrId,
  isSelfSigned,
  keyFacts,
  keyId,
  namesOf,
} from "./x509-facts.ts";

/** SSL functions about the account's stored keys, requests and certificates (spec §4.9). */
export const sslStorageFunctions: UapiModule = {
  list_certs: { run: (call) => told(call, storage(call).list("certs").map(certificateOf)), demo: true },
  list_keys: { run: (call) => told(call, storage(call).list("keys").map(keyOf)), demo: true },
  list_csrs: { run: (call) => told(call, storage(call).list("csrs").map(requestOf)), demo: true },
  show_cert: { run: (call) => shown(call, "certs", "cert", certificateOf), demo: true },
  show_key: { run: showKey, demo: true },
  show_csr: { run: (call) => shown(call, "csrs", "csr", requestOf), demo: true },
  upload_cert: { run: uploadCert },
  upload_key: { run: uploadKey },
  generate_key: { run: generateKey },
  generate_csr: { run: generateCsr },
  generate_cert: { run: generateCert },
  fetch_cert_info: { run: fetchCertInfo },
  fetch_best_for_domain: { run: fetchBest },
  fetch_key_and_cabundle_for_certificate: { run: fetchForCertificate },
  fetch_certificates_for_fqdns: { run: fetchForNames },
  find_certificates_for_key: {
    run: (call) => {
      const key = createPrivateKey(found(call, "keys").pem);
      const certificates = storage(call)
        .list("certs")
        .filter((item) => new X509Certificate(item.pem).checkPrivateKey(key));
      return told(call, certificates.map(certificateOf));
    },
    demo: true,
  },
  find_csrs_for_key: {
    run: (call) => {
      const wanted = idOf(createPrivateKey(found(call, "keys").pem));
      return storage(call)
        .list("csrs")
        .filter((item) => idOf(readSigningRequest(item.pem).key) === wanted)
        .map(requestOf);
    },
    demo: true,
  },
  get_cabundle: { run: getCabundle, demo: true },
  delete_cert: { run: (call) => removed(call, "certs", certificateOf) },
  delete_key: { run: (call) => removed(call, "keys", keyOf) },
  delete_csr: { run: (call) => removed(call, "csrs", requestOf) },
};

function storage(call: UapiCall): Storage {
  return new Storage(call.state.files, call.account);
}

/** What lists tell of keys, where servers may differ (spec §4.9). */
function told({ state }: UapiCall, entries: Record<string, unknown>[]): Record<string, unknown>[] {
  const { publicHalves } = state.switches;
  if (publicHalves === "all") return entries;
  return entries.map((entry) => ({
    ...entry,
    ...(publicHalves === "none" ? { modulus: null, modulus_length: null } : {}),
    ecdsa_curve_name: null,
    ecdsa_public: null,
  }));
}

function certificateOf(item: StoredItem): Record<string, unknown> {
  const facts = certificateFacts(new X509Certificate(item.pem));
  return {
    ...facts,
    id: item.id,
    created: item.created,
    friendly_name: item.friendlyName,
    domain_is_configured: 0,
  };
}

function keyOf(item: StoredItem): Record<string, unknown> {
  return {
    id: item.id,
    friendly_name: item.friendlyName,
    created: item.created,
    ...keyFacts(createPrivateKey(item.pem)),
  };
}

function requestOf(item: StoredItem): Record<string, unknown> {
  const { key, names } = readSigningRequest(item.pem);
  const facts = { commonName: names[0] ?? "", domains: names, ...keyFacts(key) };
  return { id: item.id, friendly_name: item.friendlyName, created: item.created, ...facts };
}

function idOf(key: KeyObject): string {
  const facts = keyFacts(key);
  return facts === undefined ? "" : keyId(facts);
}

/** The entry that `id` or `friendly_name` tells. */
function found(call: UapiCall, kind: "certs" | "keys" | "csrs"): StoredItem {
  const name = call.args.get("id") ?? call.args.get("friendly_name");
  if (name === undefined || name === "") throw ApiFailure.missing("id");
  const item = storage(call).find(kind, name);
  if (item === undefined) {
    const what = { certs: "certificate", keys: "key", csrs: "CSR" }[kind];
    throw new ApiFailure(`There is no ${what} with the ID or friendly name “${name}”.`);
  }
  return item;
}

function shown(
  call: UapiCall,
  kind: "certs" | "csrs",
  member: "cert" | "csr",
  facts: (item: StoredItem) => Record<string, unknown>,
): unknown {
  const item = found(call, kind);
  return { [member]: item.pem, text: item.pem, details: facts(item) };
}

function showKey(call: UapiCall): unknown {
  const item = found(call, "keys");
  return { key: item.pem, text: item.pem, details: { ...keyOf(item), key: item.pem } };
}

function removed(
  call: UapiCall,
  kind: "certs" | "keys" | "csrs",
  facts: (item: StoredItem) => Record<string, unknown>,
): unknown {
  const item = found(call, kind);
  storage(call).remove(kind, item.id);
  return [facts(item)];
}

function keep(call: UapiCall, kind: "certs" | "keys" | "csrs", id: string, pem: string): StoredItem {
  const friendlyName = call.args.get("friendly_name") ?? "";
  return storage(call).save(kind, id, pem, { friendlyName, now: call.state.now() });
}

function uploadCert(call: UapiCall): unknown {
  const certificate = parseCertificate(call.args.required("crt"));
  return [certificateOf(keep(call, "certs", certificateId(certificate), certificate.toString()))];
}

function uploadKey(call: UapiCall): unknown {
  const key = parseKey(call.args.required("key"));
  return [keyOf(keep(call, "keys", idOf(key), pemOf(key)))];
}

function generateKey(call: UapiCall): unknown {
  const [type, size] = [call.args.get("keytype"), call.args.get("keysize")];
  if (type !== undefined && size !== undefined) {
    throw new ApiFailure("Specify either the “keytype” or the “keysize” parameter, not both.");
  }
  const curve = /^ecdsa-(prime256v1|secp384r1)$/.exec(type ?? "")?.[1];
  const bits = Number(/^rsa-(2048|4096)$/.exec(type ?? "")?.[1] ?? size ?? 2048);
  if (type !== undefined && type !== "system" && curve === undefined && !type.startsWith("rsa-")) {
    throw new ApiFailure(`“${type}” is not a valid key type.`);
  }
  if (!Number.isInteger(bits) || bits < 2048 || bits > 4096)
    throw new ApiFailure(`“${size}” is not a valid key size.`);
  const { privateKey } =
    curve === undefined
      ? generateKeyPairSync("rsa", { modulusLength: bits })
      : generateKeyPairSync("ec", { namedCurve: curve });
  const item = keep(call, "keys", idOf(privateKey), pemOf(privateKey));
  return { ...keyOf(item), text: item.pem };
}

/** Subject of a request or self-signed certificate; the first domain becomes the common name. */
function subjectOf(call: UapiCall): SubjectArguments & { key: KeyObject } {
  const { args } = call;
  const domains = args.commaList("domains");
  if (domains.length === 0) throw ApiFailure.missing("domains");
  const keyName = args.required("key_id");
  const [country, state, locality, organization] = [
    "countryName",
    "stateOrProvinceName",
    "localityName",
    "organizationName",
  ].map((name) => args.required(name));
  const item = storage(call).find("keys", keyName);
  if (item === undefined) throw new ApiFailure(`There is no key with the ID or friendly name “${keyName}”.`);
  return {
    domains,
    country: country ?? "",
    state: state ?? "",
    locality: locality ?? "",
    organization: organization ?? "",
    key: createPrivateKey(item.pem),
  };
}

function generateCsr(call: UapiCall): unknown {
  const subject = subjectOf(call);
  const pem = makeSigningRequest(subject);
  const facts = keyFacts(subject.key);
  if (facts === undefined) throw new ApiFailure("The key’s algorithm is not supported.");
  const item = keep(call, "csrs", csrId(subject.domains[0] ?? "", facts, pem), pem);
  return { ...requestOf(item), text: pem };
}

function generateCert(call: UapiCall): unknown {
  const pem = makeSelfSigned(subjectOf(call), call.state.now());
  const item = keep(call, "certs", certificateId(new X509Certificate(pem)), pem);
  return { ...certificateOf(item), text: pem };
}

/** Key and bundle that belong to a certificate, as far as the account and the server have them. */
function companions(
  call: UapiCall,
  certificate: X509Certificate,
): { key: string | null; cabundle: string | null } {
  const { files } = call.state;
  const installed = vhostsOf(files, call.account)
    .map((vhost) => readInstalled(files, vhost.servername))
    .find((one) => one !== undefined && new X509Certificate(one.cert).raw.equals(certificate.raw));
  const key = storage(call)
    .list("keys")
    .find((item) => certificate.checkPrivateKey(createPrivateKey(item.pem)));
  const trust = checkTrust(files, certificate, installed?.bundle ?? "", call.state.now());
  const bundle = installed?.bundle ?? (trust.trusted ? trust.bundle : "");
  return { key: key?.pem ?? installed?.key ?? null, cabundle: bundle === "" ? null : bundle };
}

function fetchCertInfo(call: UapiCall): unknown {
  const item = found(call, "certs");
  const certificate = new X509Certificate(item.pem);
  return {
    certificate: item.pem,
    ...companions(call, certificate),
    is_self_signed: isSelfSigned(certificate) ? 1 : 0,
    "subject.commonName_ip": call.state.files.account(call.account)?.["IP"] ?? "",
  };
}

/** The stored certificate that covers most and lasts longest; empty members when there is none. */
function fetchBest(call: UapiCall): unknown {
  const domain = call.args.required("domain").toLowerCase();
  const best = storage(call)
    .list("certs")
    .map((item) => new X509Certificate(item.pem))
    .filter((certificate) => covers(certificate, domain) && certificate.validToDate > call.state.now())
    .toSorted((a, b) => b.validToDate.getTime() - a.validToDate.getTime())[0];
  return bestAnswer(call, domain, best);
}

function fetchForCertificate(call: UapiCall): unknown {
  const certificate = parseCertificate(call.args.required("certificate"));
  return bestAnswer(call, namesOf(certificate)[0] ?? "", certificate);
}

function bestAnswer(call: UapiCall, domain: string, certificate: X509Certificate | undefined): unknown {
  const common = {
    domain,
    ip: call.state.files.account(call.account)?.["IP"] ?? "",
    user: call.account,
    searched_users: [call.account],
  };
  if (certificate === undefined) {
    return { ...common, crt: "", key: "", cab: "", status: 0, statusmsg: "No certificate was found." };
  }
  const { key, cabundle } = companions(call, certificate);
  const origins = { crt_origin: call.account, key_origin: key === null ? "" : call.account };
  return {
    ...common,
    ...origins,
    crt: certificate.toString(),
    key: key ?? "",
    cab: cabundle ?? "",
    status: 1,
    statusmsg: "ok",
  };
}

function fetchForNames(call: UapiCall): unknown {
  const domains = call.args.commaList("domains");
  if (domains.length === 0) throw ApiFailure.missing("domains");
  return storage(call)
    .list("certs")
    .filter((item) => domains.some((domain) => covers(new X509Certificate(item.pem), domain)))
    .map((item) => {
      const certificate = new X509Certificate(item.pem);
      const { key, cabundle } = companions(call, certificate);
      const trust = checkTrust(call.state.files, certificate, cabundle ?? "", call.state.now());
      const parts = { crt: item.pem, key, cab: cabundle, users: [call.account] };
      return { ...certificateOf(item), ...parts, verify_error: trust.trusted ? null : trust.problem };
    });
}

function getCabundle(call: UapiCall): unknown {
  const certificate = parseCertificate(call.args.required("cert"));
  const issuer = storedBundles(call.state.files).find((one) => certificate.checkIssued(one));
  if (issuer === undefined)
    throw new ApiFailure("The system could not find a CA bundle for the certificate.");
  const domain = vhostOfName(vhostsOf(call.state.files, call.account), namesOf(certificate)[0] ?? "")?.domain;
  return { bundle: issuer.toString(), cab: issuer.toString(), domain: domain ?? namesOf(certificate)[0] };
}
