import { type ApiCall, ApiRefusal, type ApiRoute, denied, notFound, refusalReply } from "./api-call.ts";
import { domainTlsRoutes } from "./domain-tls-routes.ts";
import { fileManagerRoutes } from "./file-manager-routes.ts";
import { loginKeyRoutes } from "./login-key-routes.ts";
import type { PanelCall, PanelReply } from "./panel-call.ts";
import { serverTlsRoutes } from "./server-tls-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import type { Switches } from "./switches.ts";

export const apiRoutes: readonly ApiRoute[] = [
  ...sessionRoutes,
  ...loginKeyRoutes,
  ...domainTlsRoutes,
  ...serverTlsRoutes,
  ...fileManagerRoutes,
];

const ranks = { user: 0, reseller: 1, admin: 2 };

/** Does a panel of this feature level have the route? */
export function isOffered(route: ApiRoute, { profile }: Switches): boolean {
  return route.profiles?.includes(profile) ?? true;
}

/** Answers `/api/…` (spec §3.3). */
export async function answerApiCall(call: PanelCall): Promise<PanelReply> {
  try {
    const allowed = call.caller.loginKey?.commands;
    if (allowed !== undefined && !allowed.includes(call.path.split("/")[2] ?? "")) throw denied();
    const { route, variables } = findRoute(call);
    if (ranks[call.caller.login.role] < ranks[route.role ?? "user"]) throw denied();
    const found: ApiCall = { ...call, variables };
    return await route.answer(found);
  } catch (cause) {
    if (cause instanceof ApiRefusal) return refusalReply(cause);
    throw cause;
  }
}

function findRoute(call: PanelCall): { route: ApiRoute; variables: Record<string, string> } {
  const offered = apiRoutes.filter((route) => isOffered(route, call.state.switches));
  let wrongMethod = false;
  for (const route of offered) {
    const variables = matchPath(route.path, call.path);
    if (variables === undefined) continue;
    if (route.method === call.method) return { route, variables };
    wrongMethod = true;
  }
  throw wrongMethod ? new ApiRefusal(405, "METHOD_NOT_ALLOWED") : notFound();
}

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const variables: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? "";
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name !== undefined && text !== "") variables[name] = decode(text);
    else if (part !== text) return undefined;
  }
  return variables;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notFound();
  }
}
