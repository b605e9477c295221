import { randomUUID } from "node:crypto";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import type { Records } from "./records.ts";

/*
 * Who owns what at the CA. Request numbers and certificate numbers are kept apart, because the CA may count them apart
 * (spec xolphin-api §8.1). A certificate is a server's when its key is one that the server ordered with.
 */

/** Whose something is. */
export const owner = z.object({ node: z.string(), reference: z.string() });
export type Owner = z.output<typeof owner>;

export const placed = z.object({
  node: z.string(),
  /** Null: no order was ever sent under this reference; it was looked for, and none will be. */
  keyId: z.string().nullable(),
  state: z.enum(["sent", "placed", "refused", "sought"]),
  requestId: z.number().nullable(),
  at: z.string(),
  cents: z.number().nullable(),
});
/** What became of an order, by its reference. */
export type Placed = z.output<typeof placed>;

const generation = z.object({ id: z.string() });
const dispute = z.object({ node: z.string() });

export class Ownership {
  private readonly records: Records;

  constructor(records: Records) {
    this.records = records;
  }

  async ofRequest(id: number): Promise<Owner | null> {
    return (await this.records.read(`request.${id}`, owner))?.value ?? null;
  }

  async ofCertificate(id: number): Promise<Owner | null> {
    return (await this.records.read(`certificate.${id}`, owner))?.value ?? null;
  }

  async ofKey(keyId: string): Promise<Owner | null> {
    return (await this.records.read(`key.${keyId}`, owner))?.value ?? null;
  }

  /** Throws `fleet-refused` unless the request is this server's. */
  async requireRequest(node: string, id: number): Promise<void> {
    if ((await this.ofRequest(id))?.node !== node) throw notYours(`request ${id}`, node);
  }

  async requireCertificate(node: string, id: number): Promise<void> {
    if ((await this.ofCertificate(id))?.node !== node) throw notYours(`certificate ${id}`, node);
  }

  /** The order of that reference. Throws `fleet-refused` when it is another server's. */
  async placed(node: string, reference: string): Promise<{ value: Placed; revision: number } | null> {
    const held = await this.records.read(`order.${reference}`, placed);
    if (held !== null && held.value.node !== node) throw notYours(`order ${reference}`, node);
    return held;
  }

  /** Writes down that an order is about to be sent. False: its reference was used before, or given up. */
  async begin(reference: string, order: Placed): Promise<boolean> {
    if (!(await this.records.create(`order.${reference}`, order))) return false;
    if (order.keyId !== null) await this.give(`key.${order.keyId}`, { node: order.node, reference });
    return true;
  }

  async settle(reference: string, order: Placed): Promise<void> {
    if (order.requestId !== null) {
      await this.give(`request.${order.requestId}`, { node: order.node, reference });
    }
    await this.records.write(`order.${reference}`, order);
  }

  /** It never left: as if it had not been. */
  async forget(reference: string): Promise<void> {
    await this.records.remove(`order.${reference}`);
  }

  /** A certificate was found under a key of this server. */
  async giveCertificate(id: number, to: Owner): Promise<void> {
    await this.give(`certificate.${id}`, to);
  }

  async giveRequest(id: number, to: Owner): Promise<void> {
    await this.give(`request.${id}`, to);
  }

  async giveKey(keyId: string, to: Owner): Promise<void> {
    await this.give(`key.${keyId}`, to);
  }

  /**
   * The administrator says whose a request or certificate is from now on; with it goes its order, and the key that was ordered
   * with. What the CA counts under the same number, but belongs to another order, stays where it is: throws `input-invalid` where
   * both are somebody's and it can't be told which one is meant.
   */
  async reassign(id: number, node: string): Promise<void> {
    const [request, certificate] = await Promise.all([this.ofRequest(id), this.ofCertificate(id)]);
    const references = new Set(
      [request, certificate].flatMap((one) => (one === null ? [] : [one.reference])),
    );
    if (references.size > 1) {
      const detail = `request ${id} is ${request?.node}'s, and certificate ${id} of another order is ${certificate?.node}'s`;
      throw new CodedError("input-invalid", { detail });
    }
    const [reference = ""] = references;
    const unknown = request === null && certificate === null;
    if (unknown || request !== null) await this.records.write(`request.${id}`, { node, reference });
    if (unknown || certificate !== null) await this.records.write(`certificate.${id}`, { node, reference });
    if (reference !== "") await this.reassignOrder(reference, node);
    await this.records.remove(`dispute.${id}`);
  }

  private async reassignOrder(reference: string, node: string): Promise<void> {
    const order = (await this.records.read(`order.${reference}`, placed))?.value;
    if (order === undefined) return;
    if (order.keyId !== null) await this.records.write(`key.${order.keyId}`, { node, reference });
    if (order.requestId !== null) await this.records.write(`request.${order.requestId}`, { node, reference });
    await this.records.write(`order.${reference}`, { ...order, node });
  }

  /** Marks these records as new ones, unless they are marked; for the gateway, when it has made the bucket. */
  async beginGeneration(): Promise<void> {
    await this.records.create("generation", { id: randomUUID() });
  }

  /** Which records these are: others than before mean that the former are lost. */
  async generation(): Promise<string> {
    return (await this.records.read("generation", generation))?.value.id ?? "";
  }

  /** Two servers know the reference of one order: it moved, and the record of that is lost. Somebody has to say whose it is. */
  async dispute(requestId: number, node: string): Promise<void> {
    await this.records.write(`dispute.${requestId}`, { node });
  }

  /** Requests that another server claims as well, by their number. */
  async disputes(): Promise<{ requestId: number; owner: string | null; claimedBy: string }[]> {
    const ids = (await this.records.keys("dispute")).map(Number);
    return Promise.all(
      ids.map(async (requestId) => ({
        requestId,
        owner: (await this.ofRequest(requestId))?.node ?? null,
        claimedBy: (await this.records.read(`dispute.${requestId}`, dispute))?.value.node ?? "",
      })),
    );
  }

  /** Every request number with its owner; for the list walk. */
  async requests(): Promise<number[]> {
    return (await this.records.keys("request")).map(Number);
  }

  /** First come, first served: what is somebody's stays theirs. */
  private async give(key: string, to: Owner): Promise<void> {
    if (await this.records.create(key, to)) return;
    const held = await this.records.read(key, owner);
    if (held !== null && held.value.node !== to.node) throw notYours(key, to.node);
  }
}

function notYours(what: string, node: string): CodedError {
  return new CodedError("fleet-refused", { detail: `${what} is not known as ${node}'s` });
}
