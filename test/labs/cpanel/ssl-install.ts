import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { certificateBlocks, covers } from "../common/certificate-checks.ts";
import { ApiFailure } from "./api-failure.ts";
import { checkTrust, storeBundle, verifies } from "./certificate-trust.ts";
import {
  breakInstalled,
  feedDomainTls,
  readInstalled,
  storeInstalled,
  writeSslUserdata,
} from "./installed-certificates.ts";
import type { LabState } from "./lab-state.ts";
import { Storage } from "./storage.ts";
import { type Vhost, vhostOfName, vhostsOf } from "./websites.ts";
import { certificateId, keyFacts, keyId } from "./x509-facts.ts";

export interface InstallRequest {
  domain: string;
  cert: string;
  /** Empty: the matching key of the account's storage (spec §4.5). */
  key: string;
  bundle: string;
}

export interface InstallResult {
  vhost: Vhost;
  action: "install" | "update";
  certId: string;
  keyId: string;
  working: string[];
  warning: string[];
  message: string;
}

/** The account's website that a name stands on; a refusal for names of others. */
export function ownVhost(state: LabState, account: string, domain: string): Vhost {
  const vhost = vhostOfName(vhostsOf(state.files, account), domain);
  // Assumption: the text for a foreign name is known from no source (spec §4.7).
  if (vhost === undefined) throw new ApiFailure(`The domain “${domain}” is not controlled by “${account}”.`);
  return vhost;
}

/**
 * `install_ssl` and `installssl` (spec §9.6.2): parses, matches, checks ownership, keeps certificate and key, then verifies
 * and installs. What was kept stays kept when the rest fails.
 */
export function installCertificate(state: LabState, account: string, request: InstallRequest): InstallResult {
  const { files, switches } = state;
  const certificate = parseCertificate(request.cert);
  const key = findKey(state, account, certificate, request.key);
  if (!certificate.checkPrivateKey(key)) {
    // Assumption: the documentation speaks of a mismatch without giving the text (spec §4.7).
    throw refused(request.domain, "The key file does not match the certificate.");
  }
  const vhost = ownVhost(state, account, request.domain);
  const saved = save(state, account, certificate, key);
  const now = state.now();
  const fail = (problem: string): never => {
    throw refused(request.domain, problem, saved);
  };
  if (switches.refusesExpired && certificate.validToDate <= now) fail("The certificate has expired.");
  const names = vhost.names;
  const working = names.filter((name) => covers(certificate, name));
  if (switches.refusesForeignNames && working.length === 0) {
    fail(`The certificate does not support the domain “${request.domain}”.`);
  }
  const trust = checkTrust(files, certificate, request.bundle, now);
  if (!trust.trusted) return fail(trust.problem);
  const action = readInstalled(files, vhost.servername) === undefined ? "install" : "update";
  storeInstalled(files, vhost.servername, { key: pemOf(key), cert: request.cert, bundle: trust.bundle });
  if (trust.bundle !== "") storeBundle(files, saved.cert_id, trust.bundle);
  if (state.faults.takeBreak(vhost.servername)) breakInstalled(files, vhost.servername, now);
  writeSslUserdata(files, vhost);
  feedDomainTls(files, vhost, verifies(files, certificate, trust.bundle, now));
  state.apache.requestRestart();
  const ip = files.website(account, vhost.servername)?.["ip"] ?? state.address;
  return {
    vhost,
    action,
    certId: saved.cert_id,
    keyId: saved.key_id,
    working,
    warning: names.filter((name) => !working.includes(name)),
    message: `The SSL certificate is now ${action === "install" ? "installed onto" : "updated on"} the domain “${vhost.servername}” using the IP address “${ip}”. Apache is restarting in the background.`,
  };
}

/** A refused install: the general sentence first, the reason second (spec §4.7). */
function refused(domain: string, problem: string, data?: Record<string, string>): ApiFailure {
  return new ApiFailure([`The certificate could not be installed on the domain “${domain}”.`, problem], {
    adminBin: "ADD",
    ...(data === undefined ? {} : { data }),
  });
}

export function parseCertificate(text: string): X509Certificate {
  try {
    const block = certificateBlocks(text.endsWith("\n") ? text : `${text}\n`)[0];
    const certificate = new X509Certificate(block ?? text);
    if (keyFacts(certificate.publicKey) === undefined)
      throw new Error("the key’s algorithm is not supported");
    return certificate;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new ApiFailure(
      `The system could not parse the certificate because of an error: ASN.1 data: ${said}`,
      { adminBin: "ADD" },
    );
  }
}

export function parseKey(text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (keyFacts(key) === undefined) throw new Error("the key’s algorithm is not supported");
    return key;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new ApiFailure(`The system could not parse the key because of an error: ${said}`, {
      adminBin: "ADD",
    });
  }
}

/** PEM as the panel keeps it; what it was uploaded as is not remembered. */
export function pemOf(key: KeyObject): string {
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  return key.export({ format: "pem", type }).toString();
}

function findKey(state: LabState, account: string, certificate: X509Certificate, given: string): KeyObject {
  if (given !== "") return parseKey(given);
  if (!state.switches.keyMayBeOmitted) throw ApiFailure.missing("key");
  const stored = new Storage(state.files, account)
    .list("keys")
    .map((item) => createPrivateKey(item.pem))
    .find((key) => certificate.checkPrivateKey(key));
  if (stored === undefined) throw ApiFailure.missing("key");
  return stored;
}

function save(
  state: LabState,
  account: string,
  certificate: X509Certificate,
  key: KeyObject,
): { cert_id: string; key_id: string } {
  const storage = new Storage(state.files, account);
  const facts = keyFacts(key);
  const ids = { cert_id: certificateId(certificate), key_id: facts === undefined ? "" : keyId(facts) };
  const now = state.now();
  storage.save("certs", ids.cert_id, certificate.toString(), { friendlyName: "", now });
  storage.save("keys", ids.key_id, pemOf(key), { friendlyName: "", now });
  return ids;
}
