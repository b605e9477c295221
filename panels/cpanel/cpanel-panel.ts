import { crashPoint } from "../../src/crash-point.ts";
import { asCodedError, CodedError } from "../../src/errors.ts";
import { trustedRoots } from "../../src/model/certificate.ts";
import type { DcvAnswer, InstallOutcome, Panel, VhostInstall, VhostRef } from "../../src/panel.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { type Access, eachOf } from "./access.ts";
import { findKey } from "./account-keys.ts";
import { listAccounts, readAccount } from "./accounts.ts";
import { excludeFromAutoSsl, keepAutoSslAway, readAutoSslNames, replacesOthers } from "./autossl.ts";
import {
  isInstalled,
  readAllInstalled,
  readHosts,
  readInstalled,
  readInstalledBundle,
} from "./certificates.ts";
import { type Install, installDeferred, installedAtOnce } from "./deferred-installs.ts";
import { publishRecord, withdrawRecord } from "./dns-records.ts";
import { PanelFiles } from "./files.ts";
import { PanelApi } from "./panel-api.ts";
import { removeCertificate, saveCertificate } from "./save-certificate.ts";
import { publishFile, withdrawFile } from "./validation-file.ts";
import { allVhosts, namesByVhost, vhostsOf } from "./vhosts.ts";

/** Builds the adapter for cPanel & WHM. */
export function createCpanelPanel(options: PanelOptions): Panel {
  const files = new PanelFiles(options.rootDir);
  const roots = trustedRoots(options.trust);
  let opened: PanelApi | null = null;

  function access(): Access {
    opened ??= new PanelApi(options, files);
    return { files, api: opened };
  }

  /** Installs that may go ahead; of the others, the outcome. Asks once for each account. */
  async function admit(
    installs: readonly VhostInstall[],
    outcomes: Map<VhostInstall, CodedError | null>,
  ): Promise<VhostInstall[]> {
    const admitted: VhostInstall[] = [];
    await eachOf([...Map.groupBy(installs, ({ vhost }) => vhost.account)], async ([account, own]) => {
      try {
        const { suspended, tlsAllowed } = await readAccount(access(), account);
        if (suspended) throw new CodedError("account-suspended", { detail: account });
        if (!tlsAllowed) throw new CodedError("ssl-not-allowed", { detail: account });
        const names = await namesByVhost(access(), account);
        const hosts = await readHosts(
          access(),
          account,
          own.map(({ vhost }) => vhost.id),
        );
        for (const install of own) {
          const { vhost, bundle } = install;
          const sameLeaf = hosts.get(vhost.id)?.fingerprint === bundle?.leaf.fingerprint;
          if (!names.has(vhost.id)) {
            outcomes.set(install, new CodedError("vhost-unknown", { detail: `${vhost.id} of ${account}` }));
          } else if (bundle !== null && sameLeaf && (await isInstalled(access(), vhost, bundle))) {
            outcomes.set(install, null);
          } else {
            admitted.push(install);
          }
        }
      } catch (thrown) {
        const problem = asCodedError(thrown);
        for (const install of own) if (!outcomes.has(install)) outcomes.set(install, problem);
      }
    });
    return installs.filter((install) => admitted.includes(install));
  }

  /** One at a time: each of them has the web server's configuration written anew (spec cpanel §6). */
  async function installDirectly({ vhost, bundle }: VhostInstall): Promise<CodedError | null> {
    try {
      if (bundle === null) await removeCertificate(access(), vhost);
      else await saveCertificate(access(), roots, vhost, bundle);
      return null;
    } catch (thrown) {
      return asCodedError(thrown);
    }
  }

  /** Only where the panel's engine may replace what others issued; elsewhere it leaves a valid certificate alone. */
  async function keepEngineAway(installed: readonly Install[]): Promise<void> {
    if (installed.length === 0) return;
    try {
      if (!(await replacesOthers(access()))) return;
    } catch (thrown) {
      noteLeftAlone(asCodedError(thrown), null);
      return;
    }
    for (const { vhost } of installed) {
      try {
        await excludeFromAutoSsl(access(), vhost);
      } catch (thrown) {
        noteLeftAlone(asCodedError(thrown), vhost);
      }
    }
  }

  /** The certificates are on; a missing exclusion only matters days before they expire. */
  function noteLeftAlone(error: CodedError, vhost: VhostRef | null): void {
    options.log.warn("AutoSSL could not be told to leave a certificate alone", { vhost: vhost?.id, error });
  }

  async function actFor<T>(account: string, act: (granted: Access) => Promise<T>): Promise<T> {
    const { suspended } = await readAccount(access(), account);
    if (suspended) throw new CodedError("account-suspended", { detail: account });
    return act(access());
  }

  return {
    id: "cpanel",

    async readFacts() {
      const version = files.version();
      await access().api.whm("version");
      return {
        panel: "cpanel",
        version,
        hostName: access().api.hostName,
        dns: true,
        notes: await notesOf(access(), options),
      };
    },

    listAccounts: () => listAccounts(access()),
    readAccount: (name) => readAccount(access(), name),
    listVhosts: (account) => (account === undefined ? allVhosts(access()) : vhostsOf(access(), account)),
    readCertificate: (vhost) => readInstalled(access(), vhost),
    readBundle: (vhost) => readInstalledBundle(access(), vhost),
    findKey: (account, keyId) => findKey(access(), account, keyId),
    listInstalled: () => readAllInstalled(access()),
    readEngineNames: (vhost) => readAutoSslNames(access(), vhost),
    keepEngineAway: (vhost, names, away) => keepAutoSslAway(access(), vhost, names, away),

    async installCertificates(installs) {
      const outcomes = new Map<VhostInstall, CodedError | null>();
      const admitted = await admit(installs, outcomes);
      const installing = admitted.flatMap(({ vhost, bundle }): Install[] =>
        bundle === null ? [] : [{ vhost, bundle }],
      );
      let direct: readonly VhostRef[] = admitted.map(({ vhost }) => vhost);
      if (installing.length > installedAtOnce) {
        const left = await installDeferred(access(), options.clock, installing);
        direct = [...left, ...admitted.filter(({ bundle }) => bundle === null)].map(({ vhost }) => vhost);
      }
      for (const install of admitted) {
        outcomes.set(install, direct.includes(install.vhost) ? await installDirectly(install) : null);
      }
      crashPoint("X-22");
      await keepEngineAway(installing.filter(({ vhost }) => succeeded(outcomes, vhost)));
      return installs.map(
        (install): InstallOutcome => ({
          vhost: install.vhost,
          problem: outcomes.get(install) ?? null,
        }),
      );
    },

    publishDcv(answer: DcvAnswer) {
      return actFor(answer.account, (granted) =>
        answer.method === "DNS" ? publishRecord(granted, answer) : publishFile(granted, answer),
      );
    },

    withdrawDcv(answer: DcvAnswer) {
      return actFor(answer.account, (granted) =>
        answer.method === "DNS" ? withdrawRecord(granted, answer) : withdrawFile(granted, answer),
      );
    },

    async close() {
      await opened?.close();
    },
  };
}

/** Words for the administrator's self-test: what stands in the way, and which way is taken. */
async function notesOf(access: Access, { credentialFile, log }: PanelOptions): Promise<string[]> {
  const notes = [
    credentialFile === null
      ? "no API token (panel.credentialFile): certificates can't be installed"
      : "installs through SSL::install_ssl, in batches through the panel's own queue",
  ];
  if (access.files.serverConf().get("allowcpsslinstall") === "0") {
    notes.push("accounts may not install by themselves (allowcpsslinstall=0): installs through installssl");
  }
  try {
    if (await replacesOthers(access)) {
      notes.push(
        "warning: AutoSSL may replace certificates of others that are invalid or expire within three days (clobber_externally_signed=1); websites with our certificates are excluded from it",
      );
    }
  } catch (thrown) {
    log.info("the settings of AutoSSL could not be read", { error: asCodedError(thrown) });
    notes.push("the settings of AutoSSL can't be read");
  }
  return notes;
}

function succeeded(outcomes: ReadonlyMap<VhostInstall, CodedError | null>, vhost: VhostRef): boolean {
  return [...outcomes].some(([install, problem]) => install.vhost === vhost && problem === null);
}
