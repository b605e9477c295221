import { X509Certificate } from "node:crypto";
import { ApiFailure } from "./api-failure.ts";
import { readInstalled, removeInstalled } from "./installed-certificates.ts";
import { installCertificate, ownVhost } from "./ssl-install.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";
import { type Vhost, vhostsOf } from "./websites.ts";
import { certificateFacts } from "./x509-facts.ts";

/** SSL functions about websites (spec §4.5, §4.9). */
export const sslHostFunctions: UapiModule = {
  installed_hosts: { run: installedHosts, demo: true },
  installed_host: {
    run: () => {
      throw new ApiFailure("The account does not have a dedicated IP address.");
    },
    demo: true,
  },
  install_ssl: { run: installSsl, feature: "sslinstall" },
  delete_ssl: { run: deleteSsl, feature: "sslinstall" },
  set_primary_ssl: {
    run: (call) => void ownVhost(call.state, call.account, call.args.required("servername")),
  },
  is_sni_supported: { run: () => 1, demo: true },
  can_ssl_redirect: {
    run: ({ state }) => (allowsInstall(state.files.tweak("allowcpsslinstall")) ? 1 : 0),
    demo: true,
  },
  toggle_ssl_redirect_for_domains: { run: toggleRedirect },
};

function allowsInstall(tweak: string | undefined): boolean {
  return tweak !== "0";
}

/** An install or removal needs the server's setting as well as the feature (spec §4.5). */
function checkTweak(call: UapiCall): void {
  if (allowsInstall(call.state.files.tweak("allowcpsslinstall"))) return;
  // Assumption: the text is known from no source (spec §4.7).
  throw new ApiFailure("The system administrator has disabled SSL host installation for cPanel users.", {
    adminBin: "ADD",
  });
}

function installedHosts({ state, account }: UapiCall): unknown {
  const filling = state.switches.hugeInstalledHostsMb;
  const hosts = vhostsOf(state.files, account).flatMap((vhost) => installedHost(state.files, vhost));
  if (filling === 0 || hosts[0] === undefined) return hosts;
  const copies = Math.ceil((filling * 1024 * 1024) / JSON.stringify(hosts[0]).length);
  return [...hosts, ...Array.from({ length: copies }, () => hosts[0])];
}

export function installedHost(files: UapiCall["state"]["files"], vhost: Vhost): Record<string, unknown>[] {
  const installed = readInstalled(files, vhost.servername);
  if (installed === undefined) return [];
  return [
    {
      servername: vhost.servername,
      domains: vhost.names,
      fqdns: [...vhost.names.filter((name) => !name.startsWith("*")), ...vhost.serviceNames],
      docroot: vhost.documentRoot,
      ip: files.website(vhost.account, vhost.servername)?.["ip"] ?? "",
      is_primary_on_ip: 0,
      needs_sni: 1,
      mail_sni_status: 1,
      certificate_text: installed.cert,
      certificate: certificateFacts(new X509Certificate(installed.cert)),
    },
  ];
}

function installSsl(call: UapiCall): unknown {
  const { state, account, args } = call;
  const domain = args.required("domain");
  const cert = args.required("cert");
  const key = state.switches.keyMayBeOmitted ? (args.get("key") ?? "") : args.required("key");
  checkTweak(call);
  const bundle = args.get("cabundle") ?? "";
  const done = installCertificate(state, account, { domain, cert, key, bundle });
  const ip = state.files.website(account, done.vhost.servername)?.["ip"] ?? state.address;
  return {
    action: done.action,
    domain,
    user: account,
    ip,
    cert_id: done.certId,
    key_id: done.keyId,
    working_domains: done.working,
    warning_domains: done.warning,
    extra_certificate_domains: [],
    message: done.message,
    statusmsg: done.message,
    html: `${done.message}<br />`,
  };
}

function deleteSsl(call: UapiCall): null {
  const { state, account, args } = call;
  const domain = args.required("domain");
  checkTweak(call);
  const vhost = ownVhost(state, account, domain);
  if (readInstalled(state.files, vhost.servername) === undefined) {
    const problem = `Failed to remove SSL host for “${domain}”: No SSL certificate secures the website “${domain}”.\n`;
    throw new ApiFailure(problem, { messages: ["OK"], adminBin: "DEL" });
  }
  removeInstalled(state.files, vhost);
  state.apache.requestRestart();
  call.messages.push("The SSL host was successfully removed.");
  return null;
}

function toggleRedirect({ state, account, args }: UapiCall): unknown {
  const domains = args.commaList("domains");
  if (domains.length === 0) throw ApiFailure.missing("domains");
  const on = args.required("state") === "1";
  for (const domain of domains) {
    const vhost = ownVhost(state, account, domain);
    const { ssl_redirect: _old, ...website } = state.files.website(account, vhost.servername) ?? {};
    state.files.setWebsite(account, vhost.servername, on ? { ...website, ssl_redirect: "1" } : website);
  }
  state.apache.requestRestart();
  return domains;
}
