import { z } from "zod";
import { CodedError } from "../errors.ts";

/*
 * What is read of the CA's answers, as tolerant as spec xolphin-api §12 asks: unknown keys are ignored, missing ones
 * allowed, numbers and booleans coerced. Only an unusable id refuses the whole answer.
 */

export const id = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);

const text = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null)
  .transform((value) => (value == null || value === "" ? null : value));
const whole = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,9}$/)
      .transform(Number),
    z.boolean().transform(Number),
  ])
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .nullish()
  .catch(null)
  .transform((value) => value === true || value === 1 || value === "1" || value === "true");

/** `2016-05-23T09:56:03+0200`, RFC 3339, with fractions, a bare date, or no offset at all (then Dutch time) (U16). */
const date = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => readDate(value ?? ""));

/** PHP writes an array with gaps as an object with numeric keys; `null` or a missing key is an empty list. */
function list<T extends z.ZodType>(item: T) {
  return z.unknown().optional().transform(toArray).pipe(z.array(item));
}

function toArray(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

const product = z
  .object({ id: whole, name: text, brand: text })
  .nullish()
  .catch(null)
  .transform((value) => value ?? { id: null, name: null, brand: null });

const noteShape = z.object({
  id: whole,
  contact: text,
  staff: text,
  message: text,
  createdAt: date,
  endCustomer: flag,
});
export type CaNote = z.output<typeof noteShape>;
export const noteList = list(noteShape);

const dcvDomain = z.object({
  domain: z.string().min(1).max(260),
  status: flag,
  statusDetail: whole,
  statusMessage: text,
  dcvType: text.transform((value) => {
    const type = value?.toUpperCase();
    return type === "DNS" || type === "FILE" || type === "EMAIL" ? type : null;
  }),
  dcvEmail: text.transform((value) => (value === "Not Yet Set" ? null : value)),
  dnsRecord: text,
  dnsCnameValue: text,
  fileLocation: text,
  fileContents: text,
});
export type CaDcvDomain = z.output<typeof dcvDomain>;

const step = z
  .object({ status: flag, statusDetail: whole, statusMessage: text, domains: list(dcvDomain) })
  .transform(({ status, statusDetail, statusMessage, domains }) => ({
    done: status,
    // Attention: the CA has sent a mail with details (spec xolphin-api §3.2.1).
    attention: statusDetail === -1,
    text: statusMessage ?? "",
    domains,
  }));

const validations = z
  .record(z.string(), z.unknown())
  .nullish()
  .catch(null)
  .transform((value) =>
    Object.entries(value ?? {}).flatMap(([key, group]) => {
      const parsed = step.safeParse(group);
      return parsed.success ? [{ key, ...parsed.data }] : [];
    }),
  );

const embedded = z
  .object({ product, notes: noteList })
  .nullish()
  .catch(null)
  .transform((value) => value ?? { product: { id: null, name: null, brand: null }, notes: [] as CaNote[] });

export const caRequest = z
  .object({
    id,
    domainName: text,
    subjectAlternativeNames: list(z.string()),
    years: whole,
    company: text,
    reference: text,
    dateOrdered: date,
    requiresAction: flag,
    brandValidation: flag,
    validations,
    _embedded: embedded,
  })
  .transform(({ _embedded, validations: steps, ...rest }) => ({
    ...rest,
    steps: steps.map(({ domains: _domains, ...group }) => group),
    dcvDomains: steps.find(({ key }) => key === "dcv")?.domains ?? [],
    product: _embedded.product,
    notes: _embedded.notes,
  }));
export type CaRequest = z.output<typeof caRequest>;

export const caCertificate = z
  .object({
    id,
    domainName: text,
    subjectAlternativeNames: list(z.string()),
    dateIssued: date,
    dateExpired: date,
    dateSubscriptionExpired: date,
    company: text,
    valid: z.union([flag, z.undefined()]).optional(),
    _embedded: embedded,
  })
  .transform(({ _embedded, ...rest }) => ({ ...rest, product: _embedded.product }));
export type CaCertificate = z.output<typeof caCertificate>;

/** Money in whole cents; the text stays for showing. */
const money = z
  .union([z.string(), z.number().transform((value) => value.toFixed(2))])
  .nullish()
  .catch(null)
  .transform((value) =>
    value != null && /^\d{1,7}(\.\d{1,2})?$/.test(value)
      ? { text: value, cents: Math.round(Number(value) * 100) }
      : null,
  );

const price = z
  .object({
    years: whole,
    price: money,
    extraPrice: money,
    priceExtra: money,
    extraPriceWildcard: money,
    priceExtraWildcard: money,
  })
  .transform((value) => ({
    years: value.years ?? 0,
    price: value.price,
    extraPrice: value.extraPrice ?? value.priceExtra,
    extraPriceWildcard: value.extraPriceWildcard ?? value.priceExtraWildcard,
  }));

export const caProduct = z
  .object({
    id,
    brand: text,
    name: text,
    type: text,
    validation: text,
    includedDomains: whole,
    includeDomains: whole,
    maxDomains: whole,
    prices: list(price),
  })
  .transform(({ includeDomains, includedDomains, ...rest }) => ({
    ...rest,
    includedDomains: includedDomains ?? includeDomains,
  }));
export type CaProduct = z.output<typeof caProduct>;

const altNames = list(
  z.union([z.string(), z.object({ dNSName: z.string() }).transform((value) => value.dNSName)]),
);
export const decodedCsr = z.object({
  cn: text,
  country: text,
  state: text,
  city: text,
  company: text,
  size: whole,
  type: text,
  altNames,
});

export const validationCalls = z
  .object({ list: list(z.object({ requestId: whole, date: text, time: text })) })
  .transform((value) => value.list);

export const emailAddresses = z.array(z.string().max(320));
export const sslCheck = z.object({ ifaceName: text, passed: flag });

/**
 * One page of a collection; `name` is its key under `_embedded`. An item that can't be read makes the page unreadable, and so does
 * an answer that is no page, or that does not say how many there are and holds fewer items than there shall be: a list with
 * a silent gap would say that something is gone.
 */
export function page<T extends z.ZodType>(name: string, item: T) {
  const embeddedItems = z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((value) => value?.[name])
    .pipe(list(item));
  return z
    .object({ page: whole, pages: whole, total: whole, _embedded: embeddedItems.optional() })
    .refine(({ pages, total, _embedded }) => pages !== null || total !== null || _embedded !== undefined)
    .refine(({ pages, total, _embedded }) => pages !== null || (total ?? 0) <= (_embedded ?? []).length)
    .transform((value) => ({ pages: value.pages ?? 1, total: value.total, items: value._embedded ?? [] }));
}

/** Throws `ca-answer-unreadable` when the answer has not even the shape we rely on. */
export function readAnswer<T extends z.ZodType>(schema: T, answer: unknown, what: string): z.output<T> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new CodedError("ca-answer-unreadable", { detail: `${what}: ${where === "" ? "no object" : where}` });
}

/** The object must be the one that was asked for: a proxy or a bug may answer with another (F-11). */
export function sameId<T extends { readonly id: number }>(answer: T, asked: number, what: string): T {
  if (answer.id === asked) return answer;
  throw new CodedError("ca-answer-unreadable", { detail: `${what}: asked for ${asked}, got ${answer.id}` });
}

function readDate(value: string): Date | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(
    value.trim(),
  );
  if (match === null) return null;
  const [, day = "", time = "00:00:00", offset] = match;
  // Without an offset it is the vendor's own time zone; an hour of daylight saving is below what we decide on.
  const zone = offset === undefined ? "+01:00" : offset.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const parsed = new Date(`${day}T${time}${zone}`);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}
