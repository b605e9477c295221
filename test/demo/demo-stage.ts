import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FakeCa } from "../labs/ca/fake-ca.ts";
import { freePort } from "./free-port.ts";
import { command, makeServiceUser, startRole } from "./program.ts";
import type { DemoServer, OpenDemoServer } from "./servers/demo-server.ts";
import { openStageFolder } from "./stage-folder.ts";
import { openCaFor, runDirOf, writeSettings } from "./stage-settings.ts";

/**
 * The demo's machine: CA lab, a panel's server with the plugin installed by its plugin manager, and the program as it
 * runs in production, executor as root and agent as its own user. Throws where we are not root.
 */
export interface DemoStage<Server extends DemoServer = DemoServer> {
  readonly folder: string;
  readonly config: string;
  readonly ca: FakeCa;
  readonly server: Server;
  readonly webhookPort: number;
  /** Process numbers of the program, the agent's first. */
  readonly pids: readonly number[];
  /** One command of the program. */
  command(...args: string[]): Promise<unknown>;
  close(): Promise<void>;
}

export async function openDemoStage<Server extends DemoServer>(
  openServer: OpenDemoServer<Server>,
): Promise<DemoStage<Server>> {
  const user = await makeServiceUser();
  if (user === null) throw new Error("only root can install a plugin and run its parts as their own users");
  const { folder, roles, closers, close } = openStageFolder("xolphin-ssl-demo-");
  try {
    const server = await openServer(folder);
    closers.push(() => server.stop());
    const ca = await openCaFor(server);
    closers.push(() => ca.stop());
    const runDir = runDirOf(folder, server);
    await server.installPlugin({ folder, runDir });
    const webhookPort = await freePort();
    const config = writeSettings({ folder, server, ca, webhookPort, executor: "socket", owner: user });
    ca.set({
      webhook: { url: `http://127.0.0.1:${webhookPort}/webhook`, localAddress: "127.0.0.1", retries: 5 },
    });
    roles.push(await startRole("executor", config, { user: null, logFile: join(folder, "executor.log") }));
    await answers(join(runDir, "executor.sock"));
    roles.push(await startRole("agent", config, { user, logFile: join(folder, "agent.log") }));
    await answers(join(runDir, "pages.sock"));
    return {
      folder,
      config,
      ca,
      server,
      webhookPort,
      pids: roles.map(({ pid = 0 }) => pid).reverse(),
      command: (...args) => command(config, ...args),
      close,
    };
  } catch (thrown) {
    const said = ["executor.log", "agent.log"].map((name) => readOrEmpty(join(folder, name))).join("");
    await close();
    throw new Error(`the demo did not start\n${said}`, { cause: thrown });
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Waits until somebody accepts on a Unix socket. */
export async function answers(path: string): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => {
        socket.destroy();
        resolve(true);
      }).on("error", () => resolve(false));
    });
    if (accepted) return;
    await pause(50);
  }
  throw new Error(`nothing answers at ${path}`);
}
