import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Machine, machineProblem, startMachine } from "../machine/machine.ts";
import { extensionPackage } from "./plesk-panel-client.ts";

const hasPhp = ["/usr/bin/php", "/usr/bin/php-cgi"].every((path) => existsSync(path));
const problem = machineProblem() ?? (hasPhp ? null : "needs php-cli and php-cgi");
const there = problem === null ? test : test.skip;
const unless = problem === null ? "" : ` (skipped: ${problem})`;

let machine: Machine | undefined;

afterAll(async () => {
  await machine?.stop();
});

const files = {
  "meta.xml":
    "<module><id>on-machine</id><name>On a machine</name><description>For a test</description><version>1.0</version><release>1</release></module>",
  "plib/scripts/post-install.php":
    "<?php\n$said = pm_ApiCli::callSbin('unit', ['on']);\necho pm_ProductInfo::getProductRootDir(), ' ', trim($said['stdout']), \"\\n\";\n",
  "sbin/unit":
    "#!/bin/sh\nset -eu\nprintf '[Service]\\nExecStart=/bin/sleep 600\\n' > /etc/systemd/system/on-machine.service\nsystemctl daemon-reload\nsystemctl start on-machine.service\nsystemctl is-active on-machine.service\n",
};

there(`a whole machine becomes a Plesk server: its users, its ports, its systemd${unless}`, async () => {
  machine = await startMachine();
  const { root, run } = machine;
  writeFileSync(
    join(root, "tmp/lab.json"),
    JSON.stringify({
      ...{ hostName: "server.lab.test", port: 8443, httpPort: 80, httpsPort: 443, mailPort: 993 },
      dnsServer: { port: 53 },
      accounts: [{ login: "jansen", domains: { "example.nl": {} } }],
    }),
  );
  const main = join(import.meta.dirname, "../plesk/main.ts");
  const lab = machine.start([process.execPath, main, "--dir", "/", "--settings", "/tmp/lab.json"]);
  let trouble = "";
  lab.stderr?.on("data", (chunk: Buffer) => {
    trouble += chunk.toString("utf8");
  });
  const lines = createInterface({ input: lab.stdout as NodeJS.ReadableStream });
  const [first] = await Promise.race([
    new Promise<string[]>((resolve) => lines.once("line", (line) => resolve([line]))),
    new Promise<never>((_, reject) => lab.once("exit", () => reject(new Error(trouble)))),
  ]);
  expect(JSON.parse(first ?? "")).toMatchObject({ ready: true, command: "/usr/sbin/plesk" });

  expect(await run(["plesk", "bin", "site", "--list"])).toMatchObject({ status: 0, out: "example.nl\n" });
  expect(await run(["plesk", "bin", "site", "--list"], { as: "psaadm" })).toMatchObject({ status: 0 });
  expect(await run(["plesk", "bin", "site", "--list"], { as: "nobody" })).toMatchObject({ status: 1 });
  expect((await run(["id", "psaadm"])).out).toContain("(psaadm)");

  writeFileSync(join(root, "tmp/on-machine.zip"), extensionPackage(files));
  expect(await run(["plesk", "bin", "extension", "--install", "/tmp/on-machine.zip"])).toMatchObject({
    status: 0,
    out: "/opt/psa active\nThe extension was successfully installed.\n",
  });
  expect((await run(["systemctl", "is-active", "on-machine.service"])).out).toBe("active\n");
  const page = ["curl", "--silent", "--cacert", "/trust.pem", "--resolve", "server.lab.test:8443:127.0.0.1"];
  expect((await run([...page, "https://server.lab.test:8443/login_up.php"])).out).toContain("login_name");
});
