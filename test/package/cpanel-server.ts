import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../labs/machine/machine.ts";
import { openLab } from "./lab-process.ts";
import { type PanelOnServer, visitorOf } from "./panel-server.ts";

export const rootPassword = "root-Passw0rd";

const account = "bob";
const domain = "example.test";
const second = `shop.${domain}`;

export async function startCpanelOn(machine: Machine): Promise<PanelOnServer> {
  const settings = {
    hostName: "server.lab.test",
    cpanelPort: 2083,
    whmPort: 2087,
    httpPort: 80,
    httpsPort: 443,
    dnsServer: { port: 53 },
    rootPassword,
    accounts: [{ name: account, domain, domains: { [second]: { kind: "sub" } } }],
  };
  writeFileSync(join(machine.root, "tmp/lab.json"), JSON.stringify(settings));
  const options = ["--dir", "/", "--settings", "/tmp/lab.json"];
  const lab = await openLab(machine, "test/labs/cpanel/main.ts", ...options);
  return {
    ...{ machine, lab, account, domain, second, home: `/home/${account}` },
    async trust(pem) {
      await lab.tell({ do: "trust", pem });
    },
    async addDomain(name) {
      await lab.tell({ do: "add-domain", account, domain: name, options: { kind: "addon" } });
    },
    async page(who, name = "") {
      const [port, script] =
        who === "account"
          ? [2083, "/frontend/jupiter/xolphin_ssl/index.live.pl"]
          : [2087, "/cgi/xolphin_ssl/index.cgi"];
      const [user, pass] = who === "account" ? [account, `${account}-Passw0rd`] : ["root", rootPassword];
      const origin = `https://server.lab.test:${port}`;
      const visit = visitorOf(machine, `/tmp/cookies-${who}`);
      const answer = await visit(`${origin}/login/?login_only=1`, { user, pass });
      const { security_token: token } = JSON.parse(answer) as { security_token: string };
      return visit(`${origin}${token}${script}${name === "" ? "" : `?page=${name}`}`);
    },
  };
}
