import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../labs/machine/machine.ts";
import { command, openLab } from "./lab-process.ts";
import { type PanelOnServer, visitorOf } from "./panel-server.ts";

export const adminPassword = "admin-Passw0rd";

const account = "bob";
const domain = "example.test";

/** The panel's installer makes these users; their numbers are those that the lab gives files to. */
const panelUsers = { psaadm: "8443", psaserv: "8444", psacln: "8445" };

export async function startPleskOn(machine: Machine): Promise<PanelOnServer> {
  for (const [name, id] of Object.entries(panelUsers)) {
    await command(machine, "groupadd", "--gid", id, name);
    await command(machine, "useradd", "--uid", id, "--gid", id, "--no-create-home", name);
  }
  const settings = {
    hostName: "server.lab.test",
    port: 8443,
    httpPort: 80,
    httpsPort: 443,
    mailPort: 993,
    dnsServer: { port: 53 },
    adminPassword,
    accounts: [{ login: account, name: "Bob", domains: { [domain]: { subdomains: ["shop"] } } }],
  };
  writeFileSync(join(machine.root, "tmp/lab.json"), JSON.stringify(settings));
  const options = ["--dir", "/", "--settings", "/tmp/lab.json"];
  const lab = await openLab(machine, "test/labs/plesk/main.ts", ...options);
  return {
    ...{ machine, lab, account, domain, second: `shop.${domain}`, home: `/var/www/vhosts/${domain}` },
    // It asks nobody who made a certificate.
    trust: async () => undefined,
    async addDomain(name) {
      await lab.tell({ do: "add-domain", login: account, domain: name });
    },
    async page(who, name = "") {
      const [login, passwd] = who === "account" ? [account, `${account}-Passw0rd`] : ["admin", adminPassword];
      const origin = "https://server.lab.test:8443";
      const visit = visitorOf(machine, `/tmp/cookies-${who}`);
      await visit(`${origin}/login_up.php`, { login_name: login, passwd });
      const query = name === "" ? "" : `?page=${name}`;
      return visit(`${origin}/modules/xolphin-ssl/index.php/index/index${query}`);
    },
  };
}
