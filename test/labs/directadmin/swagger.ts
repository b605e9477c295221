import type { ApiRoute } from "./api-call.ts";
import { apiRoutes, isOffered } from "./api-routes.ts";
import type { LabState } from "./lab-state.ts";
import type { Profile } from "./switches.ts";

/** The panel's own specification, `/static/swagger.json`: exactly the calls this lab answers (spec §7.2.8). */
export function specification({ switches }: LabState): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of apiRoutes.filter((one) => isOffered(one, switches))) {
    const operations = paths[route.path] ?? {};
    operations[route.method.toLowerCase()] = {
      summary: route.summary,
      parameters: [
        ...[...route.path.matchAll(/\{(.+?)\}/g)].map(([, name]) => ({
          name,
          in: "path",
          required: true,
          type: "string",
        })),
        ...queryOf(route, switches.profile).map((name) => ({ name, in: "query", type: "string" })),
        ...(route.body === undefined ? [] : [bodyParameter(route.body(switches))]),
      ],
      responses: { default: { description: "" } },
    };
    paths[route.path] = operations;
  }
  return {
    swagger: "2.0",
    info: { title: "DirectAdmin API", version: "1.0" },
    basePath: "/",
    paths,
    definitions: definitions(switches.putBody),
  };
}

function queryOf({ query = [], newerQuery = [] }: ApiRoute, profile: Profile): readonly string[] {
  return profile === "current" ? [...query, ...newerQuery] : query;
}

function bodyParameter(definition: string): unknown {
  return { name: "body", in: "body", required: true, schema: { $ref: `#/definitions/${definition}` } };
}

function definitions(putBody: string): Record<string, unknown> {
  const object = (...names: string[]): unknown => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
  });
  return {
    "session.loginAs": object("username"),
    acmeConfig: object("provider", "keyType", "dnsProvider"),
    "filemanager.mkdir": object("path"),
    "filemanager.remove": {
      type: "object",
      properties: { paths: { type: "array" }, trash: { type: "boolean" } },
    },
    "loginKeys.create": object("id", "value", "expires"),
    serverTlsFiles: object("certificate", "key"),
    ...(putBody === "tlsFiles"
      ? { tlsFiles: object("certificate", "key") }
      : {
          "domainTLSPutCertFiles.request":
            putBody === "request" ? object("certificate", "key") : object("cert", "key", "chain"),
        }),
  };
}
