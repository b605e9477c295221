import { isPassword } from "../account-desk.ts";
import type { Sessions } from "../sessions.ts";
import { cookieOf, type PanelCall, plain, readForm, redirect } from "./panel-call.ts";
import { loginPage } from "./shell.ts";

/** Logging in and out (spec plesk §2.6). True when the address was one of these. */
export async function answerLogin(call: PanelCall, sessions: Sessions): Promise<boolean> {
  const { url, method, response } = call;
  switch (url.pathname) {
    case "/login_up.php":
    case "/login_up.php3":
      if (method === "POST") submit(call, sessions);
      else plain(response, 200, loginPage(undefined, url.searchParams.get("success_redirect_url") ?? ""));
      return true;
    case "/login": {
      const session = sessions.takeLink(url.searchParams.get("secret") ?? "");
      if (session === undefined)
        plain(response, 403, loginPage("The link is invalid or was used already.", ""));
      else enter(call, session, "/");
      return true;
    }
    case "/enterprise/rsession_init.php": {
      const session = sessions.find(url.searchParams.get("PLESKSESSID") ?? "");
      if (session === undefined) plain(response, 403, loginPage("The session is unknown.", ""));
      else enter(call, session.id, url.searchParams.get("success_redirect_url") ?? "/");
      return true;
    }
    case "/logout.php":
      sessions.remove(cookieOf(call.request, "PLESKSESSID") ?? "");
      redirect(response, "/login_up.php");
      return true;
    default:
      return false;
  }
}

function submit(call: PanelCall, sessions: Sessions): void {
  const { fields } = readForm(call);
  const client = call.state.database.client(fields.get("login_name") ?? "");
  const next = fields.get("success_redirect_url") ?? "";
  if (client === undefined || client.suspended || !isPassword(client, fields.get("passwd") ?? "")) {
    plain(call.response, 200, loginPage("You have entered incorrect username or password.", next));
    return;
  }
  enter(call, sessions.create(client.login), next.startsWith("/") && !next.startsWith("//") ? next : "/");
}

function enter(call: PanelCall, session: string, next: string): void {
  call.response.setHeader("set-cookie", `PLESKSESSID=${session}; path=/; secure; HttpOnly; SameSite=Lax`);
  redirect(call.response, next);
}
