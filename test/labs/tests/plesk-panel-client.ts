import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { zipArchive } from "../ca/zip-archive.ts";
import type { PleskLab } from "../plesk/plesk-lab.ts";
import { type Page, readPage } from "./plesk-client.ts";

export interface PanelRequest {
  method?: string;
  headers?: Record<string, string>;
  /** A session of the panel. */
  session?: { id: string; forgeryToken: string };
  form?: Record<string, string>;
  body?: string | Buffer;
}

/** A call of the panel: connected to its address, verified by its name. */
export function callPlesk(lab: PleskLab, path: string, options: PanelRequest = {}): Promise<Page> {
  const body = options.form === undefined ? options.body : new URLSearchParams(options.form).toString();
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: lab.address,
        port: lab.port,
        servername: lab.hostName,
        ca: lab.panelCaPem,
        agent: false,
        path,
        method: options.method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          host: `${lab.hostName}:${lab.port}`,
          ...(options.form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
          ...(options.session === undefined ? {} : { cookie: `PLESKSESSID=${options.session.id}` }),
          ...options.headers,
        },
      },
      (response: IncomingMessage) => resolve(readPage(response)),
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** A package of an extension: files by their names, those of `sbin` executable. */
export function extensionPackage(files: Readonly<Record<string, string>>): Buffer {
  return zipArchive(
    Object.entries(files).map(([name, text]) => ({
      name,
      content: Buffer.from(text),
      mode: name.startsWith("sbin/") ? 0o755 : 0o644,
    })),
  );
}
