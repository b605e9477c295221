import { z } from "zod";
import type { Access } from "./access.ts";
import { flag, readData } from "./answers.ts";

const metadata = z.object({ payload: z.object({ clobber_externally_signed: flag }).nullish() });

/**
 * Whether the panel's own engine may replace certificates that it did not issue, once they are invalid or within three days
 * of expiry (spec cpanel §5.5). Off unless somebody switched it on; then a paid certificate may become a free one.
 */
export async function replacesOthers({ api }: Access): Promise<boolean> {
  const call = "get_autossl_metadata";
  return readData(metadata, await api.whm(call), call).payload?.clobber_externally_signed ?? false;
}

/** Keeps the engine away from these names, until the exclusion is taken away again. */
export async function excludeFromAutoSsl(
  { api }: Access,
  account: string,
  names: readonly string[],
): Promise<void> {
  // The account's own call takes one list with commas, the server's call does not (spec cpanel §4.6, §4.9).
  await api.uapi(account, "SSL::add_autossl_excluded_domains", { domains: names.join(",") });
}
