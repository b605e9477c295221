import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";

/* Puts many requests of 1,000 accounts into a store, as a process of its own. `fill-store STATEDIR REQUESTS` */
const [stateDir = "", requests = ""] = process.argv.slice(2);
const accounts = 1_000;
const states = ["needs-you", "validating", "installed", "installed", "installed", "cancelled"] as const;

function fill(stateDir: string, requests: number): void {
  const db = openDatabase(stateDir);
  const store = new Store(db);
  const start = Date.now();
  db.transaction(() => {
    for (let index = 0; index < requests; index += 1) {
      const state = states[index % states.length] ?? "installed";
      store.requests.add({
        reference: `xs-${String(index).padStart(16, "0")}`,
        kind: "order",
        predecessor: null,
        account: `user${index % accounts}`,
        accountCreatedAt: null,
        names: [`site${index}.example.test`, `www.site${index}.example.test`] as never,
        productId: 90,
        productName: "EssentialSSL",
        validation: "DV",
        years: 1,
        dcvMethod: "DNS",
        keyId: null,
        csr: null,
        caRequestId: 900_000_000 + index,
        caCertificateId: null,
        state,
        reason: state === "needs-you" ? "dcv-zone-elsewhere" : null,
        detail: "",
        steps: [],
        fingerprint: null,
        notAfter: state === "installed" ? new Date(start + 200 * 86_400_000) : null,
        goneSince: null,
        createdAt: new Date(start - index * 1_000),
      });
    }
  });
  store.close();
}

fill(stateDir, Number(requests));
