import { asCodedError, CodedError } from "../errors.ts";
import { covers, type HostName } from "../model/host-name.ts";
import type { InstalledCertificate, Vhost, VhostRef } from "../panel.ts";
import type { Secret } from "../secret.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { adoptRequest } from "./adopt-certificate.ts";
import type { JobContext, Source } from "./context.ts";
import type { CertificateFacts } from "./ports.ts";
import { haveKey } from "./take-key.ts";

/** A certificate at the CA that was ordered elsewhere and has a name of these websites. */
export interface Adoptable {
  readonly id: number;
  readonly name: string;
  /** Null where the CA gave no file to read, or where more were found than are looked at. */
  readonly facts: Pick<CertificateFacts, "serial" | "notAfter"> | null;
  /** The website that has this very certificate on record, by its serial number. */
  readonly carriedBy: HostName | null;
  /** The key is kept here, or lies on that website. */
  readonly keyFound: boolean;
}

/** Each of them costs calls to the CA; nobody goes through more on one page. */
const lookedAt = 20;

/**
 * What the CA has for these vhosts and nobody here follows yet: by name, as one walk over the CA's list shows it, or by the
 * names of what the websites show. Serial number and public key then tell which of them are really in use.
 */
export async function findAdoptable(context: JobContext, vhosts: readonly Vhost[]): Promise<Adoptable[]> {
  const { ca, keys, store } = context;
  const own = vhosts.flatMap(({ names }) => names);
  const accounts = [...new Set(vhosts.map(({ account }) => account))];
  const shown = new Set(store.looks.of(accounts).flatMap(({ certificate }) => certificate?.names ?? []));
  const listed = (await ca.listCertificates()).filter(({ id, name }) => {
    const asName = name.toLowerCase() as HostName;
    return (
      (shown.has(asName) || own.some((known) => covers(asName, known))) &&
      store.requests.byCaId(id).length === 0
    );
  });
  const onRecord = rememberingReads(context);
  const found: Adoptable[] = [];
  for (const [index, { id, name }] of listed.entries()) {
    const facts = index < lookedAt ? await ca.readCertificateFacts(id) : null;
    if (facts === null) {
      // Only its own name says that it is theirs.
      const theirs = own.some((known) => covers(name.toLowerCase() as HostName, known));
      if (theirs) found.push({ id, name, facts: null, carriedBy: null, keyFound: false });
      continue;
    }
    const fitting = fittingVhosts(facts, vhosts);
    if (fitting.length === 0) continue;
    const carrier = await findCarrier(facts, fitting, onRecord);
    found.push({
      id,
      name,
      facts,
      carriedBy: carrier?.names[0] ?? null,
      keyFound: carrier !== null || (await keys.has(facts.keyId)),
    });
  }
  return found;
}

/**
 * Takes one of them over without a new order. The key is the one given, or lies here already, or in the panel, or on the
 * vhost that carries this very certificate; where it is nowhere, the request says so, and a reissue makes a new one. Throws
 * `not-found` for a certificate without a name of these vhosts, `key-mismatch` for another key.
 */
export async function adoptFound(
  context: JobContext,
  wish: { readonly id: number; readonly key: Secret | null; readonly vhosts: readonly Vhost[] },
  source: Source,
): Promise<StoredRequest> {
  const { ca, keys, panel, store, clock } = context;
  const facts = await ca.readCertificateFacts(wish.id);
  const fitting = facts === null ? [] : fittingVhosts(facts, wish.vhosts);
  const [first] = fitting;
  if (facts === null || first === undefined) throw new CodedError("not-found", { detail: String(wish.id) });
  const vhost = (await findCarrier(facts, fitting, rememberingReads(context))) ?? first;
  if (wish.key !== null) {
    const given = await keys.import(wish.key);
    if (given !== facts.keyId) {
      if (!store.requests.usesKey(given)) await keys.destroy(given);
      throw new CodedError("key-mismatch");
    }
  } else if (!(await haveKey(context, vhost.account, facts.keyId))) {
    const bundle = await panel.readBundle(vhost);
    if (bundle !== null && bundle.leaf.keyId === facts.keyId) await keys.keep(facts.keyId, bundle.key);
  }
  const [known] = store.requests.byCaId(wish.id).filter(({ keyId }) => keyId === facts.keyId);
  if (known !== undefined) {
    // Followed already, and perhaps it was only the key that was missing.
    store.work.want("install", known.reference, workPriority.user, clock.now());
    context.wake();
    return known;
  }
  const account = await panel.readAccount(vhost.account);
  return adoptRequest(
    context,
    {
      caId: wish.id,
      keyId: facts.keyId,
      account: account.name,
      accountCreatedAt: account.createdAt,
      names: facts.names,
    },
    source,
  );
}

function fittingVhosts({ names }: CertificateFacts, vhosts: readonly Vhost[]): Vhost[] {
  return vhosts.filter((vhost) => vhost.names.some((own) => names.some((pattern) => covers(pattern, own))));
}

type ReadOnRecord = (vhost: VhostRef) => Promise<InstalledCertificate | null>;

/** Several certificates may fit one vhost; the panel is asked once. A vhost that can't be read carries nothing we know of. */
function rememberingReads({ panel, log }: JobContext): ReadOnRecord {
  const reads = new Map<string, Promise<InstalledCertificate | null>>();
  return ({ id, account }) => {
    const key = `${account} ${id}`;
    const known = reads.get(key);
    if (known !== undefined) return known;
    const read = panel.readCertificate({ id, account }).catch((thrown: unknown) => {
      log.info("what a website has on record could not be read", { vhost: id, error: asCodedError(thrown) });
      return null;
    });
    reads.set(key, read);
    return read;
  };
}

/** An issuer gives a serial number once (RFC 5280 §4.1.2.2): with the same one it is this very certificate. */
async function findCarrier(
  { serial, issuer, keyId }: CertificateFacts,
  fitting: readonly Vhost[],
  onRecord: ReadOnRecord,
): Promise<Vhost | null> {
  for (const vhost of fitting) {
    const leaf = (await onRecord(vhost))?.leaf;
    if (leaf?.serial === serial && leaf.issuer === issuer && leaf.keyId === keyId) return vhost;
  }
  return null;
}
