import type { IncomingHttpHeaders } from "node:http";
import { readLegacyForm } from "./legacy-form.ts";

/** One call of the panel as it arrived, without its secrets. */
export interface LoggedCall {
  readonly at: Date;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Whose credentials were given, `admin|bob` with both; undefined for none. */
  login: string | undefined;
  /** Undefined while nothing was answered. */
  status: number | undefined;
  readonly body?: Readonly<Record<string, string>>;
}

const secretFields = /^(?:passw(?:or)?d\d?|key|secret|hmac|externalAccountHMAC)$/i;
const keyBlocks = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** Fields of a body for the log; nothing of uploads, and no keys or passwords. */
export function bodyForLog(
  headers: IncomingHttpHeaders,
  body: Buffer,
): Readonly<Record<string, string>> | undefined {
  if (body.length === 0) return undefined;
  const fields = readLegacyForm({ query: new URLSearchParams(), headers, body });
  return Object.fromEntries([...fields].map(([name, value]) => [name, withoutSecrets(name, value)]));
}

export function pathForLog(url: URL): string {
  const query = new URLSearchParams(url.search);
  for (const [name, value] of query) query.set(name, withoutSecrets(name, value));
  const text = query.toString();
  return text === "" ? url.pathname : `${url.pathname}?${text}`;
}

function withoutSecrets(name: string, value: string): string {
  return secretFields.test(name) ? "[cut]" : value.replaceAll(keyBlocks, "[private key cut]");
}
