import fc from "fast-check";
import { CodedError } from "../../src/errors.ts";
import { parseCertificates } from "../../src/model/certificate.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";

const leaf = new TestAuthority(testNow).leaf(["example.nl"]);

test("flipped bytes never make it throw anything but its own error", () => {
  const der = Buffer.from(leaf.pem.replace(/-----[^-]+-----/g, ""), "base64");
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const broken = Buffer.from(der);
      broken[at] = (broken[at] ?? 0) ^ change;
      try {
        parseCertificates(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    }),
    { numRuns: 2000 },
  );
});
