import { asHostName, type HostName } from "../model/host-name.ts";

/** What a webhook says, as far as it is believed: which request to read again, and why it might be worth it. */
export interface WebhookHint {
  readonly requestId: number;
  /** As sent when it is one of the known three (design §5.3), else what was sent, cleaned: such a hint means "read again". */
  readonly status: string;
  /** One of the eight known States, or what was sent, cleaned; null when none was. */
  readonly state: string | null;
  /** The name that was validated, with State=DCV; null for what is no host name. */
  readonly domain: HostName | null;
}

const statuses = ["Issued", "Updated", "Deleted"];
const states = [
  "PhonecallDelayed",
  "Phone",
  "Organization",
  "CSR",
  "Message",
  "DCV",
  "Whois",
  "ReadyForReissue",
];
const requestIdPattern = /^[1-9]\d{0,9}$/;
const maxText = 64;
const maxParameters = 32;
const plain = /^[\x20-\x7e]*$/;

/**
 * Parses query or form into a hint; null for what must be answered 400. A flat parser of its own: repeats, brackets and
 * bad percent encoding are refused instead of interpreted, because nested query parsing keeps failing (spec reliability §1.6,
 * T-06). Parameters that nobody knows are ignored.
 */
export function parseHint(encoded: string): WebhookHint | null {
  const parameters = parseParameters(encoded);
  if (parameters === null) return null;
  const id = parameters.get("requestid") ?? "";
  const status = parameters.get("status") ?? "";
  if (!requestIdPattern.test(id) || status === "" || !isPlain(status)) return null;
  const state = parameters.get("state") ?? "";
  if (!isPlain(state)) return null;
  return {
    requestId: Number(id),
    status: known(statuses, status),
    state: state === "" ? null : known(states, state),
    domain: asHostName(parameters.get("domain") ?? ""),
  };
}

function parseParameters(encoded: string): Map<string, string> | null {
  const parameters = new Map<string, string>();
  const pairs = encoded.split("&");
  if (pairs.length > maxParameters) return null;
  for (const pair of pairs) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))?.toLowerCase();
    const value = decode(equals === -1 ? "" : pair.slice(equals + 1));
    if (name === undefined || value === null || /[[\]]/.test(name) || parameters.has(name)) return null;
    parameters.set(name, value);
  }
  return parameters;
}

function decode(text: string): string | null {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return null;
  }
}

function isPlain(text: string): boolean {
  return text.length <= maxText && plain.test(text);
}

/** The CA's spelling when it differs only in case. */
function known(words: readonly string[], text: string): string {
  const lower = text.toLowerCase();
  return words.find((word) => word.toLowerCase() === lower) ?? text;
}
