import { ApiFailure } from "./api-failure.ts";
import { ownVhost } from "./ssl-install.ts";
import { managedAccount, managedAccounts, type WhmCall, type WhmFunctions } from "./whm-call.ts";

/** WHM functions about AutoSSL (spec §4.6). */
export const whmAutosslFunctions: WhmFunctions = {
  start_autossl_check_for_one_user: {
    run: (call) => {
      void call.state.autossl.run(managedAccount(call, call.args.required("username")));
      return { pid: process.pid };
    },
    acl: "all",
  },
  start_autossl_check_for_all_users: {
    run: (call) => {
      for (const account of managedAccounts(call)) void call.state.autossl.run(account);
      return { pid: process.pid };
    },
    acl: "all",
  },
  get_autossl_problems_for_user: { run: problems, acl: "all" },
  get_autossl_problems_for_domain: {
    run: (call) => {
      const domain = call.args.required("domain");
      const owner = call.state.files.ownerOf(domain) ?? "";
      return {
        problems_by_domain: withLog(
          call.state.autossl.problemsOf(owner).filter((one) => one.domain === domain),
        ),
      };
    },
    acl: "all",
  },
  get_autossl_user_excluded_domains: {
    run: (call) => {
      const user = managedAccount(call, call.args.required("username"));
      return { payload: call.state.autossl.excluded(user).map((domain) => ({ excluded_domain: domain })) };
    },
    acl: "all",
  },
  set_autossl_user_excluded_domains: { run: (call) => change(call, (_old, given) => given), acl: "all" },
  add_autossl_user_excluded_domains: {
    run: (call) => change(call, (old, given) => [...old, ...given]),
    acl: "all",
  },
  remove_autossl_user_excluded_domains: {
    run: (call) => change(call, (old, given) => old.filter((domain) => !given.includes(domain))),
    acl: "all",
  },
  get_autossl_metadata: {
    run: ({ state }) => ({
      payload: Object.fromEntries(
        Object.entries(state.autossl.metadata()).map(([key, value]) => [key, Number(value)]),
      ),
    }),
    acl: "all",
  },
  set_autossl_metadata_key: {
    run: ({ state, args }) => state.autossl.setMetadata(args.required("key"), args.required("value")),
    acl: "all",
  },
  get_autossl_providers: {
    run: () => ({
      payload: [
        { module_name: "LetsEncrypt", display_name: "Let’s Encrypt™", enabled: 1, x_terms_of_service: null },
      ],
    }),
    acl: "all",
  },
};

function problems(call: WhmCall): unknown {
  const user = managedAccount(call, call.args.required("username"));
  return { problems_by_domain: withLog(call.state.autossl.problemsOf(user)) };
}

function withLog(list: readonly { domain: string; problem: string; time: string }[]): unknown[] {
  return list.map((one) => ({ ...one, log: one.time.replaceAll(":", "").replace("Z", "") }));
}

/** Repeated `domain`, no commas: unlike UAPI (spec §4.6). */
function change(call: WhmCall, how: (old: string[], given: string[]) => string[]): undefined {
  const user = managedAccount(call, call.args.required("username"));
  const given = call.args.all("domain");
  for (const domain of given) {
    if (domain.includes(",")) throw new ApiFailure(`“${domain}” is not a valid domain name.`);
    ownVhost(call.state, user, domain);
  }
  call.state.autossl.setExcluded(user, how(call.state.autossl.excluded(user), given));
}
