import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { CpanelServer } from "../demo/servers/cpanel.ts";
import { account } from "../demo/servers/demo-server.ts";
import type { DirectAdminServer } from "../demo/servers/directadmin.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "acme-install.sh");
const patience = 1_200_000;

/** Where `scripts/bench` puts acme.sh; null where it could not be had. */
export const acmeFolder = ((): string | null => {
  const folder = resolve(import.meta.dirname, "../../.tools/clients/acme.sh");
  return existsSync(join(folder, "acme.sh")) ? folder : null;
})();

/** The published deploy hook of acme.sh for a panel, and how it is run on that panel's server. */
export interface DeployHook<Server> {
  /** As acme.sh calls it. */
  readonly name: string;
  /** A folder as we see it for one that only this run uses; the hook sees it as `seen` says. */
  folder(server: Server, stageFolder: string, turn: number): string;
  seen(server: Server, path: string): string;
  /** Runs the command, which is given as the hook sees it, with these variables and those the hook wants. */
  run(
    server: Server,
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<{ stderr: string }>;
}

/** Over the network, as an account with its password: it does not matter where. */
export const directadminHook: DeployHook<DirectAdminServer> = {
  name: "directadmin",
  folder: (_server, stageFolder, turn) => join(stageFolder, `acme-${turn}`),
  seen: (_server, path) => path,
  async run({ lab }, [program = "", ...args], environment) {
    const home = environment["HOME"] ?? "";
    writeFileSync(join(home, "panel.pem"), lab.panelCaPem);
    writeFileSync(
      join(home, ".curlrc"),
      `cacert = "${join(home, "panel.pem")}"\nresolve = "${lab.hostName}:${lab.port}:${lab.address}"\n`,
    );
    return run(program, args, {
      timeout: patience,
      env: {
        ...environment,
        PATH: "/usr/local/bin:/usr/bin:/bin",
        DirectAdmin_ENDPOINT: `${lab.hostName}:${lab.port}`,
        DirectAdmin_USERNAME: account,
        DirectAdmin_KEY: `${account}-Passw0rd`,
      },
    });
  },
};

/** By the panel's command on its server, as the account: as root the hook can't list its websites. */
export const cpanelHook: DeployHook<CpanelServer> = {
  name: "cpanel_uapi",
  folder: ({ rootDir }, _stageFolder, turn) => join(rootDir, `home/${account}/acme-${turn}`),
  seen: ({ rootDir }, path) => path.slice(rootDir.length),
  async run({ lab, rootDir }, command, environment) {
    const { uid, gid } = statSync(join(rootDir, "home", account));
    await run("chown", ["-R", `${uid}:${gid}`, join(rootDir, environment["HOME"] ?? "")]);
    const done = await lab.run(command, {
      uid,
      timeoutMs: patience,
      env: { ...environment, PATH: "/usr/local/cpanel/bin:/usr/bin:/bin" },
    });
    if (done.code !== 0) throw new Error(`acme.sh ended with ${done.code}: ${done.stdout}${done.stderr}`);
    return done;
  },
};

/** Copies acme.sh and our script to where the hook runs, and returns both as it sees them. */
export function carryAcme<Server>(
  hook: DeployHook<Server>,
  server: Server,
  folder: string,
  acme: string,
): { acme: string; script: string } {
  mkdirSync(folder, { recursive: true });
  // What belongs to git is not needed.
  cpSync(acme, join(folder, "acme.sh"), { recursive: true, filter: (path) => !path.endsWith("/.git") });
  writeFileSync(join(folder, "acme-install.sh"), readFileSync(script), { mode: 0o755 });
  return {
    acme: hook.seen(server, join(folder, "acme.sh")),
    script: hook.seen(server, join(folder, "acme-install.sh")),
  };
}
