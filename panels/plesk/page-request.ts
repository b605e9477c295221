import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { domainToASCII } from "node:url";
import { z } from "zod";
import { asCodedError, CodedError } from "../../src/errors.ts";
import type { Caller, PageHost, PageRequest } from "../../src/panel.ts";
import type { Secret } from "../../src/secret.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { openSharedKey } from "./shared-key.ts";

const maxBody = 1_500_000;
const maxIdentity = 256 * 1024;
/** Seconds for which a hand-over is good, in both directions: PHP and the agent have the same clock. */
const maxAge = 30;
/** More hand-overs than this within that time come from no panel's pages. */
const maxRemembered = 20_000;
const formType = "application/x-www-form-urlencoded";
/** The panel refuses a form without its token; the PHP glue, which knows the token, puts it into this field (spec plesk §2.4). */
const forgeryField = { name: "forgery_protection_token", value: "" };
const rightToLeft = ["ar", "fa", "he"];

const hex = (length: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));

/** What the glue says about a request; all of it from the panel's session and never from a parameter (spec plesk §2.7). */
const identitySchema = z.strictObject({
  /** Unix time in seconds, and a number used once: a copied hand-over is good for nothing. */
  time: z.int(),
  nonce: hex(32),
  output: z.enum(["page", "raw"]),
  method: z.enum(["GET", "POST"]),
  query: z.string(),
  contentType: z.string(),
  /** SHA-256 of the body. */
  body: hex(64),
  /** SHA-256 of the session's id. */
  session: hex(64),
  login: z.string().min(1),
  role: z.enum(["admin", "reseller", "client"]),
  /** Who is really there while acting as a customer. */
  impersonator: z.string().min(1).nullable(),
  locale: z.string(),
  /** The website whose page was opened, after the panel said that this account may see it. */
  site: z.strictObject({ id: z.int(), name: z.string() }).nullable(),
  /** A customer's websites for which the plan allows certificates; null where nothing is to be asked. */
  permitted: z.array(z.string()).nullable(),
  /** The customer's other websites, for which it does not or which this user may not see. */
  closed: z.array(z.string()),
  /** Address of the extension's own files, e.g. `/modules/ID/`. */
  base: z.string().regex(/^\/[A-Za-z0-9/_-]+\/$/),
});
type Identity = z.output<typeof identitySchema>;

/** A hand-over whose signature holds. */
export interface Handover {
  readonly identity: Identity;
  /** As the browser sent it. */
  readonly body: Buffer;
}

const roles: Readonly<Record<Identity["role"], Caller["role"]>> = {
  admin: "administrator",
  reseller: "reseller",
  client: "account",
};

/**
 * Pages of the Plesk extension. The panel's PHP, which knows the session, signs who is asking with a key that only its
 * Unix group and the agent can read; the socket lets in nobody else either (spec plesk §2.7).
 */
export function createPleskPageHost(options: PanelOptions): PageHost {
  const { clock, log, runDir } = options;
  const seen = new Map<string, number>();
  let key: Secret | null = null;
  try {
    key = openSharedKey(runDir);
  } catch (thrown) {
    log.warn("the key for the panel's pages can't be made", { error: asCodedError(thrown) });
  }

  /** Each number once within the time that its hand-over is good for. */
  function refuseOld({ identity: { time, nonce } }: Handover): void {
    const now = Math.floor(clock.now().getTime() / 1000);
    if (Math.abs(now - time) > maxAge) throw refused("the hand-over is old");
    for (const [known, end] of seen) {
      if (end >= now) break;
      seen.delete(known);
    }
    if (seen.has(nonce) || seen.size >= maxRemembered) throw refused("the hand-over came before");
    seen.set(nonce, now + 2 * maxAge);
  }

  return {
    async readPageRequest(handover) {
      key ??= openSharedKey(runDir);
      const call = readHandover(handover, key);
      refuseOld(call);
      return toPageRequest(call);
    },
  };
}

/** Signature, identity and body, each of the first two on a line of its own. Throws `input-invalid` or `session-refused`. */
export function readHandover(handover: unknown, key: Secret): Handover {
  if (!Buffer.isBuffer(handover)) throw new CodedError("input-invalid", { detail: "no hand-over" });
  const first = handover.indexOf("\n");
  const second = handover.indexOf("\n", first + 1);
  if (first !== 64 || second < 0 || second > maxIdentity) {
    throw new CodedError("input-invalid", { detail: "not a hand-over" });
  }
  const said = handover.subarray(first + 1, second);
  const expected = createHmac("sha256", key.reveal()).update(said).digest("hex");
  if (!timingSafeEqual(handover.subarray(0, first), Buffer.from(expected, "latin1"))) {
    throw refused("the signature does not hold");
  }
  const identity = readIdentity(said);
  const body = handover.subarray(second + 1);
  if (createHash("sha256").update(body).digest("hex") !== identity.body) {
    throw refused("the body is not the one that was signed");
  }
  if (body.length > maxBody) throw new CodedError("input-invalid", { detail: "the form is too large" });
  return { identity, body };
}

function readIdentity(said: Buffer): Identity {
  let json: unknown;
  try {
    json = JSON.parse(said.toString("utf8"));
  } catch (cause) {
    throw new CodedError("input-invalid", { cause, detail: "the identity is not JSON" });
  }
  const parsed = identitySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new CodedError("input-invalid", { detail: `the identity has no good ${where}` });
}

/** Throws `not-allowed` for a customer none of whose websites may have our certificates. */
export function toPageRequest({ identity, body }: Handover): PageRequest {
  const { role, permitted, closed, site, locale, base } = identity;
  if (role === "client" && (permitted === null || permitted.length === 0)) {
    throw new CodedError("not-allowed", { detail: "the plan does not include certificates" });
  }
  if (site !== null && permitted !== null && !permitted.includes(site.name)) {
    throw new CodedError("not-allowed", { detail: `the plan of ${site.name} does not include certificates` });
  }
  const query = readFields(identity.query);
  const page = query.get("page");
  const language = locale.split(/[-_]/)[0]?.toLowerCase() || null;
  // A website's own page tells of that website, and of no other whose name holds its name.
  if (site !== null && page === undefined && !query.has("search")) {
    query.set("search", `"${domainToASCII(site.name) || site.name}"`);
  }
  const context = site === null ? {} : { site_id: String(site.id) };
  const addressOf =
    (action: "index" | "raw"): PageRequest["href"] =>
    (path, parameters = {}) => {
      const named = path === "/" ? {} : { page: path.slice(1) };
      const search = new URLSearchParams({ ...context, ...named, ...parameters }).toString();
      return `${base}index.php/index/${action}${search === "" ? "" : `?${search}`}`;
    };
  return {
    caller: {
      account: identity.login,
      role: roles[role],
      level: roles[role],
      actingFor: identity.impersonator,
      language,
      sessionBinding: identity.session,
      readOnly: false,
      closed,
    },
    output: identity.output,
    path: page === undefined ? "/" : `/${page}`,
    query,
    form: readForm(identity, body),
    href: addressOf("index"),
    rawHref: addressOf("raw"),
    asset: (name) => `${base}${name}`,
    theme: "plesk",
    direction: rightToLeft.includes(language ?? "") ? "rtl" : "ltr",
    formFields: [forgeryField],
    titled: true,
  };
}

function readForm({ method, contentType }: Identity, body: Buffer): ReadonlyMap<string, string> | null {
  if (method !== "POST" || body.length === 0) return null;
  const type = contentType.split(";")[0]?.trim().toLowerCase();
  return type === formType ? readFields(body.toString("utf8")) : null;
}

/** The first of a name counts. */
function readFields(encoded: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(encoded)) {
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}

function refused(detail: string): CodedError {
  return new CodedError("session-refused", { detail });
}
