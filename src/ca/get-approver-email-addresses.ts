import type { CaTransport } from "./ca-transport.ts";
import { emailAddresses, readAnswer } from "./schema.ts";

/** S4: the addresses that may approve a name; no others do (spec xolphin-api §6.4). */
export async function getApproverEmailAddresses(transport: CaTransport, name: string): Promise<string[]> {
  const domain = name.replace(/^\*\./, "");
  const answer = await transport.get("approver-email-addresses", { domain }, "user");
  return readAnswer(emailAddresses, answer, "approver-email-addresses");
}
