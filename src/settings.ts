import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { parseDocument } from "yaml";
import { z } from "zod";
import { CodedError, type FieldProblem } from "./errors.ts";

/** Where the settings are looked for unless `--config` says otherwise. */

const file = z.string().regex(/^\//, "must be an absolute path");
const fileOrNull = file.nullable();
const ipAddress = z.string().refine((text) => isIP(text) !== 0, "must be an IP address");
const addressOrRange = z
  .string()
  .refine(isAddressOrRange, "must be an IP address or a range like 192.0.2.0/24");
const listenAddress = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[0-9.]+):\d{1,5}$/, "must be ADDRESS:PORT, an IPv6 address in brackets")
  .refine(
    (text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535,
    "has a port that does not exist",
  );
const mailAddress = z
  .string()
  .regex(/^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{3,190}$/, "must be a mail address");
const limit = z.int().nonnegative().nullable().default(null);
const port = z.int().min(1).max(65_535);

const schema = z.strictObject({
  ca: z.strictObject({
    baseUrl: z
      .url({ protocol: /^https$/, error: "must be an https:// address" })
      .refine((text) => !text.includes("@"), "must hold no user name or password")
      .transform((text) => (text.endsWith("/") ? text : `${text}/`))
      .default("https://api.xolphin.com/v1/"),
    // Null until the administrator has entered the account.
    username: z
      .string()
      .regex(/^[^:]{1,256}$/, "must be 1 to 256 characters without a colon")
      .nullable()
      .default(null),
    passwordFile: file,
    trustFile: fileOrNull.default(null),
  }),
  webhook: z
    .strictObject({
      listen: z.array(listenAddress).min(1).default(["0.0.0.0:9770", "[::]:9770"]),
      certificateFile: fileOrNull.default(null),
      keyFile: fileOrNull.default(null),
      tls: z.boolean().default(true),
      path: z
        .string()
        .regex(/^\/[A-Za-z0-9/_-]{1,100}$/, "must be a plain path like /webhook")
        .default("/webhook"),
      tokenFile: fileOrNull.default(null),
      allowedSources: z
        .array(addressOrRange)
        .min(1)
        .default(["185.93.12.91", "185.93.12.111", "2a03:8de0:1:1::91", "2a03:8de0:1:1::111"]),
      // A proxy here is reached by every program here, and so is the header that it would be believed (T-02).
      trustedProxies: z
        .array(addressOrRange.refine(leavesOutLoopback, "must hold no loopback address"))
        .default([]),
    })
    .prefault({}),
  panel: z.strictObject({
    kind: z.string(),
    rootDir: file.default("/"),
    apiUrl: z
      .url({ protocol: /^https$/, error: "must be an https:// address" })
      .nullable()
      .default(null),
    credentialFile: fileOrNull.default(null),
    trustFile: fileOrNull.default(null),
    executor: z.enum(["socket", "in-process"]).default("socket"),
  }),
  verify: z
    .strictObject({
      address: ipAddress.nullable().default(null),
      httpsPort: port.default(443),
      httpPort: port.default(80),
    })
    .prefault({}),
  dns: z
    .strictObject({
      servers: z.array(z.string().regex(/^[0-9A-Fa-f:.[\]]+$/)).default([]),
      ownNameServers: z
        .array(z.string().regex(/^[a-z0-9.-]+$/, "must be a host name in lower case"))
        .default([]),
    })
    .prefault({}),
  stateDir: file.default("/var/lib/xolphin-ssl"),
  runDir: file.default("/run/xolphin-ssl"),
  policy: z
    .strictObject({
      orderingBy: z.array(z.enum(["account", "reseller", "admin"])).default(["account", "reseller", "admin"]),
      products: z.union([z.literal("all"), z.array(z.int().positive())]).default("all"),
      approvalFor: z.array(z.enum(["account", "reseller"])).default([]),
      limits: z
        .strictObject({
          ordersPerDay: limit,
          ordersPerAccountPerDay: limit,
          eurosPerDay: limit,
          eurosPerAccountPerDay: limit,
        })
        .prefault({}),
      showPrices: z.boolean().default(true),
      dryRun: z.boolean().default(false),
      renewal: z.enum(["ask", "automatic"]).default("ask"),
      reissue: z.enum(["automatic", "ask"]).default("automatic"),
      replace: z.enum(["when-better", "always", "never"]).default("when-better"),
      adoptFreeCertificates: z.boolean().default(true),
      keyExportBy: z.array(z.enum(["account", "reseller", "admin"])).default([]),
      keepOldKeysDays: z.int().min(1).max(3650).default(30),
    })
    .prefault({}),
  brand: z
    .strictObject({
      name: z.string().min(1).max(80).nullable().default(null),
      logoFile: fileOrNull.default(null),
    })
    .prefault({}),
  sweep: z
    .strictObject({
      pendingMinutes: z.number().min(1).max(1440).default(5),
      fullHours: z.number().min(1).max(168).default(24),
      installedMinutes: z.number().min(1).max(1440).default(60),
    })
    .prefault({}),
  notify: z
    .strictObject({
      from: mailAddress.nullable().default(null),
      smtp: z
        .url({ protocol: /^smtps?$/, error: "must be an smtp:// or smtps:// address" })
        .refine((text) => !text.includes("@"), "must hold no user name or password")
        .nullable()
        .default(null),
      sendmail: file.default("/usr/sbin/sendmail"),
      administrator: mailAddress.nullable().default(null),
    })
    .prefault({}),
  fleet: z
    .strictObject({
      role: z.enum(["none", "hub", "server"]).default("none"),
      servers: z
        .array(z.string().regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, "must be HOST:PORT"))
        .default([]),
      credentialFile: fileOrNull.default(null),
      trustFile: fileOrNull.default(null),
      signingKeyFile: fileOrNull.default(null),
      revocationKeyFile: fileOrNull.default(null),
      node: z
        .string()
        .regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, "must be 1 to 32 of a-z, 0-9 and -")
        .nullable()
        .default(null),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(["error", "warn", "info", "debug"]).default("info"),
      file: fileOrNull.default(null),
    })
    .prefault({}),
});

/** All settings, checked (design §5.2). Secrets are named by file and never part of them. */
export type Settings = z.output<typeof schema>;

/**
 * Reads and checks the configuration file as a whole. Throws `settings-invalid` with every fault and its key at once;
 * values are not repeated, in case one of them is a secret put in the wrong place.
 */
export function readSettings(path: string, panelKinds: readonly string[]): Settings {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CodedError("settings-invalid", { detail: `${path} can't be read`, cause });
  }
  return parseSettings(text, path, panelKinds);
}

/** The pure part of `readSettings`; `path` is for messages only. */
export function parseSettings(text: string, path: string, panelKinds: readonly string[]): Settings {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const problems: FieldProblem[] = document.errors.map((error) => ({
    field: `line ${lineOf(text, error.pos[0])}`,
    text: `is not valid YAML (${error.code})`,
  }));
  if (problems.length > 0) throw invalid(path, problems);
  const result = schema.safeParse(withoutNeedless(document.toJS() ?? {}), { reportInput: true });
  if (!result.success) {
    for (const issue of result.error.issues) problems.push(...describeIssue(issue));
    throw invalid(path, problems);
  }
  const settings = result.data;
  const panelless = settings.fleet.role === "hub" && settings.panel.kind === noPanel;
  if (!panelless && !panelKinds.includes(settings.panel.kind)) {
    problems.push({ field: "panel.kind", text: `must be one of ${panelKinds.join(", ")}` });
  }
  if ((settings.webhook.certificateFile === null) !== (settings.webhook.keyFile === null)) {
    problems.push({ field: "webhook.keyFile", text: "must be given together with webhook.certificateFile" });
  }
  problems.push(...judgeFleet(settings));
  if (problems.length > 0) throw invalid(path, problems);
  return settings;
}

/** What a hub's `panel.kind` is when it names none. */
const noPanel = "none";
/** Named where a part of a fleet has no CA account of its own; it is never read there. */
const noPassword = "/nonexistent";

/** A server of a fleet has no CA account, and a hub has no panel: neither is asked for what it would not use. */
function withoutNeedless(document: unknown): unknown {
  if (!isTable(document) || !isTable(document["fleet"])) return document;
  const { role } = document["fleet"];
  if (role !== "hub" && role !== "server") return document;
  const ca = document["ca"] ?? {};
  const filled = isTable(ca) ? { passwordFile: noPassword, ...ca } : ca;
  return { ...(role === "hub" ? { panel: { kind: noPanel } } : {}), ...document, ca: filled };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A fleet that is set up by half would look like a single server, or reach nobody. */
function judgeFleet({ fleet, webhook, ca }: Settings): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const say = (field: string, text: string): void => void problems.push({ field, text });
  if (fleet.role === "none") {
    const needless = [
      "servers",
      "credentialFile",
      "trustFile",
      "signingKeyFile",
      "revocationKeyFile",
      "node",
    ] as const;
    for (const key of needless) {
      const value = fleet[key];
      if (value !== null && value.length > 0) say(`fleet.${key}`, "means nothing while fleet.role is none");
    }
    return problems;
  }
  if (fleet.servers.length === 0) say("fleet.servers", "must name the bus servers");
  if (fleet.credentialFile === null) say("fleet.credentialFile", "is missing");
  if (fleet.trustFile === null) say("fleet.trustFile", "is missing");
  if (fleet.role === "server") {
    if (fleet.node === null) say("fleet.node", "must be this server's name in the fleet");
    for (const key of ["signingKeyFile", "revocationKeyFile"] as const) {
      if (fleet[key] !== null) say(`fleet.${key}`, "belongs on the hub only");
    }
    if (ca.username !== null)
      say("ca.username", "belongs on the hub only; a server of a fleet has no account");
  } else if (webhook.tls && webhook.certificateFile === null) {
    say("webhook.certificateFile", "is missing; a hub has no panel that would have one");
  }
  return problems;
}

function describeIssue(issue: z.core.$ZodIssue): FieldProblem[] {
  const key = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      field: key === "" ? name : `${key}.${name}`,
      text: "is not a known key",
    }));
  }
  if (issue.code === "invalid_type" && issue.input === undefined) return [{ field: key, text: "is missing" }];
  if (issue.code === "invalid_type") return [{ field: key, text: `must be a ${issue.expected}` }];
  if (issue.code === "invalid_value")
    return [{ field: key, text: `must be one of ${issue.values.join(", ")}` }];
  return [{ field: key, text: issue.message }];
}

function invalid(path: string, fields: readonly FieldProblem[]): CodedError {
  const detail = fields.map(({ field, text }) => `${field} ${text}`).join("; ");
  return new CodedError("settings-invalid", { detail: `${path}: ${detail}`, fields });
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

function isAddressOrRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128);
}

function leavesOutLoopback(text: string): boolean {
  if (!isAddressOrRange(text)) return true;
  const [address = "", bits] = text.split("/");
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const ranges = new BlockList();
  if (bits === undefined) ranges.addAddress(address, family);
  else ranges.addSubnet(address, Number(bits), family);
  const within = /^(127\.|::ffff:(127\.|7f))/i.test(address);
  return !within && !ranges.check("127.0.0.1") && !ranges.check("::1", "ipv6");
}
