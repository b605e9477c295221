import { asCodedError } from "../errors.ts";
import type { CaTransport } from "./ca-transport.ts";
import { getCertificates } from "./get-certificates.ts";
import { getRequest } from "./get-request.ts";
import { getRequests } from "./get-requests.ts";
import type { CaRequest } from "./schema.ts";

const day = 86_400_000;

/**
 * Looks for an order whose reply was lost, by our own reference (spec xolphin-api §1.6). The list has no references, so the
 * details of each candidate with that name are read. Null only after complete walks; an order that was issued in the
 * meantime is found among the certificates, where the request can still be read.
 */
export async function findOrderByReference(
  transport: CaTransport,
  wanted: { readonly reference: string; readonly name: string; readonly since: Date },
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
