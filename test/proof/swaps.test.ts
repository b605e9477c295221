import { judge } from "./judge-looks.ts";
import { faultsOf, swapCertificates } from "./swaps.ts";
import type { Look } from "./watch-served.ts";

/* Two hundred swaps: `scripts/swap-test`. */

const shown = (at: number, fingerprint: string, verified = true): Look => ({
  at,
  fingerprint,
  verified,
  notAfter: 0,
  problem: null,
});

test("I3 an older certificate, a failed handshake and a broken chain are found, an overlap of a moment is none", () => {
  const refused: Look = { ...shown(5_000, "b"), fingerprint: null, problem: "ECONNRESET" };
  const looks = [
    shown(0, "a"),
    shown(2_000, "b"),
    shown(2_500, "a"),
    shown(4_000, "a"),
    refused,
    shown(6_000, "b", false),
  ];
  expect(judge(looks, ["a", "b"])).toMatchObject({ older: 1, refused: ["ECONNRESET"], unverified: 1 });
});

test("I3 a run with too few handshakes, or in which not every certificate was seen, shows nothing", () => {
  const good = {
    swaps: 3,
    handshakes: 950,
    seconds: 10,
    certificatesSeen: 4,
    refused: [],
    unverified: 0,
    older: 0,
  };
  expect(faultsOf(good)).toEqual([]);
  expect(faultsOf({ ...good, handshakes: 500 })).toEqual([
    "only 50 handshakes a second were made instead of 100",
  ]);
  expect(faultsOf({ ...good, handshakes: 0, certificatesSeen: 0 })).toHaveLength(2);
  expect(faultsOf({ ...good, refused: ["ECONNRESET"], unverified: 1, older: 1 })).toHaveLength(3);
});

test("I3 while a certificate is replaced again and again, every handshake works and none shows an older one", async () => {
  const { refused, unverified, older, certificatesSeen, handshakes } = await swapCertificates(3);
  expect({ refused, unverified, older }).toEqual({ refused: [], unverified: 0, older: 0 });
  expect(certificatesSeen).toBe(4);
  expect(handshakes).toBeGreaterThan(20);
});
