import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../errors.ts";
import { places } from "./places.ts";
import { writeRootFile } from "./root-files.ts";
import { runCommand, tryCommand } from "./system-command.ts";
import {
  certificateUnits,
  executorUnit,
  serviceUnit,
  socketUnits,
  tmpfilesText,
  type UnitFacts,
  unitsOf,
} from "./units.ts";

/** Also one that another version put there. */
const ourUnit = /^xolphin-ssl(-[a-z]+)?\.(service|socket|path)$/;

/** Throws `setup-failed` on a machine that systemd does not run. */
export function requireSystemd(): void {
  if (!existsSync("/run/systemd/system")) {
    throw new CodedError("setup-failed", { detail: "systemd does not run on this machine" });
  }
}

/**
 * Writes the units and has systemd read them. A socket is opened anew only when its own unit changed, because that is the
 * only moment in which a caller could be refused.
 */
export async function writeUnits(facts: UnitFacts): Promise<void> {
  const changed = new Set<string>();
  for (const { name, text } of unitsOf(facts)) {
    if (writeRootFile(join(places.units, name), text, { mode: 0o644, gid: 0 })) changed.add(name);
  }
  if (facts.watchedFiles.length === 0) await dropCertificateUnits();
  if (writeRootFile(places.tmpfiles, tmpfilesText(facts.pagesGroup), { mode: 0o644, gid: 0 }))
    changed.add(places.tmpfiles);
  if (changed.has(places.tmpfiles)) await runCommand("systemd-tmpfiles", ["--create", places.tmpfiles]);
  if (changed.size > 0) await runCommand("systemctl", ["daemon-reload"]);
  const moved = socketUnits.filter((name) => changed.has(name));
  if (moved.length > 0) {
    // A socket can't be opened anew while its service holds it.
    await runCommand("systemctl", ["stop", serviceUnit, executorUnit]);
    await runCommand("systemctl", ["stop", ...moved]);
  }
  const watch = facts.watchedFiles.length === 0 ? [] : ["xolphin-ssl-certificate.path"];
  await runCommand("systemctl", ["enable", "--quiet", ...socketUnits, ...watch, serviceUnit]);
  // A watcher that runs goes on with the files it was started with.
  const rewritten = watch.filter((name) => changed.has(name));
  if (rewritten.length > 0) await runCommand("systemctl", ["stop", ...rewritten]);
  await runCommand("systemctl", ["start", ...socketUnits, ...watch]);
}

/** Starts the service with the program that `current` names now; the root side starts by itself when it is asked. */
export async function restartServices(): Promise<void> {
  await runCommand("systemctl", ["stop", executorUnit]);
  await runCommand("systemctl", ["restart", serviceUnit]);
}

/** Stops everything and takes the units away again. */
export async function removeUnits(): Promise<void> {
  const installed = readdirSync(places.units).filter((name) => ourUnit.test(name));
  if (installed.length > 0) {
    await tryCommand("systemctl", ["disable", "--quiet", "--now", ...installed]);
    // A service that is stopped while its sockets are still open could be started once more.
    await tryCommand("systemctl", ["stop", serviceUnit, executorUnit]);
  }
  for (const name of installed) rmSync(join(places.units, name), { force: true });
  rmSync(places.tmpfiles, { force: true });
  await tryCommand("systemctl", ["daemon-reload"]);
  // Without a name it would be the failures of everybody's.
  if (installed.length > 0) await tryCommand("systemctl", ["reset-failed", ...installed]);
  rmSync(places.run, { recursive: true, force: true });
}

async function dropCertificateUnits(): Promise<void> {
  const left = certificateUnits.filter((name) => existsSync(join(places.units, name)));
  if (left.length === 0) return;
  await tryCommand("systemctl", ["disable", "--quiet", "--now", ...left]);
  for (const name of left) rmSync(join(places.units, name), { force: true });
}
