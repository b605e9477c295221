import { asCodedError, CodedError } from "../errors.ts";
import type { CaTransport } from "./ca-transport.ts";
import { getCertificates } from "./get-certificates.ts";
import { getRequest } from "./get-request.ts";
import { getRequests } from "./get-requests.ts";
import { tryCertificate } from "./issued.ts";
import type { CaRequest } from "./schema.ts";

const day = 86_400_000;

export interface WantedOrder {
  readonly reference: string;
  readonly name: string;
  readonly since: Date;
  /** Of the key that the order's CSR was made with; null where that is not known. */
  readonly keyId: string | null;
}

/**
 * Looks for an order whose reply was lost, by our own reference (spec xolphin-api §1.6). The list has no references, so the
 * details of each candidate with that name are read. One that was issued meanwhile is found among the certificates, where the
 * request may not be read any more (U2): then its key tells. Null only after complete walks in which every candidate was
 * somebody else's; throws `ca-answer-unreadable` when one is listed that tells neither way, for a wrong "no" is paid twice.
 */
export async function findOrderByReference(
  transport: CaTransport,
  wanted: WantedOrder,
): Promise<number | null> {
  const bare = (name: string | null): string => (name ?? "").toLowerCase().replace(/^\*\./, "");
  const earliest = new Date(wanted.since.getTime() - day);
  const isCandidate = (name: string | null, date: Date | null): boolean =>
    bare(name) === bare(wanted.name) && (date === null || date >= earliest);
  const pending = (await getRequests(transport, "user"))
    .filter(({ domainName, dateOrdered }) => isCandidate(domainName, dateOrdered))
    .map(({ id }) => id);
  const issued = (await getCertificates(transport, "user", earliest))
    .filter(({ domainName, dateIssued }) => isCandidate(domainName, dateIssued))
    .map(({ id }) => id);
  for (const id of new Set([...pending, ...issued])) {
    const request = await readOrNull(transport, id);
    if (request?.reference === wanted.reference) return id;
    if (request !== null) continue;
    const key = wanted.keyId === null ? null : await tryCertificate(transport, id, wanted.keyId, "user");
    if (key?.kind === "issued") return id;
    if (key?.kind === "other-key" || (key === null && issued.includes(id))) continue;
    throw new CodedError("ca-answer-unreadable", { detail: `request ${id} is listed and can't be read` });
  }
  return null;
}

async function readOrNull(transport: CaTransport, id: number): Promise<CaRequest | null> {
  try {
    return await getRequest(transport, id, "user");
  } catch (thrown) {
    if (asCodedError(thrown).code === "ca-not-found") return null;
    throw thrown;
  }
}
