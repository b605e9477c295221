import { randomBytes } from "node:crypto";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { FleetMember } from "../fleet/member.ts";
import type { HandedOrder } from "../fleet/operations.ts";
import { packAccount, unpackAccount } from "../jobs/account-parcel.ts";
import type { JobContext } from "../jobs/context.ts";
import {
  forgetArrival,
  giveAccountAway,
  holdAccount,
  keepArrived,
  releaseAccount,
  takeAccountIn,
  turnAway,
} from "../jobs/hand-over.ts";
import {
  makeReceiver,
  openParcel,
  readInvitation,
  readParcelHead,
  sealParcel,
  writeInvitation,
} from "../keys/sealed-parcel.ts";
import type { StoredHandover } from "../store/handovers.ts";

/** Whoever shows it later makes a new one. */
const invitationLife = 7 * 86_400_000;

/** How far a hand-over is, for the command line. */
export interface HandoverReport {
  readonly id: string;
  readonly account: string;
  readonly direction: "out" | "in";
  readonly peer: string | null;
  readonly state: string;
  readonly orders: number;
}

/**
 * Moves accounts between servers of a fleet (docs/decisions/0011). The hub says whose the orders are; keys and history go in
 * a file that root carries. Every step may be cut off and is taken up again: by the same command, or by itself as soon as
 * the hub answers.
 */
export class AccountMover {
  private readonly context: JobContext;
  private readonly member: FleetMember;

  constructor(context: JobContext, member: FleetMember) {
    this.context = context;
    this.member = member;
  }

  /** On the new server: awaits an account that exists here. Returns the invitation to show on the old one. */
  async receive(account: string): Promise<{ invitation: string; report: HandoverReport }> {
    this.member.requireServer();
    const { store, clock, keys, panel } = this.context;
    const { name } = await panel.readAccount(account);
    const { keyId, publicKey, pem } = makeReceiver();
    const id = randomBytes(16).toString("hex");
    // In this order, so that no key lies here that nobody knows of.
    store.handovers.add(
      { id, direction: "in", peer: null, account: name, state: "awaited", keyId, createdAt: clock.now() },
      [],
    );
    crashPoint("M-01");
    await keys.keep(keyId, pem);
    const invitation = writeInvitation({ id, to: this.member.node, account: name, publicKey });
    return { invitation, report: this.report(id) };
  }

  /**
   * On the old server: lets go of the account's orders and offers them to the one that made the invitation. Returns the file
   * to carry there; the same again for as long as it was not taken.
   */
  async give(account: string, invitationText: string): Promise<{ file: string; report: HandoverReport }> {
    this.member.requireServer();
    const { store, clock, keys } = this.context;
    const invitation = readInvitation(invitationText);
    const { id, to } = invitation;
    if (to === this.member.node) throw refused("the invitation is this server's own");
    const others = store.handovers
      .open()
      .filter((one) => one.direction === "out" && one.account === account && one.id !== id);
    if (others.length > 0) throw refused(`it is being handed to ${others[0]?.peer}; take it back first`);
    const begun = store.handovers.get(id);
    if (begun === null) await holdAccount(this.context, { id, account, peer: to });
    else if (begun.direction !== "out" || begun.account !== account || !isOpen(begun)) {
      throw refused("the invitation was used already");
    }
    const references = store.handovers.items(id).map(({ reference }) => reference);
    crashPoint("M-02");
    try {
      await this.member.handOver.offer(
        id,
        to,
        references.map((reference) => this.ownership(reference)),
      );
    } catch (thrown) {
      // A refusal is final; otherwise the offer may have been heard, and nothing is done until that is clear.
      if (asCodedError(thrown).code === "fleet-refused") await this.takeBack(account);
      throw thrown;
    }
    crashPoint("M-03");
    store.handovers.change(id, "offered", clock.now());
    crashPoint("M-04");
    const owner = store.requests.get(references[0] ?? "");
    const createdAt = owner?.accountCreatedAt ?? null;
    const content = await packAccount(store, keys, { name: account, createdAt }, references);
    return { file: sealParcel(content, this.member.node, invitation), report: this.report(id) };
  }

  /** On the new server: opens the file, and takes the orders in as soon as the hub says that they are ours. */
  async take(file: string): Promise<HandoverReport> {
    this.member.requireServer();
    const { store, keys, panel } = this.context;
    const { id, from, to } = readParcelHead(file);
    if (to !== this.member.node) throw refused(`the file is for ${to}`);
    const handover = store.handovers.get(id);
    if (handover === null || handover.direction !== "in" || handover.keyId === null) {
      throw refused("this server has not asked for it");
    }
    if (!isOpen(handover)) throw refused("the file was used already");
    if (handover.state === "awaited") {
      const parcel = unpackAccount(openParcel(file, await keys.read(handover.keyId)));
      const account = await panel.readAccount(handover.account);
      await keepArrived(this.context, handover, from, account, parcel);
    }
    await this.settle(store.handovers.get(id) ?? handover);
    return this.report(id);
  }

  /** On the old server: everything is as it was, unless the new one was faster. Throws `handed-over` then. */
  async takeBack(account: string): Promise<HandoverReport> {
    this.member.requireServer();
    const { store } = this.context;
    const handover = store.handovers.open().find((one) => one.direction === "out" && one.account === account);
    if (handover === undefined) throw new CodedError("nothing-to-do", { detail: `${account} stays here` });
    if ((await this.withdraw(handover)) === "taken") {
      await giveAccountAway(this.context, handover);
      throw new CodedError("handed-over", { detail: handover.peer ?? "" });
    }
    crashPoint("M-10");
    releaseAccount(this.context, handover);
    return this.report(handover.id);
  }

  list(): HandoverReport[] {
    return this.context.store.handovers.open().map(({ id }) => this.report(id));
  }

  /** Looks at what was cut off; asked as often as the hub is. */
  async settleAll(): Promise<void> {
    for (const handover of this.context.store.handovers.open()) {
      try {
        await this.settle(handover);
      } catch (thrown) {
        this.context.log.info("a hand-over is not settled yet", {
          account: handover.account,
          error: asCodedError(thrown),
        });
      }
    }
  }

  private async settle(handover: StoredHandover): Promise<void> {
    const { id, state } = handover;
    const { store, clock, keys } = this.context;
    const age = clock.now().getTime() - handover.createdAt.getTime();
    if (state === "awaited" && age > invitationLife) await forgetArrival(this.context, handover);
    if (state === "arrived") {
      crashPoint("M-06");
      // All is written down: from here on nothing opens the file any more.
      if (handover.keyId !== null) await keys.destroy(handover.keyId);
      crashPoint("M-07");
      try {
        await this.member.handOver.take(id);
      } catch (thrown) {
        // Keys are destroyed where the other server is known to keep its own, and for nothing else that is refused.
        const refusedUs = asCodedError(thrown).code === "fleet-refused";
        if (refusedUs && (await this.member.handOver.state(id)) === "withdrawn") {
          await turnAway(this.context, handover);
        }
        throw thrown;
      }
      crashPoint("M-08");
      takeAccountIn(this.context, handover);
    }
    if (state !== "preparing" && state !== "offered") return;
    const said = await this.member.handOver.state(id);
    if (said === "taken") await giveAccountAway(this.context, handover);
    else if (said === "withdrawn") releaseAccount(this.context, handover);
    else if (said === "offered" && state === "preparing") store.handovers.change(id, "offered", clock.now());
  }

  private async withdraw({ id, state }: StoredHandover): Promise<string> {
    try {
      return await this.member.handOver.withdraw(id);
    } catch (thrown) {
      // The invitation bears the number of a hand-over of others: ours was never heard.
      if (state === "preparing" && asCodedError(thrown).code === "fleet-refused") return "withdrawn";
      throw thrown;
    }
  }

  private ownership(reference: string): HandedOrder {
    const request = this.context.store.requests.get(reference);
    return {
      reference,
      requestId: request?.caRequestId ?? null,
      certificateId: request?.caCertificateId ?? null,
      keyId: request?.keyId ?? null,
    };
  }

  private report(id: string): HandoverReport {
    const { store } = this.context;
    const handover = store.handovers.get(id);
    if (handover === null) throw new CodedError("not-found", { detail: id });
    const { account, direction, peer, state } = handover;
    return { id, account, direction, peer, state, orders: store.handovers.items(id).length };
  }
}

function isOpen({ state }: StoredHandover): boolean {
  return state !== "taken" && state !== "withdrawn";
}

function refused(detail: string): CodedError {
  return new CodedError("handover-refused", { detail });
}
