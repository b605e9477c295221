import { z } from "zod";
import { CodedError } from "../errors.ts";
import type { Records } from "./records.ts";

const member = z.object({ removed: z.boolean() });

/** What was taken out of the fleet stays out, whatever its credential still says. Throws `fleet-refused`. */
export async function requireMember(records: Records, node: string): Promise<void> {
  const held = await records.read(`member.${node}`, member);
  if (held === null || held.value.removed) {
    throw new CodedError("fleet-refused", { detail: `${node} is not in this fleet` });
  }
}
