import { endsSoon, type Need, priorityOfNeed, priorityToBegin } from "../../src/model/ca-priority.ts";

const day = 86_400_000;
const now = new Date("2027-01-01T00:00:00Z");
const inDays = (days: number): Date => new Date(now.getTime() + days * day);

/** A reissue of a 200-day certificate that ends in so many days. */
function reissue(daysLeft: number, urgent = false): Need {
  return {
    kind: "reissue",
    replaces: { notBefore: inDays(daysLeft - 200), notAfter: inDays(daysLeft) },
    urgent,
  };
}

test.each([
  ["an order", "issued", "issued", { kind: "order", replaces: null, urgent: false }],
  ["a renewal", "issued", "issued", { kind: "renewal", replaces: reissue(20).replaces, urgent: false }],
  ["a reissue with weeks to go", "background", "new-work", reissue(29)],
  ["one of many that are urgent", "urgent", "background", reissue(29, true)],
  ["a reissue whose certificate ends soon", "issued", "issued", reissue(14)],
  ["one that is late and urgent", "issued", "issued", reissue(3, true)],
  ["a reissue of a certificate that has ended", "issued", "issued", reissue(-2)],
  ["a reissue that replaces nobody knows what", "background", "new-work", { ...reissue(1), replaces: null }],
] as const)("how urgent %s is: calls about it %s, to begin it %s", (_what, about, begin, need) => {
  expect([priorityOfNeed(need, now), priorityToBegin(need, now)]).toEqual([about, begin]);
});

test.each([
  [398, 15],
  [47, 47 / 6],
  [10, 2.5],
])("a certificate of %d days ends soon from %d days before its end", (life, days) => {
  const ends = (left: number): boolean =>
    endsSoon({ notBefore: inDays(left - life), notAfter: inDays(left) }, now);
  expect([ends(days + 0.01), ends(days - 0.01)]).toEqual([false, true]);
});
