import { crashPoint } from "../../src/crash-point.ts";
import { asCodedError, CodedError } from "../../src/errors.ts";
import type { DcvAnswer, InstallOutcome, Panel, VhostInstall, VhostRef } from "../../src/panel.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { listAccounts, readAccount, vhostsOf } from "./accounts.ts";
import {
  type Access,
  readInstalled,
  readInstalledBundle,
  removeCertificate,
  saveCertificate,
} from "./certificates.ts";
import { publishRecord, withdrawRecord } from "./dns-records.ts";
import { type Features, readFeatures } from "./features.ts";
import { PanelFiles } from "./files.ts";
import { type Login, PanelApi } from "./panel-api.ts";
import { publishFile, withdrawFile } from "./validation-file.ts";
import { rewriteAccounts } from "./web-server.ts";

/** A panel is upgraded now and then; within this time its own description of itself is believed. */
const featuresFresh = 600_000;
/** Accounts that are worked on at once; calls for one account go one after the other (spec directadmin §4.3). */
const accountsAtOnce = 3;

/** Builds the adapter for DirectAdmin. */
export function createDirectAdminPanel(options: PanelOptions): Panel {
  const files = new PanelFiles(options.rootDir);
  let opened: PanelApi | null = null;
  let known: { features: Features; at: number } | null = null;

  function api(): PanelApi {
    opened ??= new PanelApi(options, files);
    return opened;
  }

  async function access(login: Login): Promise<Access> {
    const now = options.clock.monotonic();
    if (known === null || now - known.at > featuresFresh) {
      known = { features: await readFeatures(api(), login, options.log), at: now };
    }
    return { files, api: api(), features: known.features };
  }

  async function installOne(login: Login, { vhost, bundle }: VhostInstall): Promise<CodedError | null> {
    try {
      const present = readInstalled(files, vhost);
      if (
        bundle !== null &&
        present?.leaf.fingerprint === bundle.leaf.fingerprint &&
        !present.managedByPanel
      ) {
        const there = new Set(present.chain.map(({ fingerprint }) => fingerprint));
        if (bundle.chain.every(({ fingerprint }) => there.has(fingerprint))) return null;
      }
      const granted = await access(login);
      if (bundle === null) await removeCertificate(granted, login, vhost);
      else await saveCertificate(granted, login, vhost, bundle);
      return null;
    } catch (thrown) {
      return asCodedError(thrown);
    }
  }

  async function installFor(account: string, installs: readonly VhostInstall[]): Promise<InstallOutcome[]> {
    let login: Login;
    try {
      const { suspended, tlsAllowed } = readAccount(files, account);
      if (suspended) throw new CodedError("account-suspended", { detail: account });
      if (!tlsAllowed) throw new CodedError("ssl-not-allowed", { detail: account });
      login = await api().loginAs(account);
    } catch (thrown) {
      const problem = asCodedError(thrown);
      return installs.map(({ vhost }) => ({ vhost, problem }));
    }
    const outcomes: InstallOutcome[] = [];
    for (const install of installs) {
      outcomes.push({ vhost: install.vhost, problem: await installOne(login, install) });
    }
    return outcomes;
  }

  async function actAs<T>(account: string, act: (granted: Access, login: Login) => Promise<T>): Promise<T> {
    const { suspended } = readAccount(files, account);
    if (suspended) throw new CodedError("account-suspended", { detail: account });
    const login = await api().loginAs(account);
    return act(await access(login), login);
  }

  return {
    id: "directadmin",

    async readFacts() {
      const conf = files.panelConf();
      const output = await api().command(["version"]);
      const version = /\d+\.\d+(?:\.\d+)?/.exec(output)?.[0] ?? "unknown";
      const administrator = listAccounts(files).find(({ role }) => role === "administrator");
      if (administrator === undefined)
        throw new CodedError("panel-answer-unreadable", { detail: "no administrator" });
      const { features } = await access(await api().loginAs(administrator.name));
      return {
        panel: "directadmin",
        version,
        hostName: conf.get("servername") ?? api().base.hostname,
        dns: true,
        notes: [features.domainTls ? "installs through /api/domain-tls" : "installs through CMD_API_SSL"],
      };
    },

    async listAccounts() {
      return listAccounts(files);
    },

    async readAccount(name) {
      return readAccount(files, name);
    },

    async listVhosts(account) {
      const names = account === undefined ? files.accountNames() : [account];
      return names.flatMap((name) => vhostsOf(files, name));
    },

    async readCertificate(vhost) {
      return readInstalled(files, vhost);
    },

    async readBundle(vhost) {
      return readInstalledBundle(files, vhost);
    },

    async installCertificates(installs) {
      const byAccount = Map.groupBy(installs, ({ vhost }) => vhost.account);
      const outcomes = new Map<VhostRef, InstallOutcome>();
      const queue = [...byAccount];
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [account, own] = next;
          for (const outcome of await installFor(account, own)) outcomes.set(outcome.vhost, outcome);
        }
      };
      await Promise.all(Array.from({ length: accountsAtOnce }, work));
      const touched = [...outcomes.values()].filter(({ problem }) => problem === null);
      crashPoint("X-22");
      await rewriteAccounts(
        files,
        api(),
        touched.map(({ vhost }) => vhost.account),
      );
      return installs.map(
        ({ vhost }) => outcomes.get(vhost) ?? { vhost, problem: new CodedError("internal") },
      );
    },

    publishDcv(answer: DcvAnswer) {
      return actAs(answer.account, (granted, login) =>
        answer.method === "DNS"
          ? publishRecord(files, granted.api, login, answer)
          : publishFile(granted, login, answer),
      );
    },

    withdrawDcv(answer: DcvAnswer) {
      return actAs(answer.account, (granted, login) =>
        answer.method === "DNS"
          ? withdrawRecord(files, granted.api, login, answer)
          : withdrawFile(granted, login, answer),
      );
    },

    async close() {
      await opened?.close();
    },
  };
}
