import type { Product } from "./catalogue.ts";
import type { ApproverRules, ChosenMethod } from "./dcv-form.ts";
import { readDcvType, readMethods } from "./dcv-form.ts";
import { freeExtraName, isCertifiableName, isWildcard } from "./host-names.ts";
import type { OrderDetails } from "./order.ts";
import { detailFields } from "./order.ts";
import { FormErrors } from "./refusal.ts";
import type { RequestForm } from "./request-form.ts";
import { booleanField, integerField, textField } from "./request-form.ts";
import type { SigningRequest } from "./signing-request.ts";
import { readSigningRequest, UnusableSigningRequest } from "./signing-request.ts";
import type { Switches } from "./switches.ts";

/** An order, reissue or renewal that was found in order. */
export interface OrderForm {
  product: Product;
  years: number;
  csr: SigningRequest;
  uniqueValue: string | undefined;
  names: string[];
  freeName: string | undefined;
  methods: ChosenMethod[];
  details: OrderDetails;
  saEmail: string | undefined;
}

/** What is known before the form is read. */
export interface OrderContext extends ApproverRules {
  kind: "order" | "reissue" | "renewal";
  products: readonly Product[];
  /** For a reissue and a renewal: what the certificate at hand has. */
  original?: { product: Product; years: number; commonName: string; details: OrderDetails };
}

const languages = ["en", "de", "fr", "nl", "da", "es", "sv", "it"];

/**
 * Reads R3, C4 and C5 (spec xolphin-api §3.3, §5.4, §5.5), with everything that is wrong reported in one answer.
 * @throws Refusal
 */
export function readOrderForm(form: RequestForm, context: OrderContext): OrderForm {
  const errors = new FormErrors();
  const { switches } = context;
  const product = readProduct(form, context, errors);
  const years = readYears(form, context, product, errors);
  const csr = readCsr(form, switches, errors);
  const dcvType = readDcvType(textField(form, "dcvType"), "dcvType", switches, errors);
  const commonName = csr === undefined ? undefined : readCommonName(csr, errors);
  const language = textField(form, "language");
  if (language !== undefined && !languages.includes(language)) {
    errors.add("language", "This language is not available.");
  }
  const uniqueValue = textField(form, "uniqueValueDcv");
  if (uniqueValue !== undefined && !/^[A-Za-z0-9]{1,20}$/.test(uniqueValue)) {
    errors.add("uniqueValueDcv", "This value must have at most 20 letters and digits.");
  }
  const details = readDetails(form, context, csr, product, errors);
  const saEmail = textField(form, "sa_email");
  if (saEmail !== undefined && !isMailAddress(saEmail)) errors.add("sa_email", "This is no e-mail address.");
  if (product?.type === "CODESIGNING" && textField(form, switches.certenrollField) === undefined) {
    errors.add(switches.certenrollField, "This value should not be blank.");
  }
  if (product === undefined || years === undefined || csr === undefined || commonName === undefined) {
    errors.refuseIfAny();
    throw new Error("A missing part of an order was not reported.");
  }
  const names = readNames(form, commonName, product, context, errors);
  const withFreeName =
    (product.type === "SINGLE" || product.type === "WILDCARD") &&
    !booleanField(form, "disableFreeSan", switches.booleanParts) &&
    !names.includes(freeExtraName(commonName));
  const freeName = withFreeName ? freeExtraName(commonName) : undefined;
  const allNames = freeName === undefined ? names : [...names, freeName];
  const methods = readMethods(form, allNames, freeName, dcvType, context, errors);
  errors.refuseIfAny();
  return { product, years, csr, uniqueValue, names, freeName, methods, details, saEmail };
}

function readProduct(form: RequestForm, context: OrderContext, errors: FormErrors): Product | undefined {
  if (context.kind === "reissue") return context.original?.product;
  const id = integerField(form, "product");
  const product = context.products.find((candidate) => candidate.id === id);
  if (id === undefined) errors.add("product", "This value should not be blank.");
  else if (product === undefined) errors.add("product", "This product does not exist.");
  return product;
}

function readYears(
  form: RequestForm,
  context: OrderContext,
  product: Product | undefined,
  errors: FormErrors,
): number | undefined {
  if (context.kind === "reissue") return context.original?.years;
  const years = integerField(form, "years");
  if (years === undefined) errors.add("years", "This value should not be blank.");
  else if (product !== undefined && !product.prices.some((price) => price.years === years)) {
    errors.add("years", "This value is not valid for the selected product.");
  }
  return years;
}

function readCsr(form: RequestForm, switches: Switches, errors: FormErrors): SigningRequest | undefined {
  const text = textField(form, "csr");
  if (text === undefined) {
    errors.add("csr", "This value should not be blank.");
    return undefined;
  }
  try {
    const csr = readSigningRequest(text);
    if (csr.keyType === "EC" && switches.ecKeys === "refused") {
      errors.add("csr", "The key type of the CSR is not supported.");
    }
    return csr;
  } catch (cause) {
    if (!(cause instanceof UnusableSigningRequest)) throw cause;
    errors.add("csr", cause.message);
    return undefined;
  }
}

function readCommonName(csr: SigningRequest, errors: FormErrors): string | undefined {
  const name = csr.subject.commonName?.toLowerCase();
  if (name === undefined) errors.add("csr", "The CSR has no common name.");
  else if (!isCertifiableName(name)) errors.add("csr", "The common name of the CSR is not a domain name.");
  return name;
}

function readNames(
  form: RequestForm,
  commonName: string,
  product: Product,
  context: OrderContext,
  errors: FormErrors,
): string[] {
  const field = "subjectAlternativeNames";
  const listed = (textField(form, field) ?? "")
    .toLowerCase()
    .split(",")
    .filter((name) => name !== "");
  for (const name of listed) {
    if (!isCertifiableName(name)) errors.add(field, `${name} is not a domain name.`);
  }
  if (listed.includes(commonName) && context.switches.commonNameInSans === "refused") {
    errors.add(field, `${commonName} is the common name already.`);
  }
  if (new Set(listed).size < listed.length) errors.add(field, "A name is listed twice.");
  const names = [commonName, ...listed.filter((name) => name !== commonName)];
  const beyond = names.slice(1).filter((name) => name !== freeExtraName(commonName));
  if (product.type !== "MULTI" && beyond.length > 0) {
    errors.add(field, "The selected product covers one domain only.");
  }
  if (names.length > (product.maxDomains ?? Number.POSITIVE_INFINITY)) {
    errors.add(field, `The selected product covers at most ${product.maxDomains} domains.`);
  }
  if (product.type === "WILDCARD" && !isWildcard(commonName)) {
    errors.add("csr", "The common name must be a wildcard for the selected product.");
  }
  if (product.type === "SINGLE" && isWildcard(commonName)) {
    errors.add("csr", "The common name must not be a wildcard for the selected product.");
  }
  const original = context.original?.commonName;
  if (context.kind === "reissue" && product.type !== "MULTI" && original !== commonName) {
    errors.add("csr", "The common name must be that of the certificate.");
  }
  return names;
}

const companyFields = ["company", "address", "zipcode", "city", "country"] as const;
const representativeFields = [
  ["approverRepresentativeFirstName", "approverFirstName"],
  ["approverRepresentativeLastName", "approverLastName"],
  ["approverRepresentativeEmail", "approverEmail"],
  ["approverRepresentativePhone", "approverPhone"],
] as const;

function readDetails(
  form: RequestForm,
  context: OrderContext,
  csr: SigningRequest | undefined,
  product: Product | undefined,
  errors: FormErrors,
): OrderDetails {
  const details: OrderDetails = { ...context.original?.details };
  // A reissue or renewal is an order of its own on our side, so it never inherits the reference.
  delete details.reference;
  for (const field of detailFields) {
    const value = textField(form, field);
    if (value !== undefined) details[field] = value;
  }
  const organization = csr?.subject.organization;
  if (details.company === undefined && organization !== undefined) details.company = organization;
  const contact = context.switches.contactRequired;
  const identified = product !== undefined && product.validation !== "DV";
  const needed: string[] = identified ? companyFields.filter((field) => details[field] === undefined) : [];
  if (identified || contact === "representative") {
    for (const [field, deprecated] of representativeFields) {
      if (details[field] === undefined && details[deprecated] === undefined) needed.push(field);
    }
  } else if (contact === "approverEmail" && details.approverEmail === undefined) {
    needed.push("approverEmail");
  }
  for (const field of needed) errors.add(field, "This value should not be blank.");
  if (details.country !== undefined && !/^[A-Z]{2}$/.test(details.country)) {
    errors.add("country", "This value is not a country code.");
  }
  const address = details.approverRepresentativeEmail;
  if (address !== undefined && !isMailAddress(address)) {
    errors.add("approverRepresentativeEmail", "This is no e-mail address.");
  }
  return details;
}

export function isMailAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text);
}

/** Every part an order may carry; what is beyond them is noted in the list of requests. */
export const orderFields: readonly string[] = [
  ...detailFields,
  ...["product", "years", "csr", "dcvType", "subjectAlternativeNames", "dcv", "language", "uniqueValueDcv"],
  ...["disableFreeSan", "referenceOrderNr", "sa_email", "certenroll_email", "certenrollEmail"],
  "certificateChainAlternative",
];
