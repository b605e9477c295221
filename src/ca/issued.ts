import { asCodedError, CodedError } from "../errors.ts";
import type { CaPriority } from "../model/ca-priority.ts";
import { type Certificate, parseCertificates } from "../model/certificate.ts";
import { asHostName, withoutWildcard } from "../model/host-name.ts";
import type { CaTransport } from "./ca-transport.ts";
import { type DownloadFormat, downloadCertificate } from "./download-certificate.ts";
import { getCertificate } from "./get-certificate.ts";
import { getCertificates } from "./get-certificates.ts";
import type { CaCertificate } from "./schema.ts";

export type Issued =
  | {
      readonly kind: "issued";
      readonly certificateId: number;
      readonly leaf: Certificate;
      readonly pool: readonly Certificate[];
      /** The CA says that it is valid no longer (U38). */
      readonly revoked: boolean;
      /** End of the paid term; null when the CA does not say. */
      readonly termEnd: Date | null;
    }
  | { readonly kind: "none" }
  | { readonly kind: "other-key" };

export interface IssuedQuery {
  /** Ids under which the certificate may answer, likeliest first. */
  readonly ids: readonly number[];
  readonly keyId: string;
  /** The common name, for the search. */
  readonly name: string | null;
  readonly since: Date;
  /** Search by name and key when no id helps (spec xolphin-api §8.3). */
  readonly search: boolean;
}

const day = 86_400_000;
const bundles: readonly DownloadFormat[] = ["CA_BUNDLE", "PKCS7", "CA"];

/**
 * Decides whether a certificate is issued: an id answers as certificate, and what it serves has our public key (spec
 * xolphin-api §8.2). Ids may be shared, new or stale (U1–U4); the key tells.
 */
export async function findIssued(
  transport: CaTransport,
  query: IssuedQuery,
  priority: CaPriority,
): Promise<Issued> {
  let other = false;
  for (const id of query.ids) {
    const found = await tryCertificate(transport, id, query.keyId, priority);
    if (found.kind === "issued") return found;
    other ||= found.kind === "other-key";
  }
  if (query.search && query.name !== null) {
    const since = new Date(query.since.getTime() - day);
    const name = query.name.toLowerCase().replace(/^\*\./, "");
    const candidates = (await getCertificates(transport, priority, since)).filter(
      ({ id, domainName, dateIssued }) =>
        !query.ids.includes(id) &&
        (domainName ?? "").toLowerCase().replace(/^\*\./, "") === name &&
        (dateIssued === null || dateIssued >= since),
    );
    for (const { id } of candidates) {
      const found = await tryCertificate(transport, id, query.keyId, priority);
      if (found.kind === "issued") return found;
    }
  }
  return { kind: other ? "other-key" : "none" };
}

/**
 * What an id answers as certificate, judged by our key. Throws `certificate-unreadable` or `ca-answer-unreadable` for a file that
 * was cut short or belongs to another certificate: taken for a certificate with another key, it would be a wrong "no".
 */
export async function tryCertificate(
  transport: CaTransport,
  id: number,
  keyId: string,
  priority: CaPriority,
): Promise<Issued> {
  let facts: CaCertificate;
  try {
    facts = await getCertificate(transport, id, priority);
  } catch (thrown) {
    if (asCodedError(thrown).code === "ca-not-found") return { kind: "none" };
    throw thrown;
  }
  const file = await downloadOrNull(transport, id, "CRT", priority);
  if (file === null) return { kind: "none" };
  const delivered = parseCertificates(file);
  const leaf = delivered.find((certificate) => certificate.keyId === keyId);
  if (leaf === undefined) {
    refuseOtherFile(delivered, facts);
    return { kind: "other-key" };
  }
  return {
    kind: "issued",
    certificateId: id,
    leaf,
    pool: await collectPool(transport, id, delivered, priority),
    revoked: facts.valid === false,
    termEnd: facts.dateSubscriptionExpired,
  };
}

function refuseOtherFile(delivered: readonly Certificate[], { id, domainName }: CaCertificate): void {
  if (delivered.length === 0) {
    throw new CodedError("certificate-unreadable", { detail: `the file of ${id} holds no certificate` });
  }
  const name = asHostName(domainName ?? "");
  if (name === null) return;
  const isFor = ({ names }: Certificate): boolean =>
    names.some((one) => withoutWildcard(one) === withoutWildcard(name));
  if (!delivered.some(isFor)) {
    throw new CodedError("ca-answer-unreadable", { detail: `the file of ${id} is not for ${name}` });
  }
}

/** CA_BUNDLE is enough where it holds the leaf's issuer; the other files fill in where it fails (spec xolphin-api §5.2). */
async function collectPool(
  transport: CaTransport,
  id: number,
  delivered: readonly Certificate[],
  priority: CaPriority,
): Promise<Certificate[]> {
  const pool = [...delivered];
  for (const format of bundles) {
    pool.push(...(await readBundle(transport, id, format, priority)));
    if (delivered.some((certificate) => pool.some((other) => couldIssue(other, certificate)))) break;
  }
  return pool;
}

/** By name and time only: which signature holds is decided when the chain is built. */
function couldIssue(issuer: Certificate, certificate: Certificate): boolean {
  return (
    !issuer.selfSigned && issuer.subject === certificate.issuer && issuer.notAfter > certificate.notBefore
  );
}

async function readBundle(
  transport: CaTransport,
  id: number,
  format: DownloadFormat,
  priority: CaPriority,
): Promise<Certificate[]> {
  try {
    const file = await downloadOrNull(transport, id, format, priority);
    return file === null ? [] : parseCertificates(file);
  } catch (thrown) {
    // A damaged bundle leaves the chain incomplete, which is judged and tried again; another file may help now.
    if (asCodedError(thrown).code === "certificate-unreadable") return [];
    throw thrown;
  }
}

async function downloadOrNull(
  transport: CaTransport,
  id: number,
  format: DownloadFormat,
  priority: CaPriority,
): Promise<Buffer | null> {
  try {
    return await downloadCertificate(transport, id, format, priority);
  } catch (thrown) {
    if (asCodedError(thrown).code === "ca-not-found") return null;
    throw thrown;
  }
}
