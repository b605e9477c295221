import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, type Result, startMachine } from "../labs/machine/machine.ts";
import { type LabOnServer, openLab, command as runCommand } from "./lab-process.ts";
import type { PanelOnServer } from "./panel-server.ts";

const root = join(import.meta.dirname, "../..");
const panel = "https://server.lab.test:2222";
export const adminPassword = "admin-Passw0rd";
export const account = "bob";
export const domain = "example.test";

/** A server with the DirectAdmin lab as its panel, at the addresses and places of a real one. */
export interface DirectAdminServer {
  readonly machine: Machine;
  readonly lab: LabOnServer;
  /** One command as root; throws with what it said when it fails. */
  command(...command: string[]): Promise<string>;
  /** Uploads an archive in the plugin manager, as an administrator does. */
  installPlugin(archive: string): Promise<{ status: number; body: string }>;
  /** Presses a button of the plugin manager. */
  pluginManager(action: "update" | "delete"): Promise<{ status: number; body: string }>;
  /** A page of the plugin in a browser session of that account. */
  page(who: string, level: "ADMIN" | "RESELLER" | "USER", page?: string, form?: object): Promise<string>;
  close(): Promise<void>;
}

/** The same server as a journey takes it, with one more website for the account. */
export async function forJourney({ machine, lab, page }: DirectAdminServer): Promise<PanelOnServer> {
  const second = "second.test";
  const addDomain = async (name: string): Promise<void> => {
    await lab.tell({ do: "add-domain", account, domain: name });
    await lab.tell({ do: "run-task-queue" });
  };
  await addDomain(second);
  return {
    ...{ machine, lab, account, domain, second, home: `/home/${account}`, addDomain },
    // It asks nobody who made a certificate.
    trust: async () => undefined,
    page: (who, name) => (who === "account" ? page(account, "USER", name) : page("admin", "ADMIN", name)),
  };
}

export async function openDirectAdminServer(): Promise<DirectAdminServer> {
  const machine = await startMachine();
  const command = (...words: string[]): Promise<string> => runCommand(machine, ...words);
  let lab: LabOnServer;
  try {
    await command("useradd", "--create-home", account);
    writeFileSync(
      join(machine.root, "tmp/lab.json"),
      JSON.stringify({
        hostName: "server.lab.test",
        port: 2222,
        httpPort: 80,
        httpsPort: 443,
        dnsServer: { port: 53 },
        adminPassword,
        accounts: [{ name: account, domains: { [domain]: { subdomains: ["shop"] } } }],
      }),
    );
    lab = await openLab(
      machine,
      "test/labs/directadmin/main.ts",
      ...["--dir", "/", "--settings", "/tmp/lab.json"],
      ...["--plugins", join(root, "test/labs/directadmin/plugin-runtime.ts")],
    );
  } catch (thrown) {
    await machine.stop();
    throw thrown;
  }
  const curl = async (words: readonly string[], input = ""): Promise<{ status: number; body: string }> => {
    const result: Result = await machine.run(
      [
        "curl",
        "--silent",
        "--show-error",
        "--cacert",
        "/usr/local/directadmin/conf/cacert.pem",
        "--write-out",
        "\n%{http_code}",
        ...words,
      ],
      { input },
    );
    const cut = result.out.lastIndexOf("\n");
    if (result.status !== 0) throw new Error(`curl: ${result.err}`);
    return { status: Number(result.out.slice(cut + 1)), body: result.out.slice(0, cut) };
  };
  const manager = `${panel}/api/plugin-manager/plugins`;
  return {
    machine,
    lab,
    command,
    async installPlugin(archive) {
      copyFileSync(archive, join(machine.root, "tmp/xolphin_ssl.tar.gz"));
      return curl([
        "--user",
        `admin:${adminPassword}`,
        "--form",
        "file=@/tmp/xolphin_ssl.tar.gz",
        `${manager}/install-file`,
      ]);
    },
    pluginManager: (action) =>
      curl(["--user", `admin:${adminPassword}`, "--data", "{}", `${manager}/xolphin_ssl/${action}`]),
    async page(who, level, page, form) {
      const cookies = await login(who);
      const base = level === "USER" ? "CMD_PLUGINS" : `CMD_PLUGINS_${level}`;
      const query = page === undefined ? "" : `?page=${page}`;
      const address = `${panel}/${base}/xolphin_ssl/index.html${query}`;
      const fields = form === undefined ? [] : ["--data", "@-", "--referer", `${panel}/`];
      const body = form === undefined ? "" : new URLSearchParams(Object.entries(form)).toString();
      return (await curl(["--cookie", cookies, ...fields, address], body)).body;
    },
    close: () => machine.stop(),
  };

  /** Sessions are kept, because a form belongs to the one in which it was shown. */
  async function login(who: string): Promise<string> {
    const jar = `/tmp/cookies-${who}`;
    const known = readOrEmpty(join(machine.root, jar));
    if (known !== "") return jar;
    const password = who === "admin" ? adminPassword : `${who}-Passw0rd`;
    await curl(
      [
        "--cookie-jar",
        jar,
        "--header",
        "content-type: application/json",
        "--data",
        "@-",
        `${panel}/api/login`,
      ],
      JSON.stringify({ username: who, password }),
    );
    return jar;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
