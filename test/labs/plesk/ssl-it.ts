import { X509Certificate } from "node:crypto";
import { certificateBlocks, covers } from "../common/certificate-checks.ts";
import { type CommandResult, refused } from "./cli/utility.ts";
import type { LabState } from "./lab-state.ts";
import { PanelRefusal } from "./panel-refusal.ts";
import type { CertificateRow, SiteRow } from "./records.ts";
import { applyEverywhere, assignCertificate, assignMail, assignWebmail } from "./site-desk.ts";

const day = 86_400_000;
const renewalDays = 30;

/** What is to be secured by one certificate of Let's Encrypt. */
interface Coverage {
  www: boolean;
  webmail: boolean;
  mail: boolean;
  wildcard: boolean;
}

/** SSL It! with Let's Encrypt behind it, as far as others meet them (spec plesk §3.6). */
export class SslIt {
  private readonly state: LabState;
  /** Orders that wait for a DNS record, by site. */
  private readonly pending = new Map<string, Coverage>();

  constructor(state: LabState) {
    this.state = state;
  }

  /** `plesk ext sslit …`. */
  async command(words: readonly string[]): Promise<CommandResult> {
    const [command, ...rest] = words;
    const has = (name: string): boolean => rest.includes(name);
    const value = (name: string): string => rest[rest.indexOf(name) + 1] ?? "";
    try {
      switch (command) {
        case "--certificate":
          if (!has("-issue") || !has("-domain")) return refused("Unknown action");
          return await this.order(
            siteNamed(this.state, value("-domain")),
            {
              www: has("-secure-www"),
              webmail: has("-secure-webmail"),
              mail: has("-secure-mail"),
              wildcard: has("-wildcard"),
            },
            has("-continue"),
          );
        case "--hsts":
        case "--ocsp-stapling":
          siteNamed(this.state, value("-domain"));
          return { code: 0, stdout: "", stderr: "" };
        case "--panel-keep-secured":
          this.state.database.tables.preferences["panel-keep-secured"] = String(has("-enable"));
          this.state.database.save();
          return { code: 0, stdout: "", stderr: "" };
        default:
          return refused(`Unknown command: ${command ?? ""}`);
      }
    } catch (cause) {
      if (!(cause instanceof PanelRefusal)) throw cause;
      return refused(cause.message);
    }
  }

  /** The hourly run that keeps websites secured; the sites whose certificate it replaced. */
  async keepSecured(): Promise<string[]> {
    const replaced: string[] = [];
    for (const site of this.state.database.tables.sites) {
      if (site.hosting !== "virtual" || this.state.database.isSuspended(site) || !this.wants(site)) continue;
      await this.issue(site, {
        www: !site.name.startsWith("*."),
        webmail: false,
        mail: false,
        wildcard: false,
      });
      replaced.push(site.name);
    }
    return replaced;
  }

  /** One PEM with key, certificate and chain, as the web form sends it: stored and assigned at once. */
  async upload(site: SiteRow, pem: string): Promise<void> {
    const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(pem)?.[0];
    const [cert, ...chain] = certificateBlocks(pem);
    if (key === undefined || cert === undefined)
      throw new PanelRefusal(1019, "The file has no private key or certificate.");
    const name = `Uploaded ${this.state.now().toISOString().slice(0, 19)} ${site.name}`;
    this.state.pool.create(site.webspaceId, name, { pvt: `${key}\n`, cert, ca: chain.join("") });
    await assignCertificate(this.state, site, name);
  }

  private async order(site: SiteRow, coverage: Coverage, goOn: boolean): Promise<CommandResult> {
    if (coverage.wildcard && !goOn && !this.isPrimaryFor(site)) {
      this.pending.set(site.name, coverage);
      const stdout = JSON.stringify({
        dnsRecordHost: `_acme-challenge.${site.name}`,
        dnsRecordValue: "XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs",
      });
      return { code: 0, stdout: `${stdout}\n`, stderr: "" };
    }
    const waiting = goOn ? this.pending.get(site.name) : coverage;
    if (waiting === undefined) return refused("There is no order to continue.");
    this.pending.delete(site.name);
    await this.issue(site, waiting);
    return { code: 0, stdout: "", stderr: "" };
  }

  private async issue(site: SiteRow, coverage: Coverage): Promise<void> {
    const { state } = this;
    const names = [
      site.name,
      ...(coverage.www ? [`www.${site.name}`] : []),
      ...(coverage.webmail ? [`webmail.${site.name}`] : []),
      ...(coverage.wildcard ? [`*.${site.name}`] : []),
    ];
    const { key: pvt, cert } = state.acme.issue(names, state.now());
    const name = `Lets Encrypt ${site.name}`;
    const row = state.database.certificate(site.webspaceId, name);
    if (row === undefined) state.pool.create(site.webspaceId, name, { pvt, cert });
    else {
      state.pool.update(row, { pvt, cert, ca: "" });
      await applyEverywhere(state, row);
    }
    if (site.certificateId !== row?.id || row === undefined) await assignCertificate(state, site, name);
    if (coverage.webmail) await assignWebmail(state, site, name);
    if (coverage.mail) assignMail(state, site, name);
  }

  /**
   * Let's Encrypt's own certificates are renewed with under 30 days left, whatever else is set; it takes any name with
   * its words for one of its own. Other sites are its business where keep-secured is on.
   */
  private wants(site: SiteRow): boolean {
    const row = this.state.database.certificateById(site.certificateId);
    const leaf = row === undefined ? undefined : this.leafOf(row);
    const left = leaf === undefined ? 0 : leaf.validToDate.getTime() - this.state.now().getTime();
    if (row !== undefined && /lets encrypt/i.test(row.name) && left < renewalDays * day) return true;
    if (!site.keepSecured) return false;
    const valid = leaf !== undefined && left > 0 && covers(leaf, site.name.replace(/^\*\./, "any."));
    if (!valid) return true;
    return !/lets encrypt/i.test(row?.name ?? "") && this.state.switches.keepSecured === "foreign-too";
  }

  private leafOf(row: CertificateRow): X509Certificate | undefined {
    const { cert } = this.state.pool.read(row);
    return cert === "" ? undefined : new X509Certificate(cert);
  }

  private isPrimaryFor(site: SiteRow): boolean {
    const owner = this.state.zones.owner(site.name);
    if (owner === undefined) return false;
    const zone = this.state.zones.zone(owner);
    return zone.enabled && zone.type === "master";
  }
}

function siteNamed(state: LabState, name: string): SiteRow {
  const site = state.database.site(name);
  if (site === undefined) throw new PanelRefusal(1013, `Unable to find domain with name '${name}'`);
  return site;
}
