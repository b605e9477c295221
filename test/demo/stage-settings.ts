import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type FakeCa, startFakeCa } from "../labs/ca/fake-ca.ts";
import type { DemoServer } from "./servers/demo-server.ts";

/** A CA that sees the server as the world would: its zones and its sites. */
export async function openCaFor(server: DemoServer): Promise<FakeCa> {
  const ca = await startFakeCa({
    dnsServers: [server.dnsAddress],
    hosts: { "*": { address: server.address, port: server.httpPort } },
    pollMs: 500,
  });
  server.trustCa?.(ca.rootPem);
  return ca;
}

/** Where the agent's sockets lie. */
export function runDirOf(folder: string, server: DemoServer): string {
  return server.runDir ?? join(folder, "run");
}

/**
 * Writes the settings of an agent for this server and CA below `folder`, with the files they name, and makes the folders
 * it works in; all of them belong to `owner`. Returns the settings' path; sockets are in `runDirOf`.
 */
export function writeSettings(parts: {
  readonly folder: string;
  readonly server: DemoServer;
  readonly ca: FakeCa;
  readonly webhookPort: number;
  readonly executor: "socket" | "in-process";
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}): string {
  const { folder, server, ca, owner } = parts;
  const give = (path: string): string => {
    if (owner !== null) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  const place = (name: string, text: string, mode: number): string => {
    writeFileSync(join(folder, name), text, { mode });
    return give(join(folder, name));
  };
  for (const [path, mode] of [
    [join(folder, "state"), 0o700],
    [runDirOf(folder, server), 0o755],
  ] as const) {
    mkdirSync(path, { mode });
    give(path);
  }
  if (server.pagesGid !== undefined && process.getuid?.() === 0) {
    chownSync(runDirOf(folder, server), owner?.uid ?? 0, server.pagesGid);
    chmodSync(runDirOf(folder, server), 0o2755);
  }
  const settings = {
    ca: {
      baseUrl: ca.url,
      username: ca.credentials.userName,
      passwordFile: place("ca-password", `${ca.credentials.password}\n`, 0o600),
      trustFile: place("ca-roots.pem", ca.tlsRootPem + ca.rootPem, 0o644),
    },
    webhook: {
      listen: [`127.0.0.1:${parts.webhookPort}`],
      tls: false,
      allowedSources: ["127.0.0.1"],
    },
    panel: {
      kind: server.panel,
      rootDir: server.rootDir,
      apiUrl: server.apiUrl,
      credentialFile:
        server.credential === null ? null : place("panel-credential", `${server.credential}\n`, 0o600),
      trustFile: place("panel-root.pem", server.trustPem, 0o644),
      executor: parts.executor,
    },
    verify: { httpsPort: server.httpsPort, httpPort: server.httpPort },
    dns: { servers: [server.dnsAddress] },
    stateDir: join(folder, "state"),
    runDir: runDirOf(folder, server),
  };
  return place("config.yaml", stringify(settings), 0o640);
}
