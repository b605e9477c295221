import { asCodedError } from "../errors.ts";
import { covers } from "../model/host-name.ts";
import { adoptRequest } from "./adopt-certificate.ts";
import type { JobContext } from "./context.ts";

/** Names the meta row that says since when orders are to be taken over again whose keys are still here. */
export const rebuildMark = "rebuild";

/** Orders that were pending when the store was lost may take this long until there is a certificate to recognise. */
const rebuildPeriod = 60 * 86_400_000;

/**
 * After a store was lost: every certificate at the CA whose key lies here is ours and is followed again (I9). What is
 * installed already is recognised by its fingerprint and only verified.
 */
export async function rebuild(
  context: JobContext,
  listed: readonly { readonly id: number }[],
): Promise<void> {
  const { store, clock, ca, keys, panel, log } = context;
  const since = new Date(store.readMeta(rebuildMark) ?? 0);
  if (clock.now().getTime() - since.getTime() > rebuildPeriod) {
    store.removeMeta(rebuildMark);
    return;
  }
  const accounts = await panel.listAccounts();
  const vhosts = await panel.listVhosts();
  for (const { id } of listed) {
    if (store.requests.byCaId(id).length > 0) continue;
    try {
      const facts = await ca.readCertificateFacts(id);
      if (facts === null || !(await keys.has(facts.keyId))) continue;
      const vhost = vhosts.find(({ names }) =>
        names.some((name) => facts.names.some((pattern) => covers(pattern, name))),
      );
      const owner = accounts.find(({ name }) => name === vhost?.account);
      adoptRequest(
        context,
        {
          caId: id,
          keyId: facts.keyId,
          account: owner?.name ?? null,
          accountCreatedAt: owner?.createdAt ?? null,
          names: facts.names,
        },
        "sweep",
      );
    } catch (thrown) {
      log.warn("a certificate could not be recognised", { id, error: asCodedError(thrown) });
    }
  }
}
