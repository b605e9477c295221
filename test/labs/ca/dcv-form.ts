import type { DcvMethod } from "./dcv-values.ts";
import { approverAddresses, isWildcard } from "./host-names.ts";
import type { FormErrors } from "./refusal.ts";
import type { RequestForm } from "./request-form.ts";
import { textField } from "./request-form.ts";
import type { Switches } from "./switches.ts";

/** Who may approve what, for the e-mail method. */
export interface ApproverRules {
  switches: Switches;
  extraApprovers: Readonly<Record<string, string[]>>;
}

/** The method chosen for one name; `email` only with EMAIL. */
export interface ChosenMethod {
  name: string;
  method: DcvMethod;
  email: string | undefined;
}

const dcvMethods: readonly string[] = ["EMAIL", "FILE", "DNS"] satisfies DcvMethod[];

/** A method as the API spells it; what is wrong goes under `field`. */
export function readDcvType(
  text: string | undefined,
  field: string,
  switches: Switches,
  errors: FormErrors,
): DcvMethod | undefined {
  const value = switches.dcvTypeCase === "any" ? text?.toUpperCase() : text;
  if (value === undefined) errors.add(field, "This value should not be blank.");
  else if (!dcvMethods.includes(value)) errors.add(field, "The selected DCV type is not valid.");
  else return value as DcvMethod;
  return undefined;
}

interface DcvEntry {
  domain?: unknown;
  dcvType?: unknown;
  approverEmail?: unknown;
}

/** `dcvType` for all names and `dcv` for some (spec xolphin-api §3.3.2), as one list with every name. */
export function readMethods(
  form: RequestForm,
  names: string[],
  freeName: string | undefined,
  dcvType: DcvMethod | undefined,
  rules: ApproverRules,
  errors: FormErrors,
): ChosenMethod[] {
  const { switches } = rules;
  const entries = new Map<string, DcvEntry>();
  for (const entry of readDcvEntries(form.fields["dcv"], errors)) {
    const domain = typeof entry.domain === "string" ? entry.domain.toLowerCase() : "";
    if (entries.has(domain)) errors.add("dcv", `${domain} is listed twice.`);
    if (!names.includes(domain)) errors.add("dcv", `${domain} is not a domain of this order.`);
    if (domain === freeName && switches.freeNameInDcv === "refused") {
      errors.add("dcv", `${domain} is not a domain of this order.`);
    }
    entries.set(domain, entry);
  }
  return names.map((name) => {
    const entry = entries.get(name);
    const own = typeof entry?.dcvType === "string" ? entry.dcvType : undefined;
    const method = entry === undefined ? dcvType : readDcvType(own, "dcv", switches, errors);
    if (method === "FILE" && isWildcard(name)) {
      errors.add(entry === undefined ? "dcvType" : "dcv", `FILE is not possible for ${name}.`);
    }
    const ownAddress = typeof entry?.approverEmail === "string" && entry.approverEmail !== "";
    if (ownAddress && method !== "EMAIL") errors.add("dcv", `${name} needs no approver e-mail address.`);
    const email =
      method === "EMAIL" ? readApprover(form, name, entry, name === freeName, rules, errors) : undefined;
    return { name, method: method ?? "DNS", email };
  });
}

function readDcvEntries(value: unknown, errors: FormErrors): DcvEntry[] {
  if (value === undefined || value === "") return [];
  let list = value;
  if (typeof value === "string") {
    try {
      list = JSON.parse(value);
    } catch {
      errors.add("dcv", "This value is not valid JSON.");
      return [];
    }
  }
  if (!Array.isArray(list) || list.some((entry) => typeof entry !== "object" || entry === null)) {
    errors.add("dcv", "This value must be an array of objects.");
    return [];
  }
  return list;
}

function readApprover(
  form: RequestForm,
  name: string,
  entry: DcvEntry | undefined,
  isFreeName: boolean,
  rules: ApproverRules,
  errors: FormErrors,
): string | undefined {
  const own =
    typeof entry?.approverEmail === "string" && entry.approverEmail !== "" ? entry.approverEmail : undefined;
  const address = own ?? textField(form, "approverEmail");
  const field = own === undefined ? "approverEmail" : "dcv";
  if (address === undefined) {
    // The CA adds the free name by itself, so nobody can be blamed for not having named an address for it.
    if (rules.switches.missingApproverEmail === "refused" && !isFreeName) {
      errors.add(field, `An approver e-mail address is needed for ${name}.`);
    }
    return undefined;
  }
  if (isAllowedApprover(address, name, rules)) return address;
  if (own === undefined && isFreeName) return undefined;
  errors.add(field, `The approver e-mail address for ${name} is not allowed.`);
  return undefined;
}

/** Whether e-mail validation of the name may use the address (spec §6.4). */
export function isAllowedApprover(address: string, name: string, rules: ApproverRules): boolean {
  const allowed = [
    ...approverAddresses(name, rules.switches.approverParents),
    ...(rules.extraApprovers[name] ?? []),
  ];
  return allowed.includes(address.toLowerCase());
}
