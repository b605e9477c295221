import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { rootCertificates } from "node:tls";
import { Agent, request } from "undici";
import { CodedError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { jsonOfHttp, type RawAnswer } from "./answers.ts";
import type { PanelFiles } from "./files.ts";

const callTimeout = 60_000;
/** An installation verifies chains and may download intermediates. */
const installTimeout = 120_000;
const connectTimeout = 5_000;
/** `installed_hosts` of one account may be tens of megabytes (spec cpanel §6). */
const maxAnswer = 100 * 1024 * 1024;

/** Values by name; a list is the same name several times. Empty texts are left out by nobody: some calls want them. */
export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * HTTPS to the panel on this machine, with an API token: the connection goes to the loopback address, the certificate is
 * verified against the server's name (spec cpanel §4.1). Parameters travel in the body. Redirects are not followed.
 */
export class PanelHttps {
  readonly base: URL;
  private readonly options: PanelOptions;
  private readonly agent: Agent;

  constructor(options: PanelOptions, files: PanelFiles) {
    this.options = options;
    this.base = new URL(options.apiUrl ?? `https://${hostname()}:2087/`);
    this.agent = new Agent({
      connections: 4,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      headersTimeout: installTimeout,
      bodyTimeout: installTimeout,
      connect: {
        timeout: connectTimeout,
        servername: this.base.hostname,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        ca: [...rootCertificates, ...options.trust, ...pinned(files)],
        lookup: (_name, wish, answer) => {
          if (wish.all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
          else answer(null, "127.0.0.1", 4);
        },
      },
    });
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  /** Calls a function of the server's API and returns the JSON; `call` is for messages. */
  async post(path: string, call: string, parameters: Parameters): Promise<unknown> {
    const token = readToken(this.options.credentialFile);
    const body = new URLSearchParams({ "api.version": "1" });
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of Array.isArray(value) ? value : [String(value)]) body.append(name, one);
    }
    const abort = new AbortController();
    const allowed = call === "SSL::install_ssl" || call === "installssl" ? installTimeout : callTimeout;
    const cancel = this.options.clock.after(allowed, () => abort.abort(new Error("no answer in time")));
    try {
      const answer = await request(new URL(`/json-api/${path}`, this.base), {
        method: "POST",
        dispatcher: this.agent,
        signal: abort.signal,
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "content-type": "application/x-www-form-urlencoded",
          authorization: `whm ${token.reveal()}`,
        },
        body: body.toString(),
      });
      const text = await readCapped(answer.body);
      const raw: RawAnswer = {
        status: answer.statusCode,
        type: String(answer.headers["content-type"] ?? ""),
        body: text,
      };
      return jsonOfHttp(raw, call);
    } catch (thrown) {
      if (thrown instanceof CodedError) throw thrown;
      const { code = "", message = "" } = thrown as { code?: string; message?: string };
      throw new CodedError("panel-unreachable", {
        cause: thrown,
        detail: `${call}: ${code} ${message}`.trim(),
      });
    } finally {
      cancel();
    }
  }
}

/** `user:token`, or the token alone, which is root's then. Read for each call: a new token needs no restart. */
function readToken(file: string | null): Secret {
  if (file === null)
    throw new CodedError("panel-refused-us", { detail: "panel.credentialFile names no API token" });
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CodedError("panel-refused-us", { cause, detail: `the API token in ${file} can't be read` });
  }
  if (!/^(?:[A-Za-z0-9._-]+:)?[A-Za-z0-9]+$/.test(text)) {
    throw new CodedError("panel-refused-us", { detail: `${file} holds no API token` });
  }
  return new Secret(text.includes(":") ? text : `root:${text}`);
}

/** A panel with a certificate of its own making is known by exactly that certificate. The file holds the key as well. */
function pinned(files: PanelFiles): string[] {
  try {
    const found = files.hostCertificate();
    const text = found === null ? "" : readFileSync(found.certificateFile, "utf8");
    return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  } catch {
    // Not readable for the service's user: the settings name a trust file then.
    return [];
  }
}

async function readCapped(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxAnswer)
      throw new CodedError("panel-answer-unreadable", { detail: `longer than ${maxAnswer} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
