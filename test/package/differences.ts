import type { Machine } from "../labs/machine/machine.ts";

/** Logs and the panel's own tables move by themselves. */
const moving =
  /^(var\/(log|tmp|cache|lib\/systemd)(\/|$)|root\/\.|usr\/local\/directadmin\/(data|conf)(\/|$))/;

/** Paths that are not as they were. */
export async function differences(machine: Machine, before: ReadonlyMap<string, string>): Promise<string[]> {
  const after = await machine.changes();
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !moving.test(path))
    .sort();
}
