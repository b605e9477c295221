import { selfSigned } from "../common/lab-certificates.ts";
import { notePlacement } from "../common/placements.ts";
import { writeText } from "../common/text-files.ts";
import type { EventName } from "./event-manager.ts";
import type { LabState } from "./lab-state.ts";
import { PanelRefusal } from "./panel-refusal.ts";
import type { CertificateRow, SiteRow } from "./records.ts";

/** What the hosting form of a site can change. */
export interface HostingChange {
  /** Empty takes the certificate off. */
  certificateName?: string;
  ssl?: boolean;
  sslRedirect?: boolean;
  wwwRoot?: string;
}

/** Changes the hosting of one site: its vhost is written again, those beside it are not (spec plesk §3.3). */
export async function updateHosting(state: LabState, site: SiteRow, change: HostingChange): Promise<void> {
  if (site.hosting !== "virtual") {
    throw new PanelRefusal(1023, `Physical hosting is not configured for the domain '${site.name}'.`);
  }
  const before = state.database.certificateById(site.certificateId);
  if (change.certificateName !== undefined) {
    const certificate = findUsable(state, site, change.certificateName);
    site.certificateId = certificate?.id;
    notePlacement(
      state.files.rootDir,
      site.name,
      certificate === undefined ? null : certOf(state, certificate),
    );
    await breakWhatIsServed(state, site);
  }
  site.ssl = change.ssl ?? site.ssl;
  site.sslRedirect = change.sslRedirect ?? site.sslRedirect;
  site.wwwRoot = change.wwwRoot ?? site.wwwRoot;
  state.database.save();
  state.vhosts.write(site);
  await state.restarts.queue();
  state.events.fire({
    name: "phys_hosting_update",
    objectId: site.id,
    before: { DOMAIN_NAME: site.name },
    after: { DOMAIN_NAME: site.name },
  });
  const after = state.database.certificateById(site.certificateId);
  if (before !== after) fireBinding(state, "ssl_web_binding_update", site, before, after);
}

export async function assignCertificate(state: LabState, site: SiteRow, name: string): Promise<void> {
  await updateHosting(state, site, { certificateName: name });
}

export async function assignWebmail(state: LabState, site: SiteRow, name: string): Promise<void> {
  const before = state.database.certificateById(site.webmailCertificateId);
  const certificate = findUsable(state, site, name);
  site.webmailCertificateId = certificate?.id;
  state.database.save();
  state.vhosts.write(site);
  await state.restarts.queue();
  if (before !== certificate) fireBinding(state, "ssl_web_mail_binding_update", site, before, certificate);
}

/** Mail of one domain; the mail server takes it up at once. */
export function assignMail(state: LabState, site: SiteRow, name: string): void {
  const before = state.database.certificateById(site.mailCertificateId);
  const certificate = findUsable(state, site, name);
  site.mailCertificateId = certificate?.id;
  state.database.save();
  if (before !== certificate) fireBinding(state, "ssl_mail_binding_update", site, before, certificate);
}

/** A certificate for the whole server, from the administrator's repository or that of a domain. */
export function findForServer(state: LabState, name: string, repository: string | undefined): CertificateRow {
  const site = repository === undefined ? undefined : state.database.site(repository);
  if (repository !== undefined && site === undefined) {
    throw new PanelRefusal(1013, `Unable to find domain with name '${repository}'`);
  }
  const found = state.database.certificate(site?.webspaceId ?? 0, name);
  if (found === undefined) throw new PanelRefusal(1013, "Unable to find certificate");
  return found;
}

/** New contents of a certificate are served wherever it is bound, after the usual restart. */
export async function applyEverywhere(state: LabState, certificate: CertificateRow): Promise<void> {
  const { database } = state;
  const bound = database.tables.sites.filter(
    (site) =>
      site.certificateId === certificate.id ||
      site.webmailCertificateId === certificate.id ||
      Object.entries(database.tables.ips).some(([ip, id]) => id === certificate.id && site.ip === ip),
  );
  for (const site of bound) {
    if (site.certificateId === certificate.id) {
      notePlacement(state.files.rootDir, site.name, certOf(state, certificate));
      await breakWhatIsServed(state, site);
    }
    state.vhosts.write(site);
  }
  if (bound.length > 0) await state.restarts.queue();
  if (database.tables.panelCertificateId === certificate.id) usePanelCertificate(state, certificate);
}

export function usePanelCertificate(state: LabState, certificate: CertificateRow): void {
  const before = state.database.certificateById(state.database.tables.panelCertificateId);
  const { pvt, cert, ca } = state.pool.read(certificate);
  if (pvt === "" || cert === "")
    throw new PanelRefusal(1023, "The certificate has no private key or certificate part.");
  state.database.tables.panelCertificateId = certificate.id;
  writeText(state.files.psa("admin/conf/httpsd.pem"), pvt + cert + ca, 0o400);
  state.database.save();
  state.showPanelCertificate();
  if (before !== certificate) fireBinding(state, "ssl_panel_binding_update", undefined, before, certificate);
}

/** Null where there is a key and no certificate yet. */
function certOf(state: LabState, certificate: CertificateRow): string | null {
  const { cert } = state.pool.read(certificate);
  return cert === "" ? null : cert;
}

/** Undefined for an empty name. A site sees its subscription's repository and the administrator's. */
function findUsable(state: LabState, site: SiteRow, name: string): CertificateRow | undefined {
  if (name === "") return undefined;
  const { database, switches } = state;
  const own = database.certificate(site.webspaceId, name) ?? database.certificate(0, name);
  const siblings =
    switches.poolReach === "subscription"
      ? []
      : database.tables.sites.filter((one) => one.clientId === site.clientId && one.kind === "main");
  const found =
    own ?? siblings.map((one) => database.certificate(one.id, name)).find((one) => one !== undefined);
  if (found === undefined) throw new PanelRefusal(1013, "Unable to find certificate");
  if (found.keyFile === "")
    throw new PanelRefusal(1023, "The certificate has no private key or certificate part.");
  return found;
}

/** Fault `breakNext`: what is on record is right, what is served is not. The next assignment mends it. */
async function breakWhatIsServed(state: LabState, site: SiteRow): Promise<void> {
  state.foreignCertificates.delete(site.name);
  if (!state.faults.takeBreak(site.name)) return;
  const pair = selfSigned([`other.${site.name}`], state.now());
  const path = state.files.psa("var/certificates", `lab-${site.id}`);
  writeText(path, pair.key + pair.cert, 0o400);
  state.foreignCertificates.set(site.name, path);
}

function fireBinding(
  state: LabState,
  name: EventName,
  site: SiteRow | undefined,
  before: CertificateRow | undefined,
  after: CertificateRow | undefined,
): void {
  const common: Record<string, string> = site === undefined ? {} : { DOMAIN_NAME: site.name };
  state.events.fire({
    name,
    objectId: site?.id ?? 0,
    before: { ...common, CERTIFICATE_NAME: before?.name ?? "" },
    after: { ...common, CERTIFICATE_NAME: after?.name ?? "" },
  });
}
