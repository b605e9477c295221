/** Company and contact as the CA wants to know them, under the CA's own field names (spec xolphin-api §3.3.1). */
export const organisationFields = [
  "company",
  "department",
  "address",
  "zipcode",
  "city",
  "province",
  "country",
  "kvk",
  "approverRepresentativeFirstName",
  "approverRepresentativeLastName",
  "approverRepresentativeEmail",
  "approverRepresentativePhone",
  "approverRepresentativePosition",
] as const;
export type OrganisationField = (typeof organisationFields)[number];
export type Organisation = Partial<Record<OrganisationField, string>>;

/** Needed before an OV or EV order is sent; the CA would only say so after a day. */
const needed: readonly OrganisationField[] = [
  "company",
  "address",
  "zipcode",
  "city",
  "country",
  "approverRepresentativeFirstName",
  "approverRepresentativeLastName",
  "approverRepresentativeEmail",
  "approverRepresentativePhone",
];

const longest = 200;

/** Why a field can't be sent: nothing is in it, or what is in it is no such thing. */
export interface OrganisationProblem {
  readonly field: OrganisationField;
  readonly kind: "missing" | "country" | "email" | "phone" | "kvk" | "too-long";
}

export function isNeeded(
  field: OrganisationField,
  validation: "DV" | "OV" | "EV",
  { country }: Organisation,
): boolean {
  if (validation === "DV") return false;
  // The chamber of commerce knows Dutch companies by this number only.
  return needed.includes(field) || (field === "kvk" && country === "NL");
}

/** Takes what is known by name out of a form, tidied; everything else is left out. */
export function readOrganisation(form: ReadonlyMap<string, string>): Organisation {
  const found: Organisation = {};
  for (const field of organisationFields) {
    const value = (form.get(field) ?? "").replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
    if (value !== "") found[field] = field === "country" ? value.toUpperCase() : value;
  }
  return found;
}

/** Everything that is wrong, at once and before anything is sent. */
export function organisationProblems(
  organisation: Organisation,
  validation: "DV" | "OV" | "EV",
): OrganisationProblem[] {
  const problems: OrganisationProblem[] = [];
  for (const field of organisationFields) {
    const value = organisation[field];
    if (value === undefined) {
      if (isNeeded(field, validation, organisation)) problems.push({ field, kind: "missing" });
    } else if (value.length > longest) problems.push({ field, kind: "too-long" });
    else if (field === "country" && !/^[A-Z]{2}$/.test(value)) problems.push({ field, kind: "country" });
    else if (field === "approverRepresentativeEmail" && !isMailAddress(value))
      problems.push({ field, kind: "email" });
    else if (field === "approverRepresentativePhone" && !/^\+\d[\d ()-]{6,20}$/.test(value))
      problems.push({ field, kind: "phone" });
    else if (field === "kvk" && organisation.country === "NL" && !/^\d{8}$/.test(value))
      problems.push({ field, kind: "kvk" });
  }
  return problems;
}

function isMailAddress(text: string): boolean {
  return /^[^\s@<>"]{1,64}@[^\s@<>"]+\.[^\s@.<>"]+$/.test(text);
}
