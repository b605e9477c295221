import { parseHostName } from "../../src/model/host-name.ts";
import { freeNameOf, offersFor, type Product, priceOf } from "../../src/model/product.ts";
import { forecastReissues } from "../../src/model/reissue-forecast.ts";

/* What decides at the border between two answers. */

const minute = 60_000;
const n = parseHostName;

describe("offers", () => {
  const product = (changes: Partial<Product>): Product => ({
    id: 1,
    brand: "Sectigo",
    name: "A",
    type: "SINGLE",
    validation: "DV",
    includedNames: 1,
    maxNames: null,
    prices: [{ years: 1, cents: 900, extraCents: 100, extraWildcardCents: 500 }],
    ...changes,
  });

  test("the free name of a name", () => {
    expect(
      ["example.nl", "www.example.nl", "*.example.nl", "wwww.example.nl"].map((name) => freeNameOf(n(name))),
    ).toEqual(["www.example.nl", "example.nl", "example.nl", "www.wwww.example.nl"]);
  });

  test("for no name nothing is offered", () => {
    expect(
      offersFor([product({}), product({ type: "MULTI" }), product({ type: "WILDCARD" })], [], "all"),
    ).toEqual([]);
  });

  test("as many names as a product takes, and no more", () => {
    const multi = product({ type: "MULTI", maxNames: 2 });
    const names = ["a.nl", "b.nl", "c.nl"].map(n);
    expect(offersFor([multi], names.slice(0, 2), "all")).toHaveLength(1);
    expect(offersFor([multi], names, "all")).toEqual([]);
  });

  test("a wildcard offer says below which name it reaches, and a single offer nothing of the kind", () => {
    const wildcard = product({ type: "WILDCARD" });
    const [offer] = offersFor([wildcard], ["a.example.nl", "b.example.nl", "example.nl"].map(n), "all");
    expect(offer).toMatchObject({ names: ["*.example.nl"], freeName: true, wildcardOf: "example.nl" });
    expect(offersFor([wildcard], ["a.example.nl", "b.example.org"].map(n), "all")).toEqual([]);
    expect(offersFor([product({})], [n("a.nl")], "all")).toMatchObject([
      { wildcardOf: null, freeName: false, cents: 900, exact: true },
    ]);
    expect(offersFor([wildcard], ["a.shop.example.nl", "b.shop.example.nl"].map(n), "all")).toMatchObject([
      { names: ["*.shop.example.nl"], freeName: false },
    ]);
    expect(offersFor([product({ type: "MULTI" })], [n("*.a.nl")], "all")).toEqual([]);
    expect(offersFor([product({ type: "MULTI" })], ["*.a.nl", "b.nl"].map(n), "all")).toMatchObject([
      { wildcardOf: null, freeName: false },
    ]);
  });

  test("grade, then price, then name, then number, then term", () => {
    const price = (cents: number | null, years = 1) => ({
      years,
      cents,
      extraCents: null,
      extraWildcardCents: null,
    });
    const sold = [
      product({ id: 8, validation: "EV", prices: [price(1)] }),
      product({ id: 7, validation: "OV", prices: [price(2)] }),
      product({ id: 6, name: "B", prices: [price(900)] }),
      product({ id: 5, name: "A", prices: [price(900)] }),
      product({ id: 4, name: "A", prices: [price(1800, 2), price(900)] }),
      product({ id: 3, name: "A", prices: [price(null)] }),
    ];
    expect(offersFor(sold, [n("a.nl")], "all").map(({ product: { id }, years }) => [id, years])).toEqual([
      [4, 1],
      [4, 2],
      [5, 1],
      [6, 1],
      [3, 1],
      [7, 1],
      [8, 1],
    ]);
  });

  test("the price of a term that is not sold is not known", () => {
    expect(priceOf(product({}), 2, [n("a.nl")])).toEqual({ cents: null, exact: false });
    const multi = product({ type: "MULTI", includedNames: 2 });
    expect(priceOf(multi, 1, ["a.nl", "b.nl"].map(n))).toEqual({ cents: 900, exact: true });
    expect(priceOf(multi, 1, ["a.nl", "b.nl", "c.nl", "*.d.nl"].map(n))).toEqual({
      cents: 1500,
      exact: false,
    });
    const noExtra = product({
      type: "MULTI",
      prices: [{ years: 1, cents: 900, extraCents: null, extraWildcardCents: 1 }],
    });
    expect(priceOf(noExtra, 1, ["a.nl", "b.nl"].map(n))).toEqual({ cents: null, exact: false });
    // Only what a product of several names counts as extra costs extra.
    expect(priceOf(product({ includedNames: 0 }), 1, [n("a.nl")])).toEqual({ cents: 900, exact: true });
  });

  test("how long reissues take is rounded up to whole minutes", () => {
    expect(forecastReissues(1, 1)).toBe(12 * minute);
    expect(forecastReissues(9, 100)).toBe(minute);
    expect(forecastReissues(1, -1)).toBeNull();
  });
});
