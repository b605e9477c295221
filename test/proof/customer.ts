import type { RequestReport } from "../../src/agent/describe-request.ts";
import { account } from "../demo/servers/demo-server.ts";

/** Reasons after which nothing was bought, and a person who wants the certificate orders again. */
const notPlaced = new Set(["order-not-placed", "order-lost", "ca-busy", "ca-unreachable"]);

type Call = (operation: string, ...args: unknown[]) => Promise<unknown>;

/** Somebody who wants a certificate for a website and orders until there is one; agents may die meanwhile. */
export class Customer {
  readonly domain: string;
  /** Why the last look or order did not come about; what goes wrong for good has to be told. */
  trouble: unknown = null;
  /** How often another certificate was asked for; some of the wishes may have died with the agent. */
  asked = 0;
  private readonly call: Call;

  constructor(call: Call, domain: string) {
    this.call = call;
    this.domain = domain;
  }

  /** Orders when there is no order under way; the newest request, or null while nobody answers or nothing is known. */
  async see(): Promise<RequestReport | null> {
    try {
      const mine = await this.requests();
      const living = mine.filter(
        ({ state, reason }) => state !== "failed" || !notPlaced.has(reason?.code ?? ""),
      );
      if (living.length > 0) return newest(living);
      const order = { names: [this.domain], account, product: "EssentialSSL", years: 1, dcv: "dns" };
      return (await this.call("order", { ...order, approver: null, key: "ec-p256" })) as RequestReport;
    } catch (thrown) {
      this.trouble = thrown;
      return null;
    }
  }

  /** Asks for another certificate in place of an installed one; false when that did not come to pass. */
  async reissue(reference: string): Promise<boolean> {
    this.asked += 1;
    return this.call("reissue", reference).then(
      () => true,
      () => false,
    );
  }

  /** How many reissues the agent owes to the wishes that got through to it. */
  async owed(): Promise<number> {
    const mine = await this.requests();
    return mine.filter(
      ({ predecessor, state, reason }) =>
        predecessor !== null && (state !== "failed" || !notPlaced.has(reason?.code ?? "")),
    ).length;
  }

  /** Everything that was ordered for the website. */
  async requests(): Promise<RequestReport[]> {
    const all = (await this.call("listRequests", { account, state: null, limit: 10_000 })) as RequestReport[];
    return all.filter(({ names }) => names.includes(this.domain as never));
  }
}

function newest(requests: readonly RequestReport[]): RequestReport {
  return requests.reduce((best, one) => (one.createdAt > best.createdAt ? one : best));
}
