import { type HostName, isWildcard, parents, registrableName, withoutWildcard } from "./host-name.ts";

/** A product of the CA with this account's prices (spec xolphin-api §6.1), as far as ordering needs it. */
export interface Product {
  readonly id: number;
  readonly brand: string;
  readonly name: string;
  readonly type: "SINGLE" | "MULTI" | "WILDCARD";
  readonly validation: "DV" | "OV" | "EV";
  /** Names in the price; MULTI only. */
  readonly includedNames: number;
  readonly maxNames: number | null;
  readonly prices: readonly Price[];
}

export interface Price {
  /** 0: a trial of thirty days. */
  readonly years: number;
  /** Euro cents without VAT; null where the CA does not say. */
  readonly cents: number | null;
  readonly extraCents: number | null;
  readonly extraWildcardCents: number | null;
}

/** One product and term for the names that were chosen, and how it is ordered. */
export interface Offer {
  readonly product: Product;
  readonly years: number;
  readonly cents: number | null;
  /** False: what the CA counts as included is not certain, and it may be less (U19). */
  readonly exact: boolean;
  /** As sent to the CA, the common name first, without the name that comes for free. */
  readonly names: readonly HostName[];
  /** The CA's free extra name is wanted (spec xolphin-api §9.4). */
  readonly freeName: boolean;
  /** The certificate is good for more than was chosen: every name of one label below this one. */
  readonly wildcardOf: HostName | null;
}

/** `www.x` for `x`, `x` for `www.x` and for `*.x`: what the CA adds to one name for free (spec xolphin-api §9.4). */
export function freeNameOf(name: HostName): HostName {
  const bare = withoutWildcard(name);
  if (isWildcard(name)) return bare;
  return (bare.startsWith("www.") ? bare.slice(4) : `www.${bare}`) as HostName;
}

/** The products that the chosen names need and the policy allows, cheapest first within DV, OV and EV; what has no price comes last. */
export function offersFor(
  products: readonly Product[],
  names: readonly HostName[],
  allowed: "all" | readonly number[],
): Offer[] {
  const offers = products
    .filter(({ id }) => allowed === "all" || allowed.includes(id))
    .flatMap((product) => {
      const order = orderOf(product, names);
      if (order === null) return [];
      return product.prices.map(({ years }) => ({
        product,
        years,
        ...order,
        ...priceOf(product, years, order.names),
      }));
    });
  const grades = ["DV", "OV", "EV"];
  const rank = ({ product }: Offer): number => grades.indexOf(product.validation);
  const cheapest = new Map<number, number>();
  for (const { product, cents } of offers) {
    const known = cheapest.get(product.id) ?? Number.MAX_SAFE_INTEGER;
    cheapest.set(product.id, Math.min(known, cents ?? Number.MAX_SAFE_INTEGER));
  }
  const least = ({ product }: Offer): number => cheapest.get(product.id) ?? 0;
  return offers.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      least(a) - least(b) ||
      a.product.name.localeCompare(b.product.name) ||
      a.product.id - b.product.id ||
      a.years - b.years,
  );
}

/** How these names are ordered as this product; null when it does not fit them. */
function orderOf(
  product: Product,
  names: readonly HostName[],
): Pick<Offer, "names" | "freeName" | "wildcardOf"> | null {
  const [first] = names;
  if (first === undefined) return null;
  switch (product.type) {
    case "SINGLE":
      return orderOfSingle(names);
    case "WILDCARD":
      return orderOfWildcard(names);
    case "MULTI": {
      // A single one does the same for less.
      if (orderOfSingle(names) !== null || (names.length === 1 && isWildcard(first))) return null;
      if (names.length > (product.maxNames ?? Number.POSITIVE_INFINITY)) return null;
      const extraWildcards = product.prices.some(({ extraWildcardCents }) => extraWildcardCents !== null);
      if (names.some(isWildcard) && !extraWildcards) return null;
      return { names, freeName: false, wildcardOf: null };
    }
  }
}

function orderOfSingle(names: readonly HostName[]): Pick<Offer, "names" | "freeName" | "wildcardOf"> | null {
  const [first, second, third] = names;
  if (first === undefined || third !== undefined || names.some(isWildcard)) return null;
  if (second === undefined) return { names: [first], freeName: false, wildcardOf: null };
  return freeNameOf(first) === second ? { names: [first], freeName: true, wildcardOf: null } : null;
}

/** A wildcard fits when every name is one label below the same name, or that name itself. */
function orderOfWildcard(
  names: readonly HostName[],
): Pick<Offer, "names" | "freeName" | "wildcardOf"> | null {
  for (const base of parents(names[0] as HostName)) {
    const below = (name: HostName): boolean => name.slice(name.indexOf(".") + 1) === base;
    if (!names.every((name) => name === base || below(name))) continue;
    // A single name and its `www.` need no wildcard, unless one was asked for.
    if (orderOfSingle(names) !== null) return null;
    if (registrableName(base) === null) return null;
    return { names: [`*.${base}` as HostName], freeName: names.includes(base), wildcardOf: base };
  }
  return null;
}

/**
 * What the CA will charge. Whether the names in the price count the common name is not known (U19): counted so that the
 * result is never too low, and marked when it may be too high.
 */
export function priceOf(
  product: Product,
  years: number,
  names: readonly HostName[],
): { cents: number | null; exact: boolean } {
  const price = product.prices.find((candidate) => candidate.years === years);
  if (price === undefined || price.cents === null) return { cents: null, exact: false };
  const extra = product.type === "MULTI" ? names.slice(product.includedNames) : [];
  if (extra.length === 0) return { cents: price.cents, exact: true };
  const wildcards = extra.filter(isWildcard).length;
  if (price.extraCents === null || (wildcards > 0 && price.extraWildcardCents === null))
    return { cents: null, exact: false };
  const cents =
    price.cents + (extra.length - wildcards) * price.extraCents + wildcards * (price.extraWildcardCents ?? 0);
  return { cents, exact: false };
}
