import { randomBytes } from "node:crypto";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { exampleRequest } from "../fakes/example-request.ts";
import { TestAuthority } from "../fakes/test-authority.ts";

/* Puts many requests into a store, a hundred of each account, as a process of its own. `fill-store STATEDIR REQUESTS` */
const [stateDir = "", requests = ""] = process.argv.slice(2);
/** However many there are in all: a longer list takes longer whoever else has one. */
const perAccount = 100;
const states = ["needs-you", "validating", "installed", "installed", "installed", "cancelled"] as const;
/** What the history of one that was installed says. */
const history = [
  "created",
  "key-made",
  "ordered",
  "dcv-published",
  "hint",
  "collected",
  "applied",
  "verified",
] as const;
const certificate = ((): { pem: string; chainPem: string } => {
  const authority = new TestAuthority(new Date());
  return {
    pem: authority.leaf(["site0.example.test", "www.site0.example.test"]).pem,
    chainPem: authority.part("intermediate").pem,
  };
})();

function fill(stateDir: string, requests: number): void {
  const db = openDatabase(stateDir);
  const store = new Store(db);
  const start = Date.now();
  const accounts = Math.ceil(requests / perAccount);
  db.transaction(() => {
    for (let index = 0; index < requests; index += 1) add(store, index, accounts, start);
  });
  store.close();
}

function add(store: Store, index: number, accounts: number, start: number): void {
  const state = states[index % states.length] ?? "installed";
  const reference = `xs-${String(index).padStart(16, "0")}`;
  const createdAt = new Date(start - index * 1_000);
  const installed = state === "installed";
  const keyId = randomBytes(32).toString("hex");
  const fingerprint = installed ? randomBytes(32).toString("hex") : null;
  const names = [`site${index}.example.test`, `www.site${index}.example.test`] as never[];
  store.requests.add(
    exampleRequest({
      reference,
      account: `user${index % accounts}`,
      names,
      keyId,
      caRequestId: 900_000_000 + index,
      state,
      reason: state === "needs-you" ? "dcv-zone-elsewhere" : null,
      fingerprint,
      notAfter: installed ? new Date(start + 200 * 86_400_000) : null,
      createdAt,
    }),
  );
  for (const kind of installed ? history : history.slice(0, 4)) {
    store.timeline.add(reference, { at: createdAt, kind, source: "agent", data: {} });
  }
  for (const name of names) {
    store.dcvNames.put(reference, {
      name,
      method: "DNS",
      state: installed ? "validated" : "waiting",
      caName: name,
      record: null,
      file: null,
      email: null,
      reason: null,
      askedAt: null,
      wanted: null,
      wantedAt: null,
      tried: [],
    });
  }
  if (fingerprint !== null) {
    store.certificates.put({ fingerprint, reference, keyId, ...certificate, collectedAt: createdAt });
  }
}

fill(stateDir, Number(requests));
