import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMachine } from "../labs/machine/machine.ts";
import { startCpanelOn } from "./cpanel-server.ts";
import { pack } from "./pack.ts";
import type { PanelOnServer } from "./panel-server.ts";
import { startPleskOn } from "./plesk-server.ts";
import { type Section, type as typeBlock } from "./readme-steps.ts";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const kinds = {
  cpanel: { start: startCpanelOn, section: "cPanel & WHM", archive: `xolphin-ssl-cpanel-${version}.tar.gz` },
  plesk: { start: startPleskOn, section: "Plesk", archive: `xolphin-ssl-plesk-${version}.zip` },
} as const satisfies Record<string, { start: unknown; section: Section; archive: string }>;

/** A server with that panel and our package on it, installed as README.md says. */
export async function openPackagedServer(kind: keyof typeof kinds): Promise<PanelOnServer> {
  const { start, section, archive } = kinds[kind];
  const packages = mkdtempSync(join(tmpdir(), "packages-"));
  const machine = await startMachine();
  try {
    pack(kind, packages, "--arch", "x64");
    const server = await start(machine);
    copyFileSync(join(packages, archive), join(machine.root, "root", archive));
    await typeBlock(machine, section, 0, version);
    return server;
  } catch (thrown) {
    await machine.stop();
    throw thrown;
  } finally {
    rmSync(packages, { recursive: true, force: true });
  }
}
