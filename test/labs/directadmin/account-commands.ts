import type { LabState } from "./lab-state.ts";
import { type LegacyAnswer, LegacyRefusal } from "./legacy-answer.ts";
import type { LegacyCall, LegacyCommand } from "./legacy-call.ts";
import { namedAccount, requirePost } from "./legacy-call.ts";
import type { LabLogin } from "./plugin-runtime-contract.ts";

/** Commands about accounts and sessions (spec §3.2). */
export const accountCommands: readonly LegacyCommand[] = [
  { name: "LOGIN_TEST", answer: () => ({ success: "Login OK" }) },
  { name: "SHOW_USER_CONFIG", answer: showUserConfig },
  { name: "GET_SESSION", answer: getSession },
  {
    name: "SHOW_ALL_USERS",
    role: "admin",
    answer: ({ state }) => ({ list: accountsWhere(state, ({ role }) => role === "user") }),
  },
  {
    name: "SHOW_ADMINS",
    role: "admin",
    answer: ({ state }) => ({ list: accountsWhere(state, ({ role }) => role === "admin") }),
  },
  {
    name: "SHOW_RESELLERS",
    role: "admin",
    answer: ({ state }) => ({ list: accountsWhere(state, ({ role }) => role === "reseller") }),
  },
  {
    name: "SHOW_USERS",
    role: "reseller",
    answer: ({ state, caller }) => ({
      list: accountsWhere(state, ({ role, creator }) => role === "user" && creator === caller.login.name),
    }),
  },
];

function accountsWhere(state: LabState, matches: (login: LabLogin) => boolean): string[] {
  return state.files.accounts().filter((name) => {
    const login = state.files.login(name);
    return login !== undefined && matches(login);
  });
}

function showUserConfig(call: LegacyCall): LegacyAnswer {
  const name = namedAccount(call);
  const record = call.state.files.account(name);
  if (record === undefined) throw new LegacyRefusal("Cannot View User", "That user does not exist");
  return { record: { ...record, domains: String(call.state.files.domainsOf(name).length) } };
}

/** On a real panel this tells the session's password; nobody may come to rely on that. */
function getSession(call: LegacyCall): LegacyAnswer {
  requirePost(call);
  throw new LegacyRefusal("Cannot Execute Your Request", "The session could not be shown");
}
