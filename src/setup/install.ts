import { lstatSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { asCodedError, CodedError } from "../errors.ts";
import { readStoreSchema, untilHealthy } from "./health.ts";
import { places } from "./places.ts";
import { type Manifest, placeProgram, readManifest } from "./program-files.ts";
import { readOrNull, writeRootFile } from "./root-files.ts";
import { removeUnits, requireSystemd, restartServices } from "./services.ts";
import { requireRoot, type SetupReport, type SetupTools, setUp } from "./setup.ts";
import { noAnswers, type SetupAnswers } from "./setup-answers.ts";
import { chooseVersion, currentVersion, keepVersions, unpackedVersions } from "./versions.ts";

export interface InstallReport extends SetupReport {
  readonly version: string;
  /** The version that ran before; null at the first installation. */
  readonly previous: string | null;
}

const patient = 10;

/**
 * Installs the package that lies unpacked in `source`, or upgrades or downgrades to it: checked and placed beside what is
 * there, set up, chosen, started, and proven to answer. When it does not, the version before is chosen and started again
 * and `upgrade-failed` is thrown; a first installation is taken away again. Throws `store-newer`, with nothing changed, for a
 * version that can't read the store any more.
 */
export async function installPackage(
  source: string,
  tools: SetupTools,
  answers: SetupAnswers = noAnswers,
): Promise<InstallReport> {
  requireRoot();
  requireSystemd();
  // Copying and checking can wait for the service that answers meanwhile.
  setPriority(patient);
  await requireReadableStore(readManifest(source));
  const { version } = placeProgram(source);
  const report = await switchTo(version, tools, answers);
  keepReleaseKey(join(places.programs, version));
  return report;
}

/** Runs a version that lies here already, for going back by hand. Throws `input-invalid` when there is none. */
export async function useVersion(version: string, tools: SetupTools): Promise<InstallReport> {
  requireRoot();
  if (!unpackedVersions().includes(version)) {
    throw new CodedError("input-invalid", { detail: `here are: ${unpackedVersions().sort().join(", ")}` });
  }
  await requireReadableStore(readManifest(join(places.programs, version)));
  return switchTo(version, tools, noAnswers);
}

async function switchTo(version: string, tools: SetupTools, answers: SetupAnswers): Promise<InstallReport> {
  const previous = currentVersion();
  try {
    if (previous === null) chooseVersion(version);
    const report = await setUp(answers, tools);
    chooseVersion(version);
    linkCommand();
    await restartServices();
    await untilHealthy(version, tools.clock);
    keepVersions([version, previous]);
    return { ...report, version, previous };
  } catch (thrown) {
    await goBack(previous, version, tools);
    const error = asCodedError(thrown);
    if (error.code !== "internal") throw error;
    throw new CodedError("setup-failed", { cause: thrown, detail: error.detail });
  }
}

/**
 * Refuses, while everything still runs, a version that is too old for what a newer one made of the store. The service knows
 * and is asked; when none answers, the version finds out itself and is taken back.
 */
async function requireReadableStore({ version, schema: known }: Manifest): Promise<void> {
  const store = await readStoreSchema();
  if (store === null || known >= store.oldest) return;
  throw new CodedError("store-newer", {
    detail: `schema ${store.version}, for programs of schema ${store.oldest} and later; version ${version} knows ${known}`,
  });
}

async function goBack(previous: string | null, failed: string, tools: SetupTools): Promise<void> {
  if (previous === null) {
    await removeUnits();
    rmSync(places.command, { force: true });
    rmSync(places.programs, { recursive: true, force: true });
    return;
  }
  if (previous === failed) return;
  chooseVersion(previous);
  await restartServices();
  await untilHealthy(previous, tools.clock);
  keepVersions([previous]);
}

/** The command for administrators; a file of somebody else's by that name is left alone. */
function linkCommand(): void {
  const target = join(places.current, "bin/xolphin-ssl");
  const found = lstatSync(places.command, { throwIfNoEntry: false });
  if (found === undefined) symlinkSync(target, places.command);
  else if (!found.isSymbolicLink() || readlinkSync(places.command) !== target) {
    throw new CodedError("setup-failed", { detail: `${places.command} is not ours` });
  }
}

/** The key that signed the first package must have signed every later one (T-20). */
function keepReleaseKey(program: string): void {
  const key = readOrNull(join(program, "release-key.pem"));
  if (key !== null && readOrNull(places.releaseKey) === null) {
    writeRootFile(places.releaseKey, key, { mode: 0o644, gid: 0 });
  }
}
