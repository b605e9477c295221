import { randomUUID } from "node:crypto";
import type { ApiLogin } from "../api-login.ts";
import type { LabState } from "../lab-state.ts";
import type { PanelCall } from "../panel/panel-call.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { ClientRow } from "../records.ts";
import { commandRoutes } from "./command-routes.ts";
import { hostingRoutes } from "./hosting-routes.ts";
import { type RestAnswer, RestRefusal, type RestRoute } from "./rest-route.ts";

const base = "/api/v2";

/** The REST API (spec plesk §3.9): answers JSON, errors as `{code, message}`, a failed login with no body at all. */
export class RestServer {
  private readonly state: LabState;
  private readonly login: ApiLogin;
  private readonly routes: readonly RestRoute[];

  constructor(state: LabState, login: ApiLogin) {
    this.state = state;
    this.login = login;
    this.routes = [...commandRoutes, ...hostingRoutes, ...keyRoutes(login)];
  }

  async answer(call: Omit<PanelCall, "session">): Promise<void> {
    const { response } = call;
    const client = this.authenticate(call);
    if (client === undefined) return void response.writeHead(401).end();
    try {
      const { status, body } = await this.route(call, client);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    } catch (cause) {
      const status = cause instanceof RestRefusal ? cause.status : cause instanceof PanelRefusal ? 400 : 500;
      const message = cause instanceof Error ? cause.message : String(cause);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ code: status, message }));
    }
  }

  private async route(call: Omit<PanelCall, "session">, client: ClientRow): Promise<RestAnswer> {
    const path = call.url.pathname.slice(base.length);
    const matches = this.routes.flatMap((route) => {
      const match = route.path.exec(path);
      return match === null ? [] : [{ route, params: match.slice(1).map(decodeURIComponent) }];
    });
    const found = matches.find(({ route }) => route.method === call.method);
    if (found === undefined) throw new RestRefusal(matches.length > 0 ? 405 : 404, "Not Found");
    // Customers and resellers may hold keys, but the API is the administrator's (spec plesk §3.9).
    if (client.role !== "admin") throw new RestRefusal(403, "Access denied");
    return found.route.run({
      state: this.state,
      client,
      params: found.params,
      query: call.url.searchParams,
      body: readJson(call.body),
      address: call.request.socket.remoteAddress ?? "",
    });
  }

  private authenticate({ request }: Omit<PanelCall, "session">): ClientRow | undefined {
    const address = request.socket.remoteAddress ?? "";
    if (this.login.isLockedOut(address)) return undefined;
    const key = request.headers["x-api-key"];
    if (typeof key === "string") return this.login.byKey(key, address);
    const [kind, text = ""] = (request.headers.authorization ?? "").split(" ");
    if (kind !== "Basic") return undefined;
    const [name = "", ...rest] = Buffer.from(text, "base64").toString("utf8").split(":");
    return this.login.byPassword(name, rest.join(":"), address);
  }
}

function keyRoutes(login: ApiLogin): RestRoute[] {
  return [
    {
      method: "POST",
      path: /^\/auth\/keys$/,
      run({ state, body, address }) {
        const ips = Array.isArray(body["ips"]) ? body["ips"].map(String) : [String(body["ip"] ?? address)];
        const owner = String(body["login"] ?? "admin");
        if (state.database.client(owner) === undefined) throw new RestRefusal(400, "Client does not exist");
        const key = randomUUID();
        login.addKey(key, {
          ip: ips.map((ip) => ip.replace(/^::ffff:/, "")).join(","),
          login: owner,
          description: String(body["description"] ?? ""),
        });
        return { status: 201, body: { key } };
      },
    },
    {
      method: "DELETE",
      path: /^\/auth\/keys\/([^/]+)$/,
      run({ params }) {
        const row = login.findKey(params[0] ?? "");
        if (row === undefined) throw new RestRefusal(404, "Secret key not found");
        login.removeKey(row);
        return { status: 200, body: { status: "success" } };
      },
    },
  ];
}

function readJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Refused below, as is anything else that is no object.
  }
  throw new RestRefusal(400, "The request body is not valid JSON.");
}
