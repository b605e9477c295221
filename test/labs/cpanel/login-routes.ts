import { isPassword } from "../common/passwords.ts";
import type { ApiArguments } from "./api-arguments.ts";
import { maySignIn } from "./authentication.ts";
import { type HttpReply, htmlReply, redirectReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";
import { loginPage } from "./login-page.ts";
import type { Session } from "./sessions.ts";

export function isLoginPath(path: string): boolean {
  return path === "/" || /^\/(?:login|logout)\/?$/.test(path);
}

/** `/login`, the links of `create_user_session`, `/logout`, and `/` for who has no session. */
export function answerLogin(
  state: LabState,
  service: "cpanel" | "whm",
  call: { url: URL; args: ApiArguments; method: string },
): HttpReply {
  const { url, args, method } = call;
  if (url.pathname.startsWith("/logout")) return redirectReply("/");
  const link = args.get("session");
  if (link !== undefined) {
    const session = state.sessions.openLink(link);
    return session === undefined
      ? htmlReply(401, loginPage("The link has expired."))
      : enter(service, session);
  }
  const name = args.get("user");
  if (method !== "POST" || name === undefined) return htmlReply(200, loginPage(null));
  const account = accountOf(state, name);
  const good =
    account !== undefined &&
    isPassword(state.files, name, args.get("pass") ?? "") &&
    maySignIn(state, service, account);
  if (!good) {
    return args.get("login_only") === "1"
      ? {
          status: 401,
          headers: { "content-type": "application/json" },
          body: '{"status":0,"message":"invalid_login"}',
        }
      : htmlReply(401, loginPage("The login is invalid."));
  }
  const session = state.sessions.create(service, account, { login: name });
  if (args.get("login_only") !== "1") return enter(service, session);
  const target = `${session.token}${home(service)}`;
  // A Location beside a 200, which published clients read the token from.
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      location: target,
      "set-cookie": cookieOf(service, session),
    },
    body: JSON.stringify({ status: 1, redirect: target, security_token: session.token }),
  };
}

/** A team user `name@domain` belongs to the account of its domain (spec §2.6). */
function accountOf(state: LabState, name: string): string | undefined {
  const at = name.indexOf("@");
  if (at === -1) return name === "root" || state.files.account(name) !== undefined ? name : undefined;
  return state.files.ownerOf(name.slice(at + 1));
}

function enter(service: "cpanel" | "whm", session: Session): HttpReply {
  return redirectReply(`${session.token}${home(service)}`, cookieOf(service, session));
}

function home(service: "cpanel" | "whm"): string {
  return service === "cpanel" ? "/frontend/jupiter/index.html" : "/scripts/command";
}

export function cookieOf(service: "cpanel" | "whm", session: Session): string {
  const name = service === "cpanel" ? "cpsession" : "whostmgrsession";
  return `${name}=${encodeURIComponent(session.id)}; HttpOnly; path=/; secure`;
}
