import { CodedError } from "../src/errors.ts";
import { cpanel } from "./cpanel/index.ts";
import { directadmin } from "./directadmin/index.ts";
import type { PanelModule } from "./panel-factory.ts";
import { plesk } from "./plesk/index.ts";

/** Every panel that is known; adding one is described in `README.md` beside this file. */
const modules: readonly PanelModule[] = [cpanel, directadmin, plesk];

export const panelKinds: readonly string[] = modules.map(({ id }) => id);

/** The panel that is installed below `rootDir`; null when none is. */
export function panelHere(rootDir: string): PanelModule | null {
  return modules.find(({ server }) => server.isHere(rootDir)) ?? null;
}

/** Throws `settings-invalid` for a panel that is not among them. */
export function panelModule(kind: string): PanelModule {
  const found = modules.find(({ id }) => id === kind);
  if (found === undefined) throw new CodedError("settings-invalid", { detail: `panel.kind ${kind}` });
  return found;
}
