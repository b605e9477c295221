import { z } from "zod";
import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import { type HandedOrder, type HandOverState, handedOrder, handOverState } from "./operations.ts";
import { type Owner, owner, placed } from "./ownership.ts";
import type { Records } from "./records.ts";

const handOver = z.object({
  from: z.string(),
  to: z.string(),
  state: handOverState,
  orders: z.array(handedOrder),
  /** Everything was changed that could be: nothing is changed by it any more, wherever it is by then. */
  done: z.boolean().default(false),
});
type HandOver = z.output<typeof handOver>;

/**
 * Orders that go from one server to another. The one that has them offers them to one other; from then on either that one
 * takes them or they are withdrawn, whichever is written first, and never both. Each owner is changed only from what it was:
 * what nobody has written down becomes nobody's by an offer, and what `fleet give` gave to a third one stays there.
 */
export class HandOvers {
  private readonly owners: Records;

  constructor(owners: Records) {
    this.owners = owners;
  }

  /** Null: never offered. Throws `fleet-refused` for a server that has no part in it. */
  async state(node: string, id: string): Promise<HandOverState | null> {
    const held = await this.read(node, id);
    return held?.value.state ?? null;
  }

  /** Throws `fleet-refused` unless all of them are `node`'s own; the same offer may be repeated. */
  async offer(node: string, id: string, to: string, orders: readonly HandedOrder[]): Promise<void> {
    if (to === node) throw refused("a server has its own orders already");
    for (const order of orders) await this.requireOwn(node, order);
    const wanted: HandOver = {
      from: node,
      to,
      state: "offered",
      orders: [...orders],
      done: false,
    };
    if (await this.owners.create(keyOf(id), wanted)) return;
    const held = await this.read(node, id);
    if (held?.value.from !== node || held.value.to !== to || held.value.state !== "offered") {
      throw refused(`hand-over ${id} is settled, or another one`);
    }
  }

  /** The one that they are offered to has them from now on. May be repeated until it succeeded; afterwards it changes nothing. */
  async take(node: string, id: string): Promise<void> {
    const held = await this.read(node, id);
    if (held === null || held.value.to !== node || held.value.state === "withdrawn") {
      throw refused(`hand-over ${id} is not offered to ${node}`);
    }
    if (held.value.done) return;
    if (
      held.value.state === "offered" &&
      !(await this.owners.replace(keyOf(id), { ...held.value, state: "taken" }, held.revision))
    ) {
      return this.take(node, id);
    }
    const { from } = held.value;
    crashPoint("M-11");
    // Both servers hold it for taken from here on, and destroy what the other one has: nothing below may refuse it.
    for (const { reference, requestId, certificateId, keyId } of held.value.orders) {
      const to = { node, reference };
      if (requestId !== null) await this.change(`request.${requestId}`, from, to);
      if (certificateId !== null) await this.change(`certificate.${certificateId}`, from, to);
      if (keyId !== null) await this.change(`key.${keyId}`, from, to);
      await this.changeOrder(reference, from, node);
    }
    await this.owners.write(keyOf(id), { ...held.value, state: "taken", done: true });
  }

  /** Says what became of it: `taken` when the other one was faster. What was never offered can't be offered any more. */
  async withdraw(node: string, id: string): Promise<HandOverState> {
    for (;;) {
      const held = await this.read(node, id);
      if (held === null) {
        const never: HandOver = { from: node, to: node, state: "withdrawn", orders: [], done: true };
        if (await this.owners.create(keyOf(id), never)) return "withdrawn";
        continue;
      }
      if (held.value.from !== node) throw refused(`hand-over ${id} is not ${node}'s to withdraw`);
      if (held.value.state !== "offered") return held.value.state;
      const next = { ...held.value, state: "withdrawn" };
      if (await this.owners.replace(keyOf(id), next, held.revision)) return "withdrawn";
    }
  }

  private async read(node: string, id: string): Promise<{ value: HandOver; revision: number } | null> {
    const held = await this.owners.read(keyOf(id), handOver);
    if (held !== null && held.value.from !== node && held.value.to !== node) {
      throw refused(`hand-over ${id} is none of ${node}'s`);
    }
    return held;
  }

  private async requireOwn(
    node: string,
    { reference, requestId, certificateId, keyId }: HandedOrder,
  ): Promise<void> {
    const ownerOf = async (key: string): Promise<string | null> =>
      (await this.owners.read(key, owner))?.value.node ?? null;
    const placedBy = (await this.owners.read(`order.${reference}`, placed))?.value.node ?? null;
    const owners = [
      placedBy,
      requestId === null ? null : await ownerOf(`request.${requestId}`),
      certificateId === null ? null : await ownerOf(`certificate.${certificateId}`),
      keyId === null ? null : await ownerOf(`key.${keyId}`),
    ];
    // Whoever has nothing of it written down has not shown yet that it is theirs.
    if (owners.every((one) => one === null) || owners.some((one) => one !== null && one !== node)) {
      throw refused(`order ${reference} is not known as ${node}'s`);
    }
  }

  private async change(key: string, from: string, to: Owner): Promise<void> {
    for (;;) {
      const held = await this.owners.read(key, owner);
      if (held === null || held.value.node !== from) return;
      if (await this.owners.replace(key, to, held.revision)) return;
    }
  }

  private async changeOrder(reference: string, from: string, node: string): Promise<void> {
    for (;;) {
      const held = await this.owners.read(`order.${reference}`, placed);
      if (held === null || held.value.node !== from) return;
      if (await this.owners.replace(`order.${reference}`, { ...held.value, node }, held.revision)) return;
    }
  }
}

function keyOf(id: string): string {
  return `handover.${id}`;
}

function refused(detail: string): CodedError {
  return new CodedError("fleet-refused", { detail });
}
