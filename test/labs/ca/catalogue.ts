/** The product catalogue: ids and names of spec xolphin-api §6.1 where one was seen, all prices invented. */

export interface Product {
  id: number;
  brand: string;
  name: string;
  /** `CODESIGNING` stands for the types a client does not know (spec §6.1). */
  type: "SINGLE" | "MULTI" | "WILDCARD" | "CODESIGNING";
  validation: "DV" | "OV" | "EV";
  /** MULTI only. */
  includedDomains?: number;
  maxDomains?: number;
  prices: Price[];
}

export interface Price {
  /** 0 is a trial of thirty days (spec §6.1). */
  years: number;
  price: string;
  extraPrice?: string;
  extraPriceWildcard?: string;
}

function yearly(...prices: string[]): Price[] {
  return prices.map((price, index) => ({ years: index + 1, price }));
}

function multi(price: string, extraPrice: string, extraPriceWildcard: string): Price[] {
  return [{ years: 1, price, extraPrice, extraPriceWildcard }];
}

export const catalogue: readonly Product[] = [
  {
    id: 2,
    brand: "Sectigo",
    name: "InstantSSL",
    type: "SINGLE",
    validation: "OV",
    prices: yearly("49.00", "89.00"),
  },
  {
    id: 6,
    brand: "Sectigo",
    name: "InstantSSL Test",
    type: "SINGLE",
    validation: "OV",
    prices: [{ years: 0, price: "0.00" }],
  },
  {
    id: 11,
    brand: "GeoTrust",
    name: "RapidSSL",
    type: "SINGLE",
    validation: "DV",
    prices: yearly("12.00", "22.00"),
  },
  {
    id: 41,
    brand: "Sectigo",
    name: "EV",
    type: "SINGLE",
    validation: "EV",
    prices: yearly("149.00", "269.00"),
  },
  {
    id: 90,
    brand: "Sectigo",
    name: "EssentialSSL",
    type: "SINGLE",
    validation: "DV",
    prices: yearly("9.00", "16.00", "23.00"),
  },
  {
    id: 9001,
    brand: "Sectigo",
    name: "EssentialSSL Wildcard",
    type: "WILDCARD",
    validation: "DV",
    prices: yearly("70.00", "130.00"),
  },
  {
    id: 9002,
    brand: "Sectigo",
    name: "Multi Domain SSL",
    type: "MULTI",
    validation: "OV",
    includedDomains: 3,
    maxDomains: 100,
    prices: multi("90.00", "20.00", "95.00"),
  },
  {
    id: 9003,
    brand: "Sectigo",
    name: "PositiveSSL Multi Domain",
    type: "MULTI",
    validation: "DV",
    includedDomains: 3,
    maxDomains: 100,
    prices: multi("29.00", "9.00", "79.00"),
  },
  {
    id: 9004,
    brand: "DigiCert",
    name: "Secure Site Multi",
    type: "MULTI",
    validation: "DV",
    includedDomains: 4,
    maxDomains: 25,
    prices: multi("190.00", "90.00", "290.00"),
  },
  {
    id: 9005,
    brand: "Sectigo",
    name: "Code Signing",
    type: "CODESIGNING",
    validation: "OV",
    prices: yearly("199.00"),
  },
];

/** Comodo and Sectigo are one (spec §6.2); everything else here belongs to DigiCert. */
export function isSectigo(product: Product): boolean {
  return product.brand === "Sectigo" || product.brand === "Comodo";
}

/** What an order costs the account, in cents, under one reading of `includedDomains` (spec §14 U19). */
export function priceInCents(
  product: Product,
  years: number,
  names: readonly string[],
  includedCountsCommonName: boolean,
): number {
  const price = product.prices.find((candidate) => candidate.years === years);
  if (price === undefined) throw new Error(`Product ${product.id} is not sold for ${years} years.`);
  const counted = includedCountsCommonName ? names : names.slice(1);
  const extra = product.type === "MULTI" ? counted.slice(product.includedDomains ?? 0) : [];
  const wildcards = extra.filter((name) => name.startsWith("*.")).length;
  return (
    cents(price.price) +
    (extra.length - wildcards) * cents(price.extraPrice ?? "0.00") +
    wildcards * cents(price.extraPriceWildcard ?? "0.00")
  );
}

function cents(decimal: string): number {
  return Math.round(Number(decimal) * 100);
}
