import { CodedError } from "../errors.ts";
import { covers, type HostName } from "../model/host-name.ts";
import type { Vhost } from "../panel.ts";
import type { Secret } from "../secret.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { adoptRequest } from "./adopt-certificate.ts";
import type { JobContext, Source } from "./context.ts";
import { haveKey } from "./take-key.ts";

/** A certificate at the CA that was ordered elsewhere and has a name of these websites. */
export interface Adoptable {
  readonly id: number;
  readonly name: string;
}

/** What the CA has for names of these vhosts and nobody here follows yet. One walk over the CA's list. */
export async function findAdoptable(context: JobContext, vhosts: readonly Vhost[]): Promise<Adoptable[]> {
  const own = vhosts.flatMap(({ names }) => names);
  const listed = await context.ca.listCertificates();
  return listed.filter(
    ({ id, name }) =>
      own.some((known) => covers(name.toLowerCase() as HostName, known)) &&
      context.store.requests.byCaId(id).length === 0,
  );
}

/**
 * Takes one of them over without a new order. The key is the one given, or lies here already, or in the panel, or on a
 * vhost that shows this certificate; where it is nowhere, the request says so, and a reissue makes a new one. Throws
 * `not-found` for a certificate without a name of these vhosts, `key-mismatch` for another key.
 */
export async function adoptFound(
  context: JobContext,
  wish: { readonly id: number; readonly key: Secret | null; readonly vhosts: readonly Vhost[] },
  source: Source,
): Promise<StoredRequest> {
  const { ca, keys, panel, store, clock } = context;
  const facts = await ca.readCertificateFacts(wish.id);
  const vhost = wish.vhosts.find(({ names }) =>
    names.some((own) => facts?.names.some((pattern) => covers(pattern, own))),
  );
  if (facts === null || vhost === undefined) throw new CodedError("not-found", { detail: String(wish.id) });
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
