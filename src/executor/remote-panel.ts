import { callOperation } from "../control/control-client.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Account, EngineName, InstalledMark, Panel, PanelFacts, PanelId, Vhost } from "../panel.ts";
import { Secret } from "../secret.ts";
import {
  decodeBundle,
  decodeInstalled,
  decodeOutcomes,
  encodeInstalls,
  plainRef,
  type Verb,
} from "./wire.ts";

/** A large batch on a panel that needs seconds for each change. */
const batchPatience = 3_600_000;

/** The panel as the agent sees it when the root side is another process: the same contract over its socket. */
export function createRemotePanel(id: PanelId, socket: string): Panel {
  async function call(verb: Verb, ...args: unknown[]): Promise<unknown> {
    try {
      const patience = verb === "installCertificates" ? batchPatience : undefined;
      return await callOperation(socket, verb, args, patience);
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (error.code !== "agent-unreachable") throw error;
      throw new CodedError("panel-unreachable", {
        cause: error,
        detail: `the executor does not answer at ${socket}`,
      });
    }
  }
  return {
    id,
    readFacts: async () => (await call("readFacts")) as PanelFacts,
    listAccounts: async () => (await call("listAccounts")) as Account[],
    readAccount: async (name) => (await call("readAccount", name)) as Account,
    listVhosts: async (account) => (await call("listVhosts", account ?? null)) as Vhost[],
    readCertificate: async (vhost) => decodeInstalled(await call("readCertificate", plainRef(vhost))),
    async readBundle(vhost) {
      const bundle = await call("readBundle", plainRef(vhost));
      return bundle === null ? null : decodeBundle(bundle as Parameters<typeof decodeBundle>[0]);
    },
    installCertificates: async (installs) =>
      decodeOutcomes(await call("installCertificates", encodeInstalls(installs))),
    async publishDcv(answer) {
      await call("publishDcv", answer);
    },
    async withdrawDcv(answer) {
      await call("withdrawDcv", answer);
    },
    async close() {},
    listInstalled: async () => (await call("listInstalled")) as InstalledMark[],
    async findKey(account, keyId) {
      const key = (await call("findKey", account, keyId)) as string | null;
      return key === null ? null : new Secret(key);
    },
    readEngineNames: async (vhost) => (await call("readEngineNames", plainRef(vhost))) as EngineName[],
    async keepEngineAway(vhost, names, away) {
      await call("keepEngineAway", plainRef(vhost), names, away);
    },
  };
}
