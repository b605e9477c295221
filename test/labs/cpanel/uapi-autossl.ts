import { ApiFailure } from "./api-failure.ts";
import { ownVhost } from "./ssl-install.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";

const keyTypes = ["system", "rsa-2048", "rsa-4096", "ecdsa-prime256v1", "ecdsa-secp384r1"];

/** SSL functions about AutoSSL (spec §4.9, §5.5). */
export const autosslFunctions: UapiModule = {
  get_autossl_problems: {
    run: ({ state, account }) => state.autossl.problemsOf(account),
    feature: "autossl",
    demo: true,
  },
  get_autossl_excluded_domains: {
    run: ({ state, account }) =>
      state.autossl.excluded(account).map((domain) => ({ excluded_domain: domain })),
    feature: "autossl",
    demo: true,
  },
  add_autossl_excluded_domains: {
    run: (call) => exclude(call, [...call.state.autossl.excluded(call.account), ...domainsOf(call)]),
    feature: "autossl",
  },
  remove_autossl_excluded_domains: {
    run: (call) => {
      const gone = domainsOf(call);
      return exclude(
        call,
        call.state.autossl.excluded(call.account).filter((domain) => !gone.includes(domain)),
      );
    },
    feature: "autossl",
  },
  set_autossl_excluded_domains: {
    run: (call) => exclude(call, call.args.commaList("domains")),
    feature: "autossl",
  },
  start_autossl_check: {
    run: ({ state, account }) => {
      void state.autossl.run(account);
      return null;
    },
    feature: "autossl",
  },
  is_autossl_check_in_progress: {
    run: ({ state, account }) => (state.autossl.isRunning(account) ? 1 : 0),
    demo: true,
  },
  set_default_key_type: { run: setDefaultKeyType },
};

function domainsOf(call: UapiCall): string[] {
  const domains = call.args.commaList("domains");
  if (domains.length === 0) throw ApiFailure.missing("domains");
  return domains;
}

/** Only names that the account has can be excluded. */
function exclude(call: UapiCall, domains: readonly string[]): null {
  for (const domain of domains) ownVhost(call.state, call.account, domain);
  call.state.autossl.setExcluded(call.account, domains);
  return null;
}

function setDefaultKeyType({ state, account, args }: UapiCall): null {
  const type = args.required("type");
  if (!keyTypes.includes(type)) throw new ApiFailure(`“${type}” is not a valid key type.`);
  state.files.setAccount(account, { SSL_DEFAULT_KEY_TYPE: type });
  void state.autossl.run(account);
  return null;
}
