import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { CodedError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { LocalHttps } from "../local-https.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { jsonOfHttp } from "./answers.ts";
import type { PanelFiles } from "./files.ts";

const callTimeout = 60_000;
/** An installation verifies chains and may download intermediates. */
const installTimeout = 120_000;
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
  private readonly https: LocalHttps;

  constructor(options: PanelOptions, files: PanelFiles) {
    this.options = options;
    this.base = new URL(options.apiUrl ?? `https://${hostname()}:2087/`);
    this.https = new LocalHttps({
      trust: [...options.trust, ...pinned(files)],
      idleTimeout: installTimeout,
      clock: options.clock,
    });
  }

  close(): Promise<void> {
    return this.https.close();
  }

  /** Calls a function of the server's API and returns the JSON; `call` is for messages. */
  async post(path: string, call: string, parameters: Parameters): Promise<unknown> {
    const token = readToken(this.options.credentialFile);
    const body = new URLSearchParams({ "api.version": "1" });
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of Array.isArray(value) ? value : [String(value)]) body.append(name, one);
    }
    const allowed = call === "SSL::install_ssl" || call === "installssl" ? installTimeout : callTimeout;
    const answer = await this.https.call(
      {
        method: "POST",
        url: new URL(`/json-api/${path}`, this.base),
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "content-type": "application/x-www-form-urlencoded",
          authorization: `whm ${token.reveal()}`,
        },
        body: body.toString(),
        deadline: allowed,
        maxBody: maxAnswer,
      },
      call,
    );
    return jsonOfHttp(answer, call);
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
