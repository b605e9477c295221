import { z } from "zod";
import type { Log } from "../../src/logging.ts";
import { acceptJson } from "./answers.ts";
import type { Login, PanelApi } from "./panel-api.ts";

/** Which of the newer calls this panel has, by its own description of itself, never by its version (spec directadmin §3.3). */
export interface Features {
  readonly domainTls: boolean;
  readonly acmeConfig: boolean;
  readonly fileManager: boolean;
}

const description = z.object({ paths: z.record(z.string(), z.unknown()) });
const none: Features = { domainTls: false, acmeConfig: false, fileManager: false };

export async function readFeatures(api: PanelApi, login: Login, log: Log): Promise<Features> {
  const answer = await api.call(login, { method: "GET", path: "/static/swagger.json" });
  // Panels from before the newer API answer with an error or a page: the old commands work there.
  if (answer.status !== 200) return none;
  const parsed = description.safeParse(readOrNull(answer));
  if (!parsed.success) {
    log.info("the panel does not describe its API; its older commands are used");
    return none;
  }
  const paths = Object.keys(parsed.data.paths).map((path) => path.replace(/^\/api\b/, ""));
  const has = (pattern: RegExp): boolean => paths.some((path) => pattern.test(path));
  return {
    domainTls: has(/^\/domain-tls\/\{[^}]+\}\/certs\/\{[^}]+\}\/files$/),
    acmeConfig: has(/^\/domain-tls\/\{[^}]+\}\/acme-config$/),
    fileManager: has(/^\/filemanager-actions\/upload$/),
  };
}

function readOrNull(answer: Parameters<typeof acceptJson>[0]): unknown {
  try {
    return acceptJson(answer, "/static/swagger.json");
  } catch {
    return null;
  }
}
