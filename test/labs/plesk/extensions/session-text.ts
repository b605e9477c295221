import type { PanelSession } from "../extension-host-contract.ts";

/** What the PHP runtime is told of the session a page is shown in. */
export function sessionText(session: PanelSession): string {
  return JSON.stringify({
    id: session.id,
    login: session.client.login,
    role: session.client.role,
    locale: session.locale,
    forgeryToken: session.forgeryToken,
    impersonatedBy: session.impersonatedBy?.id ?? null,
  });
}
