import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CpanelServer, openCpanelServer } from "../demo/servers/cpanel.ts";
import { account, type DemoServer, type OpenDemoServer } from "../demo/servers/demo-server.ts";
import { type DirectAdminServer, openDirectAdminServer } from "../demo/servers/directadmin.ts";
import { openPleskServer, type PleskServer } from "../demo/servers/plesk.ts";
import { cpanelHook, type DeployHook, directadminHook } from "./deploy-hooks.ts";

/** A panel's server as the bench needs it. */
export interface BenchPanel<Server extends DemoServer = DemoServer> {
  readonly name: string;
  readonly open: OpenDemoServer<Server>;
  /** Adds websites to the account and has the web server take them up. */
  addSites(server: Server, names: readonly string[]): Promise<void>;
  /** Has the web server take up what the panel was told. */
  takeUp(server: Server): Promise<unknown>;
  /** Reloads or restarts of the web server so far. */
  reloads(server: Server): number;
  /** The panel's part of `bare-install.sh`, beside it. */
  readonly script: string;
  /** What that part needs to know; `folder` is for files of its own. */
  environment(server: Server, folder: string): Readonly<Record<string, string>>;
  /** Null where acme.sh has none for the panel. */
  readonly deployHook: DeployHook<Server> | null;
}

const directadmin: BenchPanel<DirectAdminServer> = {
  name: "DirectAdmin",
  // The panel's own queue reloads as well, and is counted: it runs as seldom as on a real server.
  open: (folder) => openDirectAdminServer(folder, { taskEveryMs: 60_000 }),
  async addSites({ lab }, names) {
    for (const name of names) await lab.addDomain(account, name);
    await lab.runTaskQueue();
  },
  takeUp: ({ lab }) => lab.runTaskQueue(),
  reloads: ({ lab }) => lab.reloads,
  script: "bare-install-directadmin.sh",
  environment: ({ rootDir }) => ({ COMMAND: join(rootDir, "usr/local/directadmin/directadmin") }),
  deployHook: directadminHook,
};

const cpanel: BenchPanel<CpanelServer> = {
  name: "cPanel & WHM",
  open: (folder) => openCpanelServer(folder),
  async addSites({ lab }, names) {
    for (const name of names) await lab.addDomain(account, name, { kind: "addon" });
    await lab.settled();
  },
  takeUp: ({ lab }) => lab.settled(),
  reloads: ({ lab }) => lab.reloads,
  script: "bare-install-cpanel.sh",
  environment(server, folder) {
    const login = join(folder, "login");
    writeFileSync(login, `Authorization: whm ${server.credential ?? ""}\n`, { mode: 0o600 });
    return { LOGIN: login };
  },
  deployHook: cpanelHook,
};

const plesk: BenchPanel<PleskServer> = {
  name: "Plesk",
  open: (folder) => openPleskServer(folder),
  async addSites({ lab }, names) {
    await lab.inOneRestart(async () => {
      for (const name of names) await lab.addDomain(account, name);
    });
    await lab.settle();
  },
  takeUp: ({ lab }) => lab.settle(),
  reloads: ({ lab }) => lab.restarts,
  script: "bare-install-plesk.sh",
  environment: ({ lab }) => ({ COMMAND: lab.command }),
  deployHook: null,
};

/** Every panel that installing is measured on, by its id. */
export const benchPanels = { directadmin, cpanel, plesk } as const;
