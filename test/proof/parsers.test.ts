import fc from "fast-check";
import { properties } from "./parser-properties.ts";

/* The same inputs in every run; other ones, and many more, come from `scripts/fuzz`. */
beforeAll(() => fc.configureGlobal({ seed: 20_261_126 }));
afterAll(() => fc.resetConfigureGlobal());

test.each([
  ["webhook parameters", 5_000],
  ["host names", 5_000],
  ["certificates", 300],
  ["certificate requests", 300],
  ["private keys, EC", 300],
  ["private keys, RSA", 100],
])(
  "parsing %s: nothing crashes, hangs, or is accepted that the independent reader refuses",
  async (name, runs) => {
    const property = (await properties()).get(name);
    expect(property).toBeDefined();
    await property?.(runs);
  },
);
