import { createHash, createPublicKey, verify } from "node:crypto";
import { chmodSync, cpSync, globSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import { places } from "./places.ts";
import { readOrNull, syncFolder } from "./root-files.ts";

const manifestName = "MANIFEST.json";
const signatureName = "MANIFEST.json.sig";

const manifestSchema = z.object({
  name: z.literal("xolphin-ssl"),
  version: z.string().regex(/^\d+\.\d+\.\d+[A-Za-z0-9.-]{0,40}$/),
  panel: z.string(),
  architecture: z.enum(["x64", "arm64"]),
  /** The newest schema of the store that this version knows. */
  schema: z.int().positive(),
  files: z
    .array(
      z.object({
        path: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[\x20-\x7e]{1,300}$/),
        mode: z.enum(["0644", "0755"]),
        size: z.int(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1),
});
export type Manifest = z.output<typeof manifestSchema>;

/** What an unpacked package says of itself. Throws `package-damaged`. */
export function readManifest(folder: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, manifestName), "utf8")));
  } catch (cause) {
    throw new CodedError("package-damaged", { cause, detail: `${folder} has no manifest that can be read` });
  }
}

/**
 * Copies an unpacked package to its place among the versions and checks the copy, not the original, against the
 * manifest: whoever can still write to the original changes nothing any more (T-20). A release key that an earlier
 * version left here must have signed the manifest. Throws `package-damaged`; then nothing of it stays.
 */
export function placeProgram(source: string): Manifest {
  mkdirSync(places.programs, { recursive: true, mode: 0o755 });
  chmodSync(places.programs, 0o755);
  const { version } = readManifest(source);
  const work = join(places.programs, `.new-${version}`);
  rmSync(work, { recursive: true, force: true });
  try {
    cpSync(source, work, { recursive: true, verbatimSymlinks: true, errorOnExist: true });
    const manifest = readManifest(work);
    checkSignature(work);
    checkFiles(work, manifest);
    const target = join(places.programs, manifest.version);
    const old = join(places.programs, `.old-${manifest.version}`);
    rmSync(old, { recursive: true, force: true });
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) renameSync(target, old);
    renameSync(work, target);
    syncFolder(places.programs);
    rmSync(old, { recursive: true, force: true });
    return manifest;
  } catch (thrown) {
    rmSync(work, { recursive: true, force: true });
    throw thrown;
  }
}

function checkFiles(folder: string, manifest: Manifest): void {
  const expected = new Map(manifest.files.map((file) => [file.path, file]));
  const wrong: string[] = [];
  chmodSync(folder, 0o755);
  for (const path of globSync("**/*", { cwd: folder })) {
    const full = join(folder, path);
    const found = lstatSync(full);
    if (found.isDirectory()) {
      chmodSync(full, 0o755);
      continue;
    }
    if (path === manifestName || path === signatureName) {
      chmodSync(full, 0o644);
      continue;
    }
    const file = expected.get(path);
    expected.delete(path);
    if (file === undefined || !found.isFile() || found.size !== file.size || digest(full) !== file.sha256) {
      wrong.push(path);
    } else chmodSync(full, Number.parseInt(file.mode, 8));
  }
  wrong.push(...expected.keys());
  if (wrong.length > 0) {
    throw new CodedError("package-damaged", {
      detail: `${wrong.slice(0, 5).join(", ")}${wrong.length > 5 ? ` and ${wrong.length - 5} more` : ""}`,
    });
  }
}

/** With the key of the first installation; at the first one with the package's own, so that it is whole at least. */
function checkSignature(folder: string): void {
  const pinned = readOrNull(places.releaseKey);
  const key = pinned ?? readOrNull(join(folder, "release-key.pem"));
  if (key === null) return;
  const signature = readOrNull(join(folder, signatureName));
  const manifest = readFileSync(join(folder, manifestName));
  if (signature !== null && isSignedBy(key, manifest, signature)) return;
  const whose = pinned === null ? "that comes with it" : `in ${places.releaseKey}`;
  throw new CodedError("package-damaged", { detail: `the manifest is not signed with the key ${whose}` });
}

function isSignedBy(key: Buffer, content: Buffer, signature: Buffer): boolean {
  try {
    return verify(null, content, createPublicKey(key), signature);
  } catch {
    return false;
  }
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
