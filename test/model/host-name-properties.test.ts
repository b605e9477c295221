import { domainToASCII } from "node:url";
import fc from "fast-check";
import { CodedError } from "../../src/errors.ts";
import { asHostName, parseHostName, withoutWildcard } from "../../src/model/host-name.ts";

test("whatever is accepted is in normal form: parsing it again changes nothing, and domainToASCII agrees", () => {
  const part = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (labels) => {
      const name = asHostName(labels.join("."));
      if (name === null) return;
      expect(name).toMatch(/^(\*\.)?[a-z0-9.-]{1,253}$/);
      expect(asHostName(name)).toBe(name);
      expect(domainToASCII(withoutWildcard(name))).toBe(withoutWildcard(name));
    }),
    { numRuns: 5000 },
  );
});

test("no input makes it throw anything but its own error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      try {
        parseHostName(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    }),
  );
});
