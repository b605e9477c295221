import { asCodedError } from "../errors.ts";
import type { JobContext } from "./context.ts";

/**
 * Whether the key is at hand: kept by us, or kept by the panel for this account and taken over now. So a certificate
 * whose request was made in the panel is installed without asking anybody for its key.
 */
export async function haveKey(
  { keys, panel, log }: Pick<JobContext, "keys" | "panel" | "log">,
  account: string | null,
  keyId: string,
): Promise<boolean> {
  if (await keys.has(keyId)) return true;
  if (account === null || panel.findKey === undefined) return false;
  try {
    const found = await panel.findKey(account, keyId);
    if (found === null) return false;
    await keys.keep(keyId, found);
    return true;
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "panel-feature-missing" || error.code === "account-unknown") return false;
    log.warn("the panel's own store of keys could not be read", { account, error });
    throw error;
  }
}
