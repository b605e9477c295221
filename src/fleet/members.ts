import { z } from "zod";
import { CodedError } from "../errors.ts";
import type { Records } from "./records.ts";

/** A server of the fleet, with every key that it ever got a credential for. */
export const memberRecord = z.object({ removed: z.boolean(), keys: z.array(z.string()).default([]) });

/** What was taken out of the fleet stays out, whatever its credential still says. Throws `fleet-refused`. */
export async function requireMember(records: Records, node: string): Promise<void> {
  const held = await records.read(`member.${node}`, memberRecord);
  if (held === null || held.value.removed) {
    throw new CodedError("fleet-refused", { detail: `${node} is not in this fleet` });
  }
}

/** All that were not taken out, by name. */
export async function listMembers(records: Records): Promise<string[]> {
  const nodes = (await records.keys("member")).sort();
  const held = await Promise.all(nodes.map((node) => records.read(`member.${node}`, memberRecord)));
  return nodes.filter((_node, index) => held[index]?.value.removed === false);
}
