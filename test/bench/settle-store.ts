import { writeFileSync } from "node:fs";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";

/*
 * Gives every installed request of a store of `fill-store` its installation and an end within 200 days, and writes down what CA and
 * panel have to say so that nothing needs doing but what comes to its end. A process of its own: it holds all requests in
 * its memory, which whoever measures never does. `settle-store STATEDIR ANSWERS`; `Answers` in JSON in that file.
 */
export interface Answers {
  readonly pending: readonly { readonly id: number; readonly progress: string }[];
  readonly certificates: readonly { readonly id: number; readonly name: string }[];
  readonly marks: readonly {
    readonly vhost: { readonly id: string; readonly account: string };
    readonly fingerprint: string;
  }[];
}

const day = 86_400_000;
const [stateDir = "", answersFile = ""] = process.argv.slice(2);

function settle(store: Store): Answers {
  const now = new Date();
  const all = store.requests.list({ account: null, state: null, limit: 1_000_000 });
  const installed = all.filter(({ state }) => state === "installed");
  store.db.transaction(() => {
    for (const [index, { reference, fingerprint, account, names }] of installed.entries()) {
      const vhost = names[0] ?? "";
      const row = { reference, fingerprint: fingerprint ?? "", vhost, account: account ?? "" };
      store.installations.put({ ...row, state: "verified" }, now);
      const notAfter = new Date(now.getTime() + (1 + (index % 200)) * day);
      store.requests.change(reference, { notAfter }, now);
    }
  });
  return {
    pending: all
      .filter(({ state }) => state === "validating" || state === "needs-you")
      .map(({ caRequestId }) => ({ id: caRequestId ?? 0, progress: "dcv 0" })),
    certificates: installed.map(({ caRequestId, names }) => ({ id: caRequestId ?? 0, name: names[0] ?? "" })),
    marks: installed.map(({ account, names, fingerprint }) => ({
      vhost: { id: names[0] ?? "", account: account ?? "" },
      fingerprint: fingerprint ?? "",
    })),
  };
}

const store = new Store(openDatabase(stateDir));
writeFileSync(answersFile, JSON.stringify(settle(store)));
store.close();
