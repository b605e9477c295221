import { CodedError } from "../src/errors.ts";
import type { PanelModule } from "./panel-factory.ts";

/** Every panel that is known, loaded when it is asked for; adding one is described in `README.md` beside this file. */
const modules: Readonly<Record<string, () => Promise<PanelModule>>> = {
  cpanel: async () => (await import("./cpanel/index.ts")).cpanel,
  directadmin: async () => (await import("./directadmin/index.ts")).directadmin,
  plesk: async () => (await import("./plesk/index.ts")).plesk,
};

export const panelKinds: readonly string[] = Object.keys(modules);

/** The panel that is installed below `rootDir`; null when none is. */
export async function panelHere(rootDir: string): Promise<PanelModule | null> {
  for (const load of Object.values(modules)) {
    const found = await load();
    if (found.server.isHere(rootDir)) return found;
  }
  return null;
}

/** Throws `settings-invalid` for a panel that is not among them. */
export async function panelModule(kind: string): Promise<PanelModule> {
  const load = Object.hasOwn(modules, kind) ? modules[kind] : undefined;
  if (load === undefined) throw new CodedError("settings-invalid", { detail: `panel.kind ${kind}` });
  return load();
}
