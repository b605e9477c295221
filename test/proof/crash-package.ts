import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differences } from "../package/differences.ts";
import { type DirectAdminServer, domain, openDirectAdminServer } from "../package/directadmin-server.ts";
import { pack } from "../package/pack.ts";
import type { CrashResult, Death, DeathPlace } from "./crash-death.ts";

type PackageDeath = Death & { readonly during: "install" | "uninstall" };

export const packageDeaths: readonly PackageDeath[] = [
  { id: "X-44", what: "uninstalling half done", during: "uninstall" },
  { id: "X-45", what: "first installation half done", during: "install" },
];

/**
 * The calls by which something changes on the server, or by which another program is started that changes something. A
 * thread is begun by `clone3`.
 */
const changing = [
  ...["rename", "renameat", "renameat2", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir"],
  ...["chown", "fchown", "lchown", "fchownat", "fsync", "clone", "vfork"],
].join();
const archive = "xolphin_ssl.tar.gz";
const trace = "/tmp/changes.trace";
const unpacked = "/tmp/xolphin-ssl-half";
const commands = {
  install: [`${unpacked}/payload/bin/xolphin-ssl`, "package", "install", "--from", `${unpacked}/payload`],
  uninstall: ["/opt/xolphin-ssl/current/bin/xolphin-ssl", "package", "uninstall"],
} as const;
/** What stays when it is uninstalled. */
const kept =
  /^(etc\/xolphin-ssl|var\/lib\/xolphin-ssl)(\/|$)|^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/;

/**
 * A server on which the package is installed and removed while the installer is killed at one of the calls by which it
 * changes something (strace puts the SIGKILL in the place of the call). Whoever did it does it again, in the panel.
 */
export class CrashPackage implements DeathPlace<PackageDeath> {
  private readonly server: DirectAdminServer;
  private readonly folder: string;
  private readonly before: ReadonlyMap<string, string>;
  /** Such calls by their names, in the order in which they come when nobody dies. */
  private readonly calls: Readonly<Record<PackageDeath["during"], readonly string[]>>;
  private readonly random: () => number;

  private constructor(
    server: DirectAdminServer,
    folder: string,
    before: ReadonlyMap<string, string>,
    calls: CrashPackage["calls"],
    random: () => number,
  ) {
    this.server = server;
    this.folder = folder;
    this.before = before;
    this.calls = calls;
    this.random = random;
  }

  static async open(random: () => number = Math.random): Promise<CrashPackage> {
    const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-packages-"));
    await using opened = new AsyncDisposableStack();
    opened.defer(() => rmSync(folder, { recursive: true, force: true }));
    pack("directadmin", folder);
    const server = await openDirectAdminServer();
    opened.defer(() => server.close());
    const before = await server.machine.changes();
    const place = (calls: CrashPackage["calls"]): CrashPackage =>
      new CrashPackage(server, folder, before, calls, random);
    // Once in peace, to know what comes.
    const peace = place({ install: [], uninstall: [] });
    await peace.unpack();
    const calls = { install: await peace.record("install"), uninstall: await peace.record("uninstall") };
    await peace.forget();
    opened.move();
    return place(calls);
  }

  async die(death: PackageDeath): Promise<CrashResult> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const result = await this.dieOnce(death);
      if (result !== null) return result;
    }
    return { breaches: ["it was not killed"], resumedAfter: 0, handshakes: 0 };
  }

  /** Null when it came to its end before: not every call comes each time. */
  private async dieOnce({ during }: PackageDeath): Promise<CrashResult | null> {
    const calls = this.calls[during];
    // The first steps are few and different, the last ones many and alike.
    const at = Math.min(calls.length - 1, Math.floor(calls.length ** this.random()));
    const name = calls[at] ?? "";
    const nth = calls.slice(0, at + 1).filter((one) => one === name).length;
    const where = `at call ${at + 1} of ${calls.length} (${name})`;
    const breaches: string[] = [];
    try {
      const kill = (): Promise<boolean> => this.killAt(during, name, nth);
      const resumedAfter = await (during === "install"
        ? this.install(kill, breaches)
        : this.remove(kill, breaches));
      if (resumedAfter === null) return null;
      return { breaches: breaches.map((one) => `${where}: ${one}`), resumedAfter, handshakes: 2 };
    } catch (thrown) {
      const breach = `${where}: the run itself failed: ${String(thrown)}`;
      return { breaches: [breach], resumedAfter: 0, handshakes: 0 };
    } finally {
      await this.server.pluginManager("delete");
      await this.forget();
    }
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Killed, and installed again by the panel's plugin manager. Milliseconds that the second time took; null: not killed. */
  private async install(kill: () => Promise<boolean>, breaches: string[]): Promise<number | null> {
    const { server } = this;
    const served = await this.served();
    await this.unpack();
    if (!(await kill())) return null;
    const begin = performance.now();
    const { status, body } = await server.installPlugin(join(this.folder, archive));
    const took = performance.now() - begin;
    if (status !== 204) return Promise.reject(new Error(`it can't be installed again: ${status} ${body}`));
    const active = await server.machine.run([
      ...["systemctl", "is-active"],
      ...["xolphin-ssl.service", "xolphin-ssl-webhook.socket", "xolphin-ssl-executor.socket"],
    ]);
    if (active.out !== "active\nactive\nactive\n") breaches.push(`not everything runs: ${active.out}`);
    const health = await server.command("curl", "-sk", "https://server.lab.test:9770/healthz");
    if (health !== "OK") breaches.push(`it does not answer: ${health}`);
    const { out } = await server.machine.run(["xolphin-ssl", "doctor"]);
    // An account at Xolphin has not been entered yet; nothing else is amiss.
    if (out.match(/^BAD/gm)?.length !== 1) breaches.push(`the self-test says: ${out}`);
    const strange = readdirSync(join(server.machine.root, "opt/xolphin-ssl")).filter((name) =>
      /^\./.test(name),
    );
    if (strange.length > 0) breaches.push(`left in /opt/xolphin-ssl: ${strange.join(", ")}`);
    if ((await this.served()) !== served) breaches.push("the website shows another certificate");
    return took;
  }

  /** Installed, killed while it is removed, and removed again by the panel's plugin manager. */
  private async remove(kill: () => Promise<boolean>, breaches: string[]): Promise<number | null> {
    const { server } = this;
    const served = await this.served();
    await server.installPlugin(join(this.folder, archive));
    const keys = await this.state();
    if (!(await kill())) return null;
    const begin = performance.now();
    const { status, body } = await server.pluginManager("delete");
    const took = performance.now() - begin;
    if (status !== 204) breaches.push(`it can't be removed again: ${status} ${body}`);
    const left = (await differences(server.machine, this.before)).filter((path) => !kept.test(path));
    if (left.length > 0) breaches.push(`left behind: ${left.slice(0, 10).join(", ")}`);
    const units = await server.command("systemctl", "list-units", "xolphin-ssl*", "--no-legend");
    if (units !== "") breaches.push(`systemd still knows ${units}`);
    if ((await this.state()) !== keys) breaches.push("what is to be kept is not as it was");
    if ((await this.served()) !== served) breaches.push("the website shows another certificate");
    return took;
  }

  private async unpack(): Promise<void> {
    const { machine, command } = this.server;
    copyFileSync(join(this.folder, archive), join(machine.root, "tmp/half.tar.gz"));
    await command("rm", "-rf", unpacked);
    await command("mkdir", unpacked);
    await command("tar", "-xzpf", "/tmp/half.tar.gz", "-C", unpacked);
  }

  /** Carries a command out in peace, and tells the calls at which it could be killed. */
  private async record(what: PackageDeath["during"]): Promise<string[]> {
    const { machine, command } = this.server;
    const { status, err, out } = await machine.run([
      ...["strace", `--trace=${changing}`, `--output=${trace}`],
      ...commands[what],
    ]);
    if (status !== 0) throw new Error(`${what} in peace: ${err}${out}`);
    const text = await command("cat", trace);
    await command("rm", trace);
    return text.split("\n").flatMap((line) => /^([a-z0-9]+)\(/.exec(line)?.[1] ?? []);
  }

  /** False when it came to its end. */
  private async killAt(what: PackageDeath["during"], call: string, nth: number): Promise<boolean> {
    const { status, err, out } = await this.server.machine.run([
      ...["strace", "--quiet=all", "--output=/dev/null", `--trace=${call}`],
      ...[`--inject=${call}:signal=SIGKILL:when=${nth}`],
      ...commands[what],
    ]);
    // Strace ends the same way as whom it watches.
    if (status === -1 || status === 137) return true;
    if (status === 0) return false;
    throw new Error(`it failed by itself: ${status} ${err}${out}`);
  }

  /** Everything of the state that has to outlive the program. */
  private async state(): Promise<string> {
    const { out } = await this.server.machine.run([
      "find",
      "/var/lib/xolphin-ssl",
      "/etc/xolphin-ssl",
      "-type",
      "f",
      "-printf",
      "%p %m %u\\n",
    ]);
    // The log of the store is written back when it is closed.
    return out
      .split("\n")
      .filter((line) => !/-(wal|shm) /.test(line))
      .sort()
      .join("\n");
  }

  private served(): Promise<string> {
    const ask = `openssl s_client -connect 127.0.0.1:443 -servername ${domain} < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint`;
    return this.server.command("sh", "-c", ask);
  }

  /** The server is as if nothing had ever been installed. */
  private async forget(): Promise<void> {
    const { machine, command } = this.server;
    await command("rm", "-rf", "/etc/xolphin-ssl", "/var/lib/xolphin-ssl", "/var/log/xolphin-ssl", unpacked);
    await machine.run(["userdel", "xolphin-ssl"]);
  }
}
