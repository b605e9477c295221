import { createPrivateKey, X509Certificate } from "node:crypto";
import { covers } from "../common/certificate-checks.ts";
import { writeText } from "../common/text-files.ts";
import { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import { readInstalled, removeInstalled } from "./installed-certificates.ts";
import { installCertificate, parseCertificate, parseKey, pemOf } from "./ssl-install.ts";
import { Storage } from "./storage.ts";
import { callUapi } from "./uapi.ts";
import { installedHost } from "./uapi-ssl-hosts.ts";
import { everyVhost, type Vhost, vhostOfName, vhostsOf } from "./websites.ts";
import { managedAccount, managedAccounts, type WhmCall, type WhmFunctions } from "./whm-call.ts";
import { certificateFacts, certificateId, keyFacts, keyId } from "./x509-facts.ts";

/** WHM functions about certificates (spec §4.6). */
export const whmSslFunctions: WhmFunctions = {
  installssl: { run: installSsl, acl: "ssl" },
  enqueue_deferred_ssl_installations: { run: enqueue, acl: "ssl" },
  delete_ssl_vhost: { run: deleteVhost, acl: "ssl" },
  fetch_ssl_vhosts: {
    run: (call) => ({ vhosts: managedVhosts(call).flatMap((vhost) => sslVhost(call, vhost)) }),
    acl: "ssl-info",
  },
  fetch_vhost_ssl_components: { run: components, acl: "ssl" },
  fetchsslinfo: { run: fetchSslInfo, acl: "ssl" },
  listcrts: { run: listCertificates, acl: "ssl-info" },
  fetch_ssl_certificates_for_fqdns: { run: fetchForNames, acl: "ssl" },
  install_service_ssl_certificate: { run: installService, acl: "all" },
  fetch_service_ssl_components: { run: fetchServices, acl: "all" },
  get_best_ssldomain_for_service: { run: bestServiceDomain },
};

function managedVhosts(call: WhmCall): Vhost[] {
  return managedAccounts(call).flatMap((account) => vhostsOf(call.state.files, account));
}

/** The website of a name, whoever has it, if the caller may manage that account. */
function vhostFor(call: WhmCall, domain: string): Vhost {
  const vhost = vhostOfName(everyVhost(call.state.files), domain);
  if (vhost === undefined) throw new ApiFailure(`The domain “${domain}” does not exist on this server.`);
  managedAccount(call, vhost.account);
  return vhost;
}

async function installSsl(call: WhmCall): Promise<unknown> {
  const { state, args } = call;
  const domain = args.required("domain");
  const [cert, key] = [args.required("crt"), args.required("key")];
  const bundle = args.get("cab") ?? "";
  // Only names without an account take an address (spec §4.6, §8).
  if (args.get("ip") !== undefined && state.files.ownerOf(domain) !== undefined) {
    throw new ApiFailure(`You must use an IP address that the account’s domain “${domain}” already has.`);
  }
  const vhost = vhostFor(call, domain);
  const ip = state.files.website(vhost.account, vhost.servername)?.["ip"] ?? state.address;
  const before = { domain, crt: cert, key, cab: bundle, ip };
  const { blocked } = await state.hooks.fire("Whostmgr", "SSL::installssl", "pre", before);
  if (blocked) throw new ApiFailure("A hook script prevented the installation.");
  const done = installCertificate(state, vhost.account, { domain, cert, key, bundle });
  await state.hooks.fire("Whostmgr", "SSL::installssl", "post", { rawout: done.message, status: 1 });
  call.reason = done.message;
  return {
    action: done.action,
    aliases: vhost.names.filter((name) => name !== vhost.servername),
    domain,
    extra_certificate_domains: [],
    html: `${done.message}<br />`,
    ip,
    message: done.message,
    servername: vhost.servername,
    status: 1,
    statusmsg: done.message,
    user: vhost.account,
    warning_domains: done.warning,
    working_domains: done.working,
  };
}

function enqueue(call: WhmCall): unknown {
  const lists = ["username", "vhost_name", "crt", "key", "cab"].map((name) => call.args.all(name));
  const [usernames = [], vhosts = [], certs = [], keys = [], bundles = []] = lists;
  if (usernames.length === 0) throw ApiFailure.missing("username");
  if (lists.some((list) => list.length !== usernames.length)) {
    throw new ApiFailure(
      "You must give the same number of each of “username”, “vhost_name”, “crt”, “key” and “cab”.",
    );
  }
  for (const name of usernames) managedAccount(call, name);
  call.state.deferred.add(
    usernames.map((username, index) => ({
      username,
      vhost: vhosts[index] ?? "",
      cert: certs[index] ?? "",
      key: keys[index] ?? "",
      bundle: bundles[index] ?? "",
    })),
  );
  return {};
}

async function deleteVhost(call: WhmCall): Promise<unknown> {
  const host = call.args.required("host");
  const vhost = vhostFor(call, host);
  if (vhost.servername !== host || readInstalled(call.state.files, host) === undefined) {
    throw new ApiFailure(
      `Failed to remove SSL host for “${host}”: No SSL certificate secures the website “${host}”.\n`,
    );
  }
  removeInstalled(call.state.files, vhost);
  call.state.apache.requestRestart();
  await call.state.hooks.fire("Whostmgr", "SSL::delssl", "post", { domain: host });
  call.reason = "The SSL host was successfully removed.";
  return {};
}

function sslVhost(call: WhmCall, vhost: Vhost): Record<string, unknown>[] {
  return installedHost(call.state.files, vhost).map((host) => ({
    servername: host["servername"],
    type: vhost.kind,
    user: vhost.account,
    docroot: host["docroot"],
    domains: host["domains"],
    ip: host["ip"],
    iptype: "shared",
    ipv6: null,
    is_primary_on_ip: 0,
    needs_sni: 1,
    mail_sni_status: 1,
    crt: host["certificate"],
  }));
}

function components(call: WhmCall): unknown {
  const list = managedVhosts(call).flatMap((vhost) => {
    const installed = readInstalled(call.state.files, vhost.servername);
    if (installed === undefined) return [];
    const facts = keyFacts(createPrivateKey(installed.key));
    const id = certificateId(new X509Certificate(installed.cert));
    return [
      {
        servername: vhost.servername,
        certificate: installed.cert,
        certificate_id: id,
        key: installed.key,
        key_id: facts === undefined ? "" : keyId(facts),
        cabundle: installed.bundle === "" ? null : installed.bundle,
        cabundle_id: installed.bundle === "" ? null : id,
      },
    ];
  });
  return { components: list };
}

async function fetchSslInfo(call: WhmCall): Promise<unknown> {
  const text = call.args.get("crtdata");
  const domain = text === undefined ? call.args.required("domain") : undefined;
  const name =
    domain ?? (parseCertificate(text ?? "").subjectAltName ?? "").replace(/^DNS:/, "").split(",")[0] ?? "";
  const vhost = vhostFor(call, name);
  const args = domain === undefined ? { certificate: text ?? "" } : { domain };
  const func = domain === undefined ? "fetch_key_and_cabundle_for_certificate" : "fetch_best_for_domain";
  const { result } = await callUapi(call.state, {
    account: vhost.account,
    module: "SSL",
    func,
    args: ApiArguments.of(args),
    via: "whm",
  });
  if (result.status === 0) throw new ApiFailure(result.errors ?? []);
  return result.data;
}

function listCertificates(call: WhmCall): unknown {
  const user = call.args.get("user");
  const accounts = user === undefined ? managedAccounts(call) : [managedAccount(call, user)];
  const crt = accounts.flatMap((account) =>
    new Storage(call.state.files, account).list("certs").map((item) => ({
      ...certificateFacts(new X509Certificate(item.pem)),
      user: account,
      created: item.created,
      friendly_name: item.friendlyName,
    })),
  );
  return { crt };
}

function fetchForNames(call: WhmCall): unknown {
  const domains = call.args.commaList("domains");
  if (domains.length === 0) throw ApiFailure.missing("domains");
  const payload = managedAccounts(call).flatMap((account) => {
    const storage = new Storage(call.state.files, account);
    return storage.list("certs").flatMap((item) => {
      const certificate = new X509Certificate(item.pem);
      if (!domains.some((domain) => covers(certificate, domain))) return [];
      const key = storage.list("keys").find((one) => certificate.checkPrivateKey(createPrivateKey(one.pem)));
      const parts = { crt: item.pem, key: key?.pem ?? null, cab: null, users: [account], verify_error: null };
      return [
        {
          ...certificateFacts(certificate),
          created: item.created,
          friendly_name: item.friendlyName,
          ...parts,
        },
      ];
    });
  });
  return { payload };
}

const services = ["cpanel", "exim", "dovecot", "ftp"];

function serviceOf(call: WhmCall): string {
  const service = call.args.required("service");
  if (!services.includes(service)) throw new ApiFailure(`“${service}” is not a valid service.`);
  return service;
}

function installService(call: WhmCall): unknown {
  const service = serviceOf(call);
  const certificate = parseCertificate(call.args.required("crt"));
  const key = parseKey(call.args.required("key"));
  if (!certificate.checkPrivateKey(key)) throw new ApiFailure("The key file does not match the certificate.");
  const text = pemOf(key) + certificate.toString() + (call.args.get("cabundle") ?? "");
  if (service === "cpanel") writeText(call.state.files.var("ssl/cpanel/cpanel.pem"), text, 0o600);
  return { service, certificate: certificate.toString() };
}

function fetchServices(call: WhmCall): unknown {
  const text = call.state.files.serviceCertificate();
  const certificate = new X509Certificate(text);
  const info = {
    certificate: certificate.toString(),
    certificate_info: certificateFacts(certificate),
    cabundle: "",
  };
  return { services: services.map((service) => ({ service, ...info })) };
}

function bestServiceDomain(call: WhmCall): unknown {
  call.args.required("service");
  const certificate = new X509Certificate(call.state.files.serviceCertificate());
  const facts = certificateFacts(certificate);
  const matches = covers(certificate, call.state.hostName);
  return {
    ssldomain: call.state.hostName,
    ssldomain_matches_cert: matches ? 1 : 0,
    cert_match_method: matches ? "exact" : "none",
    is_currently_valid: certificate.validToDate > call.state.now() ? 1 : 0,
    is_self_signed: facts["is_self_signed"],
    is_wild_card: 0,
    cert_valid_not_after: facts["not_after"],
  };
}
