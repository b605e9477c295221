import type { CaPort } from "../../src/jobs/ports.ts";
import { type CaPriority, caPriorities } from "../../src/model/ca-priority.ts";

interface Waiting {
  readonly rank: number;
  readonly order: number;
  readonly start: () => void;
}

/**
 * A CA account with a limit: every call waits for a permit, and permits come with the minutes. Stands for the pacer and the
 * CA's limit together, so that a simulation can count minutes instead of sleeping through them.
 */
export class Permits {
  used = 0;
  private waiting: Waiting[] = [];
  private free = 0;
  private order = 0;

  get queued(): number {
    return this.waiting.length;
  }

  /** A new minute: unused permits of the last one are gone. */
  grant(count: number): void {
    this.free = count;
    this.next();
  }

  take(priority: CaPriority): Promise<void> {
    return new Promise((start) => {
      this.order += 1;
      this.waiting.push({ rank: caPriorities.indexOf(priority), order: this.order, start });
      this.next();
    });
  }

  private next(): void {
    this.waiting.sort((a, b) => a.rank - b.rank || a.order - b.order);
    while (this.free > 0) {
      const first = this.waiting.shift();
      if (first === undefined) return;
      this.free -= 1;
      this.used += 1;
      first.start();
    }
  }
}

/** The same CA behind such an account. Priorities as the agent gives them to each call. */
export function pacedCa(ca: CaPort, permits: Permits): CaPort {
  const after =
    <A extends unknown[], R>(
      priority: (...args: NoInfer<A>) => CaPriority,
      call: (...args: A) => Promise<R>,
    ) =>
    async (...args: A): Promise<R> => {
      await permits.take(priority(...args));
      return call(...args);
    };
  const user = (): CaPriority => "user";
  const background = (): CaPriority => "background";
  return {
    ...ca,
    readRequest: after((_id, priority) => priority, ca.readRequest.bind(ca)),
    findIssued: after(
      (_query, priority) => priority,
      async (query, priority) => {
        // A certificate that is there costs three calls: its facts, the file and the bundle.
        const found = await ca.findIssued(query, priority);
        if (found.kind === "issued") for (let call = 0; call < 2; call += 1) await permits.take(priority);
        return found;
      },
    ),
    listPending: after(background, ca.listPending.bind(ca)),
    listCertificates: after(background, ca.listCertificates.bind(ca)),
    readCertificateFacts: after(background, ca.readCertificateFacts.bind(ca)),
    order: after(user, ca.order.bind(ca)),
    reissue: after((_id, _order, priority) => priority, ca.reissue.bind(ca)),
    renew: after(user, ca.renew.bind(ca)),
    findOrder: after(user, ca.findOrder.bind(ca)),
    askToCheck: after((_id, _check, priority) => priority, ca.askToCheck.bind(ca)),
    readMessages: ca.readMessages.bind(ca),
    readCalls: ca.readCalls.bind(ca),
    sendMessage: ca.sendMessage.bind(ca),
    sendDocument: ca.sendDocument.bind(ca),
    planCall: ca.planCall.bind(ca),
    sendAgreement: ca.sendAgreement.bind(ca),
    listProducts: ca.listProducts.bind(ca),
    approverAddresses: ca.approverAddresses.bind(ca),
    cancelRequest: ca.cancelRequest.bind(ca),
    cancelCertificate: ca.cancelCertificate.bind(ca),
  };
}
