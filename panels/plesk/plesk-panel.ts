import { hostname } from "node:os";
import { crashPoint } from "../../src/crash-point.ts";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer, Panel } from "../../src/panel.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { readAccount, readAccounts, readSites, toVhosts } from "./accounts.ts";
import { parseVersion } from "./answers.ts";
import { isOurName } from "./certificate-name.ts";
import { readAssigned, readInstalled, readInstalledBundle } from "./certificates.ts";
import { PleskCommands } from "./commands.ts";
import { publishRecord, withdrawRecord } from "./dns-records.ts";
import { installBatch } from "./install.ts";
import { KeyFolder } from "./key-files.ts";
import { MailOptions } from "./mail-certificates.ts";
import { ReplacedNames } from "./replaced-names.ts";
import { publishFile, withdrawFile } from "./validation-file.ts";
import { describeRestarts, RestartInterval } from "./web-server.ts";

/** Builds the adapter for Plesk. */
export function createPleskPanel({ rootDir, log }: PanelOptions): Panel {
  const commands = new PleskCommands(rootDir);
  const keys = new KeyFolder(rootDir);
  const interval = new RestartInterval(commands, rootDir, log);
  const replaced = new ReplacedNames(rootDir);
  const mail = new MailOptions(commands);

  /** Before anything else: what a process that was killed left lying is put in order. */
  async function ready(): Promise<PleskCommands> {
    keys.clear();
    await interval.recover();
    return commands;
  }

  async function actAs(
    { account }: DcvAnswer,
    act: (sites: Awaited<ReturnType<typeof readSites>>) => Promise<void>,
  ): Promise<void> {
    await ready();
    const { suspended } = await readAccount(commands, account);
    if (suspended) throw new CodedError("account-suspended", { detail: account });
    await act(await readSites(commands, account));
  }

  return {
    id: "plesk",

    async readFacts() {
      await ready();
      const version = parseVersion(await commands.run("version"));
      const mailOption = await mail.find();
      const restarts = await interval.read();
      return {
        panel: "plesk",
        version: version ?? "unknown",
        hostName: hostname(),
        dns: true,
        notes: [
          "installs with plesk bin certificate, then plesk bin site",
          describeRestarts(restarts),
          mailOption === null
            ? "mail of a single domain is set by hand: choose the certificate once in Mail Settings, it follows every renewal"
            : `mail of a domain gets its certificate with plesk bin ${mailOption.utility} ${mailOption.option}`,
        ],
      };
    },

    async listAccounts() {
      return readAccounts(await ready());
    },

    async readAccount(name) {
      return readAccount(await ready(), name);
    },

    async listVhosts(account) {
      await ready();
      if (account !== undefined) await readAccount(commands, account);
      return toVhosts(await readSites(commands, account));
    },

    async readCertificate(vhost) {
      return readInstalled(await ready(), vhost);
    },

    async readBundle(vhost) {
      return readInstalledBundle(await ready(), vhost);
    },

    /** Self-signed ones of others are left out: telling the server's default from them takes a question each. */
    async listInstalled() {
      const sites = (await readSites(await ready())).filter(({ hosting }) => hosting);
      const assigned = await readAssigned(commands, sites);
      return sites.flatMap(({ id, name, owner }) => {
        const found = assigned.get(id);
        if (found === undefined || (found.leaf.selfSigned && !isOurName(found.name))) return [];
        return [{ vhost: { id: name, account: owner }, fingerprint: found.leaf.fingerprint }];
      });
    },

    async installCertificates(installs) {
      await ready();
      if (installs.length === 0) return [];
      const outcomes = await installBatch({ commands, keys, interval, replaced, mail, log }, installs);
      crashPoint("X-22");
      return outcomes;
    },

    publishDcv(answer: DcvAnswer) {
      return actAs(answer, (sites) =>
        answer.method === "DNS"
          ? publishRecord(commands, sites, answer)
          : publishFile(commands, rootDir, sites, answer),
      );
    },

    withdrawDcv(answer: DcvAnswer) {
      return actAs(answer, (sites) =>
        answer.method === "DNS"
          ? withdrawRecord(commands, sites, answer)
          : withdrawFile(commands, rootDir, sites, answer),
      );
    },

    async close() {},
  };
}
