import { existsSync, readFileSync } from "node:fs";
import { writeText } from "../common/text-files.ts";
import type { AliasRow, CertificateRow, ClientRow, SiteRow, Tables } from "./records.ts";
import { emptyTables } from "./records.ts";

/** The panel's database: everything it knows but PEM texts, which lie in files. Saved as a whole after each change. */
export class Database {
  readonly tables: Tables;
  private readonly path: string;
  private waiting = false;

  constructor(path: string) {
    this.path = path;
    this.tables = existsSync(path)
      ? { ...emptyTables(), ...(JSON.parse(readFileSync(path, "utf8")) as Tables) }
      : emptyTables();
  }

  /** Written once for all changes of the same turn. */
  save(): void {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      writeText(this.path, JSON.stringify(this.tables), 0o600);
    });
  }

  nextId(): number {
    this.tables.lastId += 1;
    return this.tables.lastId;
  }

  client(login: string): ClientRow | undefined {
    return this.tables.clients.find((one) => one.login === login);
  }

  clientById(id: number): ClientRow | undefined {
    return this.tables.clients.find((one) => one.id === id);
  }

  get admin(): ClientRow {
    const admin = this.tables.clients.find((one) => one.role === "admin");
    if (admin === undefined) throw new Error("The panel has no administrator.");
    return admin;
  }

  /** By ASCII or display name. */
  site(name: string): SiteRow | undefined {
    const wanted = name.toLowerCase();
    return this.tables.sites.find((one) => one.name === wanted || one.displayName === wanted);
  }

  siteById(id: number): SiteRow | undefined {
    return this.tables.sites.find((one) => one.id === id);
  }

  webspaceOf(site: SiteRow): SiteRow {
    return this.siteById(site.webspaceId) ?? site;
  }

  sitesOf(webspaceId: number): SiteRow[] {
    return this.tables.sites.filter((one) => one.webspaceId === webspaceId);
  }

  alias(name: string): AliasRow | undefined {
    const wanted = name.toLowerCase();
    return this.tables.aliases.find((one) => one.name === wanted || one.displayName === wanted);
  }

  aliasesOf(siteId: number): AliasRow[] {
    return this.tables.aliases.filter((one) => one.siteId === siteId);
  }

  /** `webspaceId` 0 is the administrator's repository. */
  certificate(webspaceId: number, name: string): CertificateRow | undefined {
    return this.tables.certificates.find((one) => one.webspaceId === webspaceId && one.name === name);
  }

  certificateById(id: number | undefined): CertificateRow | undefined {
    return this.tables.certificates.find((one) => one.id === id);
  }

  /** May this account see that site: its own, those of a reseller's customers, all for the administrator. */
  mayAccess(client: ClientRow, site: SiteRow): boolean {
    return this.mayAccessClient(client, site.clientId);
  }

  mayAccessClient(client: ClientRow, otherId: number): boolean {
    if (client.role === "admin" || client.id === otherId) return true;
    return client.role === "reseller" && this.clientById(otherId)?.ownerId === client.id;
  }

  /** An account is suspended by itself or with its reseller; its sites with it. */
  isSuspended(site: SiteRow): boolean {
    if (site.status !== 0) return true;
    const owner = this.clientById(site.clientId);
    return owner?.suspended === true || this.clientById(owner?.ownerId ?? 0)?.suspended === true;
  }

  /** How many things show a certificate: sites, webmail, mail, addresses, the panel, the mail server. */
  usesOf(certificate: CertificateRow): number {
    const { sites, ips, panelCertificateId, mailCertificateId } = this.tables;
    const bound = [
      ...sites.flatMap((site) => [site.certificateId, site.webmailCertificateId, site.mailCertificateId]),
      ...Object.values(ips),
      panelCertificateId,
      mailCertificateId,
    ];
    return bound.filter((id) => id === certificate.id).length;
  }
}
