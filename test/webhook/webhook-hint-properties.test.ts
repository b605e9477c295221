import fc from "fast-check";
import { parseHint } from "../../src/webhook/webhook-hint.ts";

test("whatever comes, it is refused or a valid hint, and nothing is thrown", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "RequestId",
      "Status",
      "State",
      "Domain",
      "=",
      "&",
      "%",
      "%41",
      "+",
      "Issued",
      "7",
      "[",
      "]",
    ),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const hint = parseHint(pieces.join(""));
      if (hint === null) return;
      expect(hint.requestId).toBeGreaterThan(0);
      expect(Number.isSafeInteger(hint.requestId)).toBe(true);
      expect(hint.status).toMatch(/^[\x20-\x7e]{1,64}$/);
      if (hint.state !== null) expect(hint.state).toMatch(/^[\x20-\x7e]{1,64}$/);
    }),
    { numRuns: 5000 },
  );
});
