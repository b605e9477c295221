import { chmodSync, chownSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openPageListener, type PageListener, type Pages } from "../pages/page-listener.ts";
import type { PageHost } from "../panel.ts";
import { groupId } from "../setup/service-account.ts";
import type { PagesOf } from "./create-pages.ts";

/** The group that the panel's glue runs as, where the agent itself runs as another user (development, tests). */
const serviceGroup = "xolphin-ssl";

interface PagesParts extends PagesOf {
  readonly host: PageHost;
  readonly inherited: readonly number[];
}

/** Opens the pages on the socket that was handed over, or else on `<runDir>/pages.sock`. */
export function openPages(parts: PagesParts): Promise<PageListener> {
  const { context, settings, host } = parts;
  const [fd] = parts.inherited;
  const socket =
    fd === undefined ? { path: join(settings.runDir, "pages.sock"), share: shareWithGlue } : { fd };
  let pages: Promise<Pages> | null = null;
  return openPageListener({
    socket,
    host,
    log: context.log,
    load() {
      pages ??= loadPages(parts).catch((thrown: unknown) => {
        pages = null;
        throw thrown;
      });
      return pages;
    },
  });
}

/** Pages and their texts in all languages come into memory with the first hand-over (docs/decisions/0009). */
async function loadPages(parts: PagesParts): Promise<Pages> {
  const { createPages } = await import("./create-pages.ts");
  return createPages(parts);
}

/**
 * A folder with the set-group bit has given the socket to the glue's group already. Else the service's own user owns it, and
 * an agent that runs as root lets the service's group in.
 */
function shareWithGlue(path: string): void {
  if ((statSync(dirname(path)).mode & 0o2000) !== 0) {
    chmodSync(path, 0o660);
    return;
  }
  if (process.getuid?.() !== 0) return;
  const gid = groupId(serviceGroup);
  if (gid === null) return;
  chownSync(path, 0, gid);
  chmodSync(path, 0o660);
}
