/** What the panel keeps in its database: plain rows, written as one JSON file. */

export type Role = "admin" | "reseller" | "client";

export interface ClientRow {
  id: number;
  guid: string;
  login: string;
  role: Role;
  /** Contact name. */
  pname: string;
  cname: string;
  email: string;
  /** Plesk's form, `nl-NL`. */
  locale: string;
  /** Salted digest. */
  password: string;
  /** The reseller it belongs to, or the administrator. */
  ownerId: number;
  suspended: boolean;
  created: string;
  description: string;
  externalId: string;
  /** Key/value settings of extensions, by `extension/name`. */
  settings: Record<string, string>;
}

export type Hosting = "virtual" | "standard_forwarding" | "frame_forwarding" | "none";

export interface SiteRow {
  id: number;
  guid: string;
  /** ASCII. */
  name: string;
  displayName: string;
  kind: "main" | "addon" | "subdomain";
  /** Id of the subscription's main domain; its own for that one. */
  webspaceId: number;
  /** For a subdomain the domain it lies under. */
  parentId: number | undefined;
  clientId: number;
  planId: number | undefined;
  hosting: Hosting;
  forwardTo: string;
  /** Document root relative to the subscription's home, `httpdocs`. */
  wwwRoot: string;
  ip: string;
  /** Login of the subscription's system user. */
  sysUser: string;
  ssl: boolean;
  sslRedirect: boolean;
  certificateId: number | undefined;
  webmailCertificateId: number | undefined;
  mailCertificateId: number | undefined;
  mail: boolean;
  /** 0 is active; bits as in the XML API: 16 by the administrator, 32 by the reseller, 64 by the customer. */
  status: number;
  /** What stands before the document root: nothing, an application (Node.js, Docker), a password, ModSecurity. */
  front: "files" | "application" | "password" | "firewall";
  keepSecured: boolean;
  created: string;
  settings: Record<string, string>;
}

export interface AliasRow {
  id: number;
  name: string;
  displayName: string;
  siteId: number;
  web: boolean;
  dns: boolean;
  mail: boolean;
  seoRedirect: boolean;
}

export interface CertificateRow {
  id: number;
  /** Id of the subscription whose repository it lies in; 0 is the administrator's. */
  webspaceId: number;
  name: string;
  csr: string;
  /** File names below `var/certificates`; empty without such a part. */
  keyFile: string;
  caFile: string;
}

export interface RecordRow {
  id: number;
  siteId: number;
  aliasId: number | undefined;
  type: string;
  /** Absolute, with a closing dot. */
  host: string;
  value: string;
  opt: string;
  ttl: number | undefined;
}

export interface ZoneRow {
  enabled: boolean;
  type: "master" | "slave";
  ttl: number;
}

export interface PlanRow {
  id: number;
  guid: string;
  name: string;
  ownerId: number;
  /** Permissions granted, core ones and `ext-…` ones. */
  permissions: Record<string, boolean>;
  limits: Record<string, string>;
  items: string[];
}

export interface ExtensionRow {
  id: string;
  name: string;
  version: string;
  release: string;
  active: boolean;
  settings: Record<string, string>;
  /** Defaults of the permissions it registers. */
  permissions: Record<string, boolean>;
}

export interface TaskRow {
  id: string;
  extension: string;
  cmd: string;
  arguments: string[];
  schedule: string[];
  active: boolean;
}

export interface HandlerRow {
  id: number;
  event: string;
  command: string;
  user: string;
  priority: number;
}

export interface SecretKeyRow {
  /** Only digests are stored. */
  digest: string;
  ip: string;
  login: string;
  description: string;
}

export interface Tables {
  lastId: number;
  clients: ClientRow[];
  sites: SiteRow[];
  aliases: AliasRow[];
  certificates: CertificateRow[];
  records: RecordRow[];
  /** By zone name: a domain's or an alias's. */
  zones: Record<string, ZoneRow>;
  plans: PlanRow[];
  extensions: ExtensionRow[];
  tasks: TaskRow[];
  handlers: HandlerRow[];
  secretKeys: SecretKeyRow[];
  /** Certificate id by IP address. */
  ips: Record<string, number>;
  panelCertificateId: number;
  /** Of encrypted settings, hexadecimal. */
  panelKey: string;
  mailCertificateId: number;
  /** `server_pref` values by their option names. */
  preferences: Record<string, string>;
  actionLog: { at: string; event: string; client: string; values: Record<string, unknown> }[];
  notifications: { at: string; extension: string; id: string; client: string; params: unknown }[];
}

export function emptyTables(): Tables {
  return {
    lastId: 0,
    clients: [],
    sites: [],
    aliases: [],
    certificates: [],
    records: [],
    zones: {},
    plans: [],
    extensions: [],
    tasks: [],
    handlers: [],
    secretKeys: [],
    ips: {},
    panelCertificateId: 0,
    panelKey: "",
    mailCertificateId: 0,
    preferences: {},
    actionLog: [],
    notifications: [],
  };
}
