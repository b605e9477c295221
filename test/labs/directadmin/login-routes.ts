import type { IncomingHttpHeaders } from "node:http";
import { type Authenticator, readCookies } from "./authentication.ts";
import type { LabState } from "./lab-state.ts";
import { readLegacyForm } from "./legacy-form.ts";
import type { PanelReply } from "./panel-call.ts";
import { emptyReply, jsonReply, reply } from "./panel-call.ts";

interface LoginRequest {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly address: string;
}

/** Making and ending browser sessions (spec §3.1); these addresses need no credentials. */
export class LoginRoutes {
  private readonly state: LabState;
  private readonly authenticator: Authenticator;
  private readonly loginPage: (problem: string | null) => string;

  constructor(state: LabState, authenticator: Authenticator, loginPage: (problem: string | null) => string) {
    this.state = state;
    this.authenticator = authenticator;
    this.loginPage = loginPage;
  }

  /** Undefined when the address is none of these. */
  answer(method: string, path: string, request: LoginRequest): PanelReply | undefined {
    if (path === "/CMD_LOGIN" && method === "POST") return this.formLogin(request);
    if (path === "/CMD_LOGIN") return reply(200, "text/html", this.loginPage(null));
    if (path === "/api/login" && method === "POST") return this.jsonLogin(request);
    if (path === "/CMD_LOGOUT") return this.logout(request);
    return undefined;
  }

  private formLogin(request: LoginRequest): PanelReply {
    const form = readLegacyForm(request);
    const pair = this.logIn(form.get("username") ?? "", form.get("password") ?? "", request.address, false);
    if (pair === undefined)
      return reply(
        200,
        "text/html",
        this.loginPage("Invalid login. Please verify your Username and Password"),
      );
    const wanted = form.get("referer") ?? "/";
    const target = wanted.startsWith("/") && !wanted.startsWith("//") ? wanted : "/";
    return emptyReply(302, { location: target, "set-cookie": cookies(pair) });
  }

  private jsonLogin(request: LoginRequest): PanelReply {
    const form = readLegacyForm(request);
    const pair = this.logIn(form.get("username") ?? "", form.get("password") ?? "", request.address, true);
    if (pair === undefined) return jsonReply(401, { type: "UNAUTHORIZED" });
    const answer = jsonReply(200, { sessionID: pair.id });
    return { ...answer, headers: { ...answer.headers, "set-cookie": cookies(pair) } };
  }

  private logout(request: LoginRequest): PanelReply {
    this.state.sessions.remove(readCookies(request.headers.cookie).get("session") ?? "");
    return emptyReply(302, {
      location: "/",
      "set-cookie": ["session=; Path=/; Max-Age=0", "key=; Path=/; Max-Age=0"],
    });
  }

  private logIn(
    name: string,
    password: string,
    address: string,
    byApi: boolean,
  ): { id: string; key: string } | undefined {
    const found = this.authenticator.checkCredentials(name, password, address);
    if (found.kind !== "caller") return undefined;
    return this.state.sessions.create(found.caller.login.name, address, byApi);
  }
}

function cookies({ id, key }: { id: string; key: string }): string[] {
  const flags = "Path=/; Secure; HttpOnly; SameSite=Lax";
  return [`session=${id}; ${flags}`, `key=${key}; ${flags}`];
}
