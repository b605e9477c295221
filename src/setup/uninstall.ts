import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { places, serviceUser } from "./places.ts";
import { readServiceAccount } from "./service-account.ts";
import { removeUnits } from "./services.ts";
import { requireRoot } from "./setup.ts";
import { tryCommand } from "./system-command.ts";

export interface UninstallReport {
  /** Folders that stay, with what is in them. */
  readonly kept: readonly string[];
  readonly destroyed: readonly string[];
}

/** What `--purge` would destroy, in words, so that nobody does it unknowing. */
export function describePurge(): string[] {
  const keys = countFiles(join(places.state, "keys"));
  return [
    ...(existsSync(places.state)
      ? [`${places.state}: ${keys} private keys, all requests and their history`]
      : []),
    ...(existsSync(places.config) ? [`${places.config}: settings and the password of the CA account`] : []),
    ...(countFiles(places.logs) > 0 ? [`${places.logs}: the log`] : []),
    ...(readServiceAccount() === null ? [] : [`the user ${serviceUser}`]),
  ];
}

/**
 * Takes the service off this server: units, program, sockets, command. Certificates stay installed and working. State and
 * settings stay unless `purge`, so that installing again goes on where this stopped.
 */
export async function uninstallPackage(purge: boolean): Promise<UninstallReport> {
  requireRoot();
  await removeUnits();
  // systemd makes the folder of the log, whether one is kept there or not.
  if (countFiles(places.logs) === 0) rmSync(places.logs, { recursive: true, force: true });
  const ours = [places.state, places.config, places.logs];
  const destroyed = purge ? describePurge() : [];
  if (purge) {
    for (const path of ours) rmSync(path, { recursive: true, force: true });
    if (readServiceAccount() !== null) await tryCommand("userdel", [serviceUser]);
  }
  removeProgram();
  return { kept: ours.filter((path) => existsSync(path)), destroyed };
}

/**
 * Last of all, and the name by which it is called before what it is made of: whoever is cut off does it again with a whole
 * program, or finds none, and then what is left of it is for the package's own script to take away.
 */
function removeProgram(): void {
  if (lstatSync(places.command, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(places.command);
  rmSync(places.current, { force: true });
  rmSync(places.programs, { recursive: true, force: true });
}

function countFiles(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}
