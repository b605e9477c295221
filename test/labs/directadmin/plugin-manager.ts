import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installedPlugin, installedPlugins, isActive, pluginsFolder, readConf } from "./plugin-files.ts";
import type { LabContext, PluginCall } from "./plugin-runtime-contract.ts";

const run = promisify(execFile);
const base = "/api/plugin-manager/plugins";
const versionFresh = 30 * 60_000;
const scriptTimeoutMs = 120_000;

class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message = "") {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** The plugin manager's API (spec directadmin §1.3). */
export class PluginManager {
  private readonly context: LabContext;
  private readonly versions = new Map<string, { at: number; version: string }>();

  constructor(context: LabContext) {
    this.context = context;
  }

  async answer(call: PluginCall): Promise<void> {
    try {
      const result = await this.route(call);
      if (result === null) call.response.writeHead(204).end();
      else json(call, 200, result);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      json(call, thrown.status, {
        type: thrown.type,
        ...(thrown.message === "" ? {} : { message: thrown.message }),
      });
    }
  }

  private async route(call: PluginCall): Promise<object | null> {
    const { pathname } = new URL(call.request.url ?? "/", "http://panel");
    if (call.login.role !== "admin") throw new Refusal(403, "ACCESS_DENIED");
    if (call.request.method === "GET" && pathname === base) return this.list();
    if (call.request.method !== "POST") throw new Refusal(404, "NOT_FOUND");
    if (pathname === `${base}/install-file`) return this.installFile(call);
    if (pathname === `${base}/install-url`) return this.installUrl(call);
    const match = /^\/api\/plugin-manager\/plugins\/([^/]+)\/(activate|deactivate|update|delete)$/.exec(
      pathname,
    );
    if (match === null) throw new Refusal(404, "NOT_FOUND");
    const [, id = "", action] = match;
    this.checkPassword(call, readJson(call)["password"]);
    const plugin = installedPlugin(this.context.rootDir, id);
    if (plugin === null) throw new Refusal(404, "NOT_FOUND");
    if (action === "update") return this.update(id, plugin.conf.get("update_url"));
    if (action === "delete") return this.remove(plugin.folder);
    this.setActive(plugin.folder, action === "activate");
    return null;
  }

  private async list(): Promise<object> {
    return Promise.all(
      installedPlugins(this.context.rootDir).map(async (plugin) => ({
        active: isActive(plugin),
        author: plugin.conf.get("author") ?? "",
        availableVersion: await this.availableVersion(plugin.id, plugin.conf.get("version_url")),
        icon: "",
        id: plugin.id,
        name: plugin.conf.get("name") ?? plugin.id,
        version: plugin.conf.get("version") ?? "",
      })),
    );
  }

  private async installFile(call: PluginCall): Promise<null> {
    const parts = readMultipart(call);
    this.checkPassword(call, parts.get("password")?.content.toString("utf8"));
    const file = parts.get("file");
    const id = /^([A-Za-z0-9_-]+)\.tar\.gz$/.exec(file?.fileName ?? "")?.[1];
    if (file === undefined || id === undefined)
      throw new Refusal(400, "BAD_REQUEST", "the file must be NAME.tar.gz");
    await this.install(id, file.content);
    return null;
  }

  private async installUrl(call: PluginCall): Promise<null> {
    const { url, password } = readJson(call);
    this.checkPassword(call, password);
    const id = /\/([A-Za-z0-9_-]+)\.tar\.gz$/.exec(String(url))?.[1];
    if (id === undefined) throw new Refusal(400, "BAD_REQUEST", "the address must end in NAME.tar.gz");
    await this.install(id, await this.download(String(url)));
    return null;
  }

  private async install(id: string, archive: Buffer): Promise<void> {
    const folder = join(pluginsFolder(this.context.rootDir), id);
    if (existsSync(folder)) throw new Refusal(409, "ALREADY_EXISTS");
    const staged = await this.unpack(archive);
    mkdirSync(pluginsFolder(this.context.rootDir), { recursive: true });
    renameSync(staged, folder);
    const problem = await this.runLifecycle(folder, "install.sh");
    if (problem !== null) {
      rmSync(folder, { recursive: true, force: true });
      throw new Refusal(491, "PLUGIN_MANAGER_SCRIPT_FAILED", problem);
    }
    this.setActive(folder, true);
  }

  private async update(id: string, address: string | undefined): Promise<null> {
    if (address === undefined) throw new Refusal(400, "BAD_REQUEST", "the plugin has no update_url");
    const staged = await this.unpack(await this.download(address));
    const folder = join(pluginsFolder(this.context.rootDir), id);
    rmSync(folder, { recursive: true, force: true });
    renameSync(staged, folder);
    this.versions.delete(id);
    const problem = await this.runLifecycle(folder, "update.sh");
    if (problem !== null) throw new Refusal(491, "PLUGIN_MANAGER_SCRIPT_FAILED", problem);
    return null;
  }

  private async remove(folder: string): Promise<null> {
    const problem = await this.runLifecycle(folder, "uninstall.sh");
    rmSync(folder, { recursive: true, force: true });
    if (problem !== null) throw new Refusal(491, "PLUGIN_MANAGER_SCRIPT_FAILED", problem);
    return null;
  }

  /** Unpacks to a place of its own beside the plugins. Nothing of an archive that is refused stays. */
  private async unpack(archive: Buffer): Promise<string> {
    if (archive[0] !== 0x1f || archive[1] !== 0x8b) throw new Refusal(493, "PLUGIN_MANAGER_NOT_GZIP");
    const parent = join(this.context.rootDir, "usr/local/directadmin");
    mkdirSync(parent, { recursive: true });
    const staged = mkdtempSync(join(parent, ".plugin-"));
    const file = `${staged}.tar.gz`;
    writeFileSync(file, archive);
    try {
      const { stdout } = await run("tar", ["-tzf", file]);
      const names = stdout.split("\n").filter((name) => name !== "");
      if (names.some((name) => name.startsWith("/") || name.split("/").includes(".."))) {
        throw new Refusal(400, "BAD_REQUEST", "the archive leaves its folder");
      }
      await run("tar", ["-xzpf", file, "-C", staged]);
      if (!existsSync(join(staged, "plugin.conf"))) {
        throw new Refusal(
          490,
          "PLUGIN_MANAGER_PLUGIN_CONF_NOT_FOUND",
          "The following file is missing: plugin.conf",
        );
      }
      chmodSync(staged, 0o755);
      return staged;
    } catch (thrown) {
      rmSync(staged, { recursive: true, force: true });
      throw thrown instanceof Refusal ? thrown : new Refusal(493, "PLUGIN_MANAGER_NOT_GZIP");
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** Runs as root in a foreign folder and without any variable of the request (spec directadmin §1.5); null when it went well. */
  private async runLifecycle(folder: string, name: string): Promise<string | null> {
    const script = join(folder, "scripts", name);
    if (!existsSync(script)) return null;
    // Missing execute bits are repaired for these scripts only (1.695).
    if (this.context.profile === "current") chmodSync(script, 0o755);
    try {
      await run(script, [], {
        cwd: tmpdir(),
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
        timeout: scriptTimeoutMs,
      });
      return null;
    } catch (thrown) {
      const { stdout = "", stderr = "" } = thrown as { stdout?: string; stderr?: string };
      return `${stdout}${stderr}`.trim() || "the script failed";
    }
  }

  private setActive(folder: string, active: boolean): void {
    const path = join(folder, "plugin.conf");
    const text = readFileSync(path, "utf8");
    const line = `active=${active ? "yes" : "no"}`;
    const changed = readConf(text).has("active")
      ? text.replace(/^active=.*$/m, line)
      : `${text.trimEnd()}\n${line}\n`;
    writeFileSync(path, changed);
  }

  private async availableVersion(id: string, address: string | undefined): Promise<string> {
    if (address === undefined) return "";
    const now = this.context.now().getTime();
    const known = this.versions.get(id);
    if (known !== undefined && now - known.at < versionFresh) return known.version;
    const version = (await this.download(address).catch(() => Buffer.alloc(0))).toString("utf8").trim();
    this.versions.set(id, { at: now, version });
    return version;
  }

  private async download(address: string): Promise<Buffer> {
    try {
      const answer = await fetch(address, { headers: { "user-agent": "DirectAdmin/1.709" } });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return Buffer.from(await answer.arrayBuffer());
    } catch (thrown) {
      throw new Refusal(492, "PLUGIN_MANAGER_READING_FROM_URL", (thrown as Error).message);
    }
  }

  /** A browser session must prove that it is its owner; Basic authentication has just done so. */
  private checkPassword(call: PluginCall, password: unknown): void {
    if (call.session === null) return;
    if (typeof password !== "string" || !this.context.checkPassword(call.session.real, password)) {
      throw new Refusal(430, "PLUGIN_MANAGER_BAD_PASSWORD");
    }
  }
}

function json(call: PluginCall, status: number, body: object): void {
  call.response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function readJson(call: PluginCall): Record<string, unknown> {
  if (call.body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(call.body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Refused below, like any other body that is no object.
  }
  throw new Refusal(400, "BAD_REQUEST", "the body must be a JSON object");
}

/** The parts of a multipart body (RFC 7578). */
function readMultipart(call: PluginCall): Map<string, { fileName: string; content: Buffer }> {
  const boundary = /boundary="?([^";]+)"?/i.exec(call.request.headers["content-type"] ?? "")?.[1];
  if (boundary === undefined) throw new Refusal(400, "BAD_REQUEST", "a multipart body is expected");
  const mark = Buffer.from(`--${boundary}`);
  const parts = new Map<string, { fileName: string; content: Buffer }>();
  for (let at = call.body.indexOf(mark); at !== -1; ) {
    const next = call.body.indexOf(mark, at + mark.length);
    if (next === -1) break;
    const part = call.body.subarray(at + mark.length + 2, next - 2);
    const split = part.indexOf("\r\n\r\n");
    const head = part.subarray(0, Math.max(0, split)).toString("utf8");
    const name = /[; ]name="([^"]*)"/i.exec(head)?.[1];
    if (name !== undefined) {
      parts.set(name, {
        fileName: /filename="([^"]*)"/i.exec(head)?.[1] ?? "",
        content: part.subarray(split + 4),
      });
    }
    at = next;
  }
  return parts;
}
