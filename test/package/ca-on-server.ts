import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../labs/machine/machine.ts";
import { startLab } from "./lab-process.ts";

/** The CA lab as a process on a server. */
export interface CaOnServer {
  readonly url: string;
  /** Where its staff and its clock are told what to do. */
  readonly controlUrl: string;
  readonly userName: string;
  readonly password: string;
  /** Files on the server: roots that the CA's own address and its certificates end in. */
  readonly trustFile: string;
}

/** `panelCertificate`: a file on the server that webhooks are to be answered with. */
export async function startCaOn(
  machine: Machine,
  dnsServer: string,
  panelCertificate: string,
): Promise<CaOnServer> {
  writeFileSync(
    join(machine.root, "tmp/ca.json"),
    JSON.stringify({
      dnsServers: [dnsServer],
      hosts: { "*": { address: "127.0.0.1", port: 80 } },
      pollMs: 1_000,
      switches: {
        webhook: {
          url: "https://server.lab.test:9770/webhook",
          localAddress: "127.0.0.1",
          retries: 5,
          trustPem: readFileSync(join(machine.root, panelCertificate), "utf8"),
        },
      },
    }),
  );
  const line = await startLab(
    machine,
    "test/labs/ca/main.ts",
    ...["--dir", "/tmp/ca", "--settings", "/tmp/ca.json"],
  );
  const described = JSON.parse(line) as Record<
    "url" | "controlUrl" | "userName" | "passwordFile" | "trustFile" | "rootFile",
    string
  >;
  const read = (path: string): string => readFileSync(join(machine.root, path), "utf8");
  writeFileSync(
    join(machine.root, "etc/ca-lab-roots.pem"),
    read(described.trustFile) + read(described.rootFile),
  );
  return {
    url: described.url,
    controlUrl: described.controlUrl,
    userName: described.userName,
    password: read(described.passwordFile).trim(),
    trustFile: "/etc/ca-lab-roots.pem",
  };
}
