import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { ExtensionRow } from "../records.ts";
import { type ExtensionMeta, readMeta } from "./meta-xml.ts";
import type { Php } from "./php.ts";
import { readZip } from "./zip-reader.ts";

/** Top-level names of a package; anything else is thrown away (spec plesk §1.2). */
const kept = ["meta.xml", "DESCRIPTION.md", "CHANGES.md", "_meta", "htdocs", "plib", "sbin", "var"];

/** Installs, upgrades and removes packages of extensions (spec plesk §1.2–§1.5). */
export class PackageInstaller {
  private readonly state: LabState;
  private readonly php: Php;

  constructor(state: LabState, php: Php) {
    this.state = state;
    this.php = php;
  }

  /** What the package's scripts printed. */
  async install(archive: string, mode: "install" | "upgrade"): Promise<string> {
    const staged = this.unpack(readFileSync(archive));
    try {
      const meta = this.readStaged(staged);
      const known = this.row(meta.id);
      if (known !== undefined && mode === "install") {
        throw new PanelRefusal(1007, `The extension '${meta.id}' is already installed.`);
      }
      const words = known === undefined ? ["install"] : ["upgrade", known.version];
      let printed = await this.runScript(meta.id, "pre-install.php", words, join(staged, "plib"));
      this.place(staged, meta.id);
      const row = this.register(meta, known);
      try {
        printed += await this.runScript(meta.id, "post-install.php", words);
      } catch (cause) {
        if (known === undefined) this.forget(row);
        throw cause;
      }
      Object.assign(row, { name: meta.name, version: meta.version, release: meta.release });
      await this.readPermissions(row);
      this.state.database.save();
      return printed;
    } finally {
      rmSync(staged, { recursive: true, force: true });
    }
  }

  /** An extension whose parts a developer has copied by hand. */
  async registerInPlace(id: string): Promise<string> {
    const folder = this.folders(id).plib;
    if (!existsSync(join(folder, "meta.xml"))) {
      throw new PanelRefusal(1013, `The extension '${id}' is not found in ${folder}.`);
    }
    if (this.row(id) !== undefined)
      throw new PanelRefusal(1007, `The extension '${id}' is already installed.`);
    const meta = readMeta(readFileSync(join(folder, "meta.xml"), "utf8"), this.state.switches.version);
    this.linkSbin(id);
    this.makeVar(id);
    const row = this.register(meta, undefined);
    const printed = await this.runScript(id, "post-install.php", ["install"]);
    await this.readPermissions(row);
    this.state.database.save();
    return printed;
  }

  /** Pre-uninstall, then forgotten, then its files go. */
  async uninstall(id: string): Promise<string> {
    const row = this.row(id);
    if (row === undefined) throw new PanelRefusal(1013, `Unable to find extension with id '${id}'`);
    const printed = await this.runScript(id, "pre-uninstall.php", []);
    this.forget(row);
    return printed;
  }

  private unpack(archive: Buffer): string {
    const staged = mkdtempSync(this.state.files.psa("tmp/ext-"));
    chmodSync(staged, 0o755);
    try {
      for (const { name, mode, content } of readZip(archive)) {
        if (!kept.includes(name.split("/")[0] ?? "")) continue;
        const path = join(staged, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
        chmodSync(path, (mode & 0o777) === 0 ? 0o644 : mode & 0o777);
      }
      return staged;
    } catch (cause) {
      rmSync(staged, { recursive: true, force: true });
      throw new PanelRefusal(1019, `Unable to unpack the extension: ${(cause as Error).message}`);
    }
  }

  private readStaged(staged: string): ExtensionMeta {
    const path = join(staged, "meta.xml");
    if (!existsSync(path)) throw new PanelRefusal(1019, "The package has no meta.xml at its root.");
    return readMeta(readFileSync(path, "utf8"), this.state.switches.version);
  }

  /** Each part to its place; files the new version no longer has are gone with the old folder. */
  private place(staged: string, id: string): void {
    const to = this.folders(id);
    mkdirSync(join(staged, "plib"), { recursive: true });
    for (const name of ["meta.xml", "DESCRIPTION.md", "CHANGES.md", "_meta"]) {
      if (existsSync(join(staged, name))) renameSync(join(staged, name), join(staged, "plib", name));
    }
    for (const part of ["plib", "htdocs", "sbin"] as const) {
      rmSync(to[part], { recursive: true, force: true });
      mkdirSync(dirname(to[part]), { recursive: true });
      if (existsSync(join(staged, part))) renameSync(join(staged, part), to[part]);
    }
    this.makeVar(id);
    this.linkSbin(id);
  }

  private makeVar(id: string): void {
    const folder = this.folders(id).var;
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    this.state.files.give(folder, "psaadm");
  }

  /** `admin/bin/modules/ID/foo` → `mod_wrapper`, one for each script of `sbin` (spec plesk §1.6). */
  private linkSbin(id: string): void {
    const { sbin, bin } = this.folders(id);
    rmSync(bin, { recursive: true, force: true });
    if (!existsSync(sbin)) return;
    mkdirSync(bin, { recursive: true });
    for (const name of readdirSync(sbin)) {
      this.state.files.give(join(sbin, name), "root", "psaadm");
      symlinkSync("../../../sbin/mod_wrapper", join(bin, name));
    }
  }

  private register(meta: ExtensionMeta, known: ExtensionRow | undefined): ExtensionRow {
    if (known !== undefined) return known;
    const row: ExtensionRow = { ...meta, active: true, settings: {}, permissions: {} };
    this.state.database.tables.extensions.push(row);
    this.state.database.save();
    return row;
  }

  private forget(row: ExtensionRow): void {
    const { tables } = this.state.database;
    tables.extensions = tables.extensions.filter((one) => one !== row);
    tables.tasks = tables.tasks.filter((task) => task.extension !== row.id);
    this.state.database.save();
    for (const folder of Object.values(this.folders(row.id)))
      rmSync(folder, { recursive: true, force: true });
  }

  private async readPermissions(row: ExtensionRow): Promise<void> {
    const listed = await this.state.extensions.hook(row.id, "Permissions", "getPermissions", {});
    const permissions = (listed ?? {}) as Record<string, { default?: boolean }>;
    row.permissions = Object.fromEntries(
      Object.entries(permissions).map(([name, permission]) => [name, permission.default ?? false]),
    );
  }

  private async runScript(
    id: string,
    name: string,
    words: readonly string[],
    plib?: string,
  ): Promise<string> {
    const path = join(plib ?? this.folders(id).plib, "scripts", name);
    if (!existsSync(path)) return "";
    const { code, stdout, stderr } = await this.php.script(path, words, {
      env: { LAB_MODULE: id, ...(plib === undefined ? {} : { LAB_PLIB: plib }) },
      user: this.state.switches.installScriptsRunAs,
    });
    if (code !== 0) {
      throw new PanelRefusal(
        1023,
        `Execution of ${name} has failed with exit code ${code}, stdout: ${stdout.trim()}, stderr: ${stderr.trim()}`,
      );
    }
    return stdout;
  }

  private row(id: string): ExtensionRow | undefined {
    return this.state.database.tables.extensions.find((one) => one.id === id);
  }

  private folders(id: string): { plib: string; htdocs: string; sbin: string; bin: string; var: string } {
    const { files } = this.state;
    return {
      plib: files.psa("admin/plib/modules", id),
      htdocs: files.psa("admin/htdocs/modules", id),
      sbin: files.psa("admin/sbin/modules", id),
      bin: files.psa("admin/bin/modules", id),
      var: files.psa("var/modules", id),
    };
  }
}
