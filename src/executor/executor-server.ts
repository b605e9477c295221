import type { OperationTable } from "../control/control-server.ts";
import { CodedError } from "../errors.ts";
import type { Panel } from "../panel.ts";
import {
  decodeBundle,
  encodeBundle,
  encodeInstalled,
  encodeOutcomes,
  type Verb,
  verbArguments,
} from "./wire.ts";

/** The verbs of the root side: each checks its arguments by schema, then does one thing through the panel's adapter. */
export function executorVerbs(panel: Panel): OperationTable {
  return {
    readFacts: verb("readFacts", () => panel.readFacts()),
    listAccounts: verb("listAccounts", () => panel.listAccounts()),
    readAccount: verb("readAccount", ([name]) => panel.readAccount(name)),
    listVhosts: verb("listVhosts", ([account]) =>
      account === null ? panel.listVhosts() : panel.listVhosts(account),
    ),
    readCertificate: verb("readCertificate", async ([vhost]) =>
      encodeInstalled(await panel.readCertificate(vhost)),
    ),
    readBundle: verb("readBundle", async ([vhost]) => {
      const bundle = await panel.readBundle(vhost);
      return bundle === null ? null : encodeBundle(bundle);
    }),
    installCertificates: verb("installCertificates", async ([installs]) =>
      encodeOutcomes(
        await panel.installCertificates(
          installs.map(({ vhost, bundle }) => ({
            vhost,
            bundle: bundle === null ? null : decodeBundle(bundle),
          })),
        ),
      ),
    ),
    publishDcv: verb("publishDcv", ([answer]) => panel.publishDcv(answer)),
    withdrawDcv: verb("withdrawDcv", ([answer]) => panel.withdrawDcv(answer)),
    listInstalled: verb("listInstalled", () => {
      if (panel.listInstalled === undefined) throw new CodedError("panel-feature-missing");
      return panel.listInstalled();
    }),
    findKey: verb("findKey", async ([account, keyId]) => {
      if (panel.findKey === undefined) throw new CodedError("panel-feature-missing");
      return (await panel.findKey(account, keyId))?.reveal() ?? null;
    }),
    readEngineNames: verb("readEngineNames", ([vhost]) => {
      if (panel.readEngineNames === undefined) throw new CodedError("panel-feature-missing");
      return panel.readEngineNames(vhost);
    }),
    keepEngineAway: verb("keepEngineAway", ([vhost, names, away]) => {
      if (panel.keepEngineAway === undefined) throw new CodedError("panel-feature-missing");
      return panel.keepEngineAway(vhost, names, away);
    }),
  };
}

function verb<V extends Verb>(
  name: V,
  act: (args: ReturnType<(typeof verbArguments)[V]["parse"]>) => Promise<unknown>,
): (...args: never[]) => Promise<unknown> {
  return async (...args) => {
    const checked = verbArguments[name].safeParse(args);
    if (!checked.success) throw new CodedError("input-invalid", { detail: `${name}: arguments refused` });
    return act(checked.data as ReturnType<(typeof verbArguments)[V]["parse"]>);
  };
}
