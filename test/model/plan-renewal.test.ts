import type { HostName } from "../../src/model/host-name.ts";
import {
  namesToCarry,
  planRenewal,
  type RenewalLook,
  renewalDue,
  renewalLead,
  termLeft,
} from "../../src/model/plan-renewal.ts";

const day = 86_400_000;
const now = new Date("2027-01-01T00:00:00Z");
const inDays = (days: number): Date => new Date(now.getTime() + days * day);
const policy = { reissue: "automatic", renewal: "ask", keepOldKeysDays: 30, keyExportBy: [] } as const;

/** A 200-day certificate with a month to go, in the middle of a term of two years. */
function look(changes: Partial<RenewalLook> = {}): RenewalLook {
  return {
    notBefore: inDays(-171),
    notAfter: inDays(29),
    termEnd: inDays(400),
    policy,
    choice: null,
    announced: false,
    hurry: false,
    obstacle: null,
    failure: null,
    now,
    ...changes,
  };
}

describe("how long before its end a certificate is replaced", () => {
  test.each([
    [398, 30],
    [200, 30],
    [100, 30],
    [90, 30],
    [47, 47 / 3],
    [30, 10],
    [12, 5],
    [10, 5],
    [6, 3],
  ])("one of %d days: %d days", (life, lead) => {
    expect(renewalLead(now, inDays(life)) / day).toBeCloseTo(lead, 5);
  });

  test("the last one of its term, however short, fourteen days before its end or at once", () => {
    const due = (life: number): number =>
      (renewalDue({ notBefore: now, notAfter: inDays(life), termEnd: inDays(life) }).getTime() -
        now.getTime()) /
      day;
    expect([due(199), due(47), due(20), due(9)].map(Math.round)).toEqual([169, 31, 6, 0]);
  });

  test("always before the panel's own engine takes over three days before the end, for every lifetime of nine days and more", () => {
    for (let life = 9; life < 400; life += 1) {
      const due = renewalDue({ notBefore: now, notAfter: inDays(life), termEnd: null });
      expect((inDays(life).getTime() - due.getTime()) / day).toBeGreaterThan(4);
    }
  });
});

describe("what is not done", () => {
  test("nothing before its time, and the next look is planned for it", () => {
    expect(planRenewal(look({ notAfter: inDays(31) }))).toEqual({ action: "nothing", next: inDays(1) });
  });
  test("an announcement months early, true or forged, orders nothing", () => {
    const step = planRenewal(look({ announced: true, notBefore: inDays(-1), notAfter: inDays(199) }));
    expect(step).toEqual({ action: "nothing", next: inDays(199 - 45) });
  });
  test("no new term without consent", () => {
    expect(planRenewal(look({ termEnd: inDays(29) }))).toMatchObject({
      action: "blocked",
      reason: "renewal-consent-needed",
    });
    expect(planRenewal(look({ termEnd: null }))).toMatchObject({ reason: "renewal-consent-needed" });
  });
  test("no new term where the holder said that this one may end", () => {
    expect(
      planRenewal(
        look({ termEnd: inDays(29), choice: "never", policy: { ...policy, renewal: "automatic" } }),
      ),
    ).toEqual({ action: "nothing", next: null });
  });
  test("midnight at the CA is no time left in the term", () => {
    expect(planRenewal(look({ termEnd: inDays(30.5) }))).toMatchObject({ reason: "renewal-consent-needed" });
  });
  test("no order while there is nothing it could be put on", () => {
    expect(planRenewal(look({ obstacle: "no-vhost", hurry: true }))).toEqual({
      action: "blocked",
      reason: "no-vhost",
      next: inDays(0.25),
    });
  });
  test("a refused order is not repeated on the same day", () => {
    const failure = { at: inDays(-0.5), reason: "ca-refused-order" } as const;
    expect(planRenewal(look({ failure }))).toEqual({
      action: "blocked",
      reason: "ca-refused-order",
      next: inDays(0.5),
    });
    expect(planRenewal(look({ failure: { ...failure, at: inDays(-1) } }))).toEqual({ action: "reissue" });
  });
  test("a certificate that ended a month ago and that nobody missed is left alone", () => {
    expect(planRenewal(look({ notAfter: inDays(-31) }))).toEqual({ action: "nothing", next: null });
  });
});

describe("what is done", () => {
  test("within the term another certificate is taken, of an expired one too", () => {
    expect(planRenewal(look())).toEqual({ action: "reissue" });
    expect(planRenewal(look({ notAfter: inDays(-3) }))).toEqual({ action: "reissue" });
  });
  test("the CA's announcement brings it forward by half the lead", () => {
    expect(planRenewal(look({ announced: true, notAfter: inDays(44), notBefore: inDays(-156) }))).toEqual({
      action: "reissue",
    });
  });
  test("where reissues are asked for, the holder is asked; a person who wants one gets it", () => {
    const asking = { ...policy, reissue: "ask" } as const;
    expect(planRenewal(look({ policy: asking }))).toMatchObject({ reason: "reissue-consent-needed" });
    expect(planRenewal(look({ policy: asking, hurry: true }))).toEqual({ action: "reissue" });
  });
  test("in a hurry at any time, also at the end of the term", () => {
    expect(planRenewal(look({ hurry: true, notAfter: inDays(190) }))).toEqual({ action: "reissue" });
    expect(planRenewal(look({ hurry: true, termEnd: inDays(29) }))).toEqual({ action: "reissue" });
  });
  test("a new term is bought with the holder's or the server's consent", () => {
    expect(planRenewal(look({ termEnd: inDays(29), choice: "automatic" }))).toEqual({ action: "renewal" });
    const automatic = { ...policy, renewal: "automatic" } as const;
    expect(planRenewal(look({ termEnd: inDays(29), policy: automatic }))).toEqual({ action: "renewal" });
  });
});

describe("borders", () => {
  test("only the last certificate of a known term is replaced earlier for that", () => {
    const due = (termEnd: Date | null) => renewalDue({ notBefore: now, notAfter: inDays(30), termEnd });
    expect([due(null), due(inDays(400)), due(inDays(30))]).toEqual([inDays(20), inDays(20), inDays(16)]);
  });
  test("two days more of a term are no time gained", () => {
    const left = (ms: number) => termLeft({ notAfter: now, termEnd: new Date(now.getTime() + 2 * day + ms) });
    expect([left(0), left(1)]).toEqual([false, true]);
    expect(termLeft({ notAfter: now, termEnd: null })).toBe(false);
  });
  test("at the very moment it is due something is done, and thirty days after its end still", () => {
    expect(planRenewal(look({ notAfter: inDays(30) }))).toEqual({ action: "reissue" });
    expect(planRenewal(look({ notAfter: inDays(-30) }))).toEqual({ action: "reissue" });
  });
  test("in a hurry a failure of today keeps nobody", () => {
    const failure = { at: now, reason: "ca-refused-order" } as const;
    expect(planRenewal(look({ failure, hurry: true }))).toEqual({ action: "reissue" });
  });
  test.each([
    ["a term that has ended", inDays(-1), inDays(29), false],
    ["a term that ends this moment", now, inDays(-1), false],
    ["no known term and an expired certificate", null, inDays(-1), false],
    ["no known term and a valid certificate", null, inDays(29), true],
    ["a term that goes on", inDays(1), inDays(-1), true],
  ])("in a hurry, %s: another certificate of it is taken or not", (_name, termEnd, notAfter, reissue) => {
    expect(planRenewal(look({ hurry: true, termEnd, notAfter }))).toMatchObject(
      reissue ? { action: "reissue" } : { reason: "renewal-consent-needed" },
    );
  });
});

describe("the names of the next certificate", () => {
  const names = (...list: string[]): HostName[] => list as HostName[];
  test("those that were served here and left the account are dropped", () => {
    expect(
      namesToCarry(
        names("a.test", "old.test", "elsewhere.test"),
        names("a.test", "old.test"),
        names("a.test", "www.a.test"),
      ),
    ).toEqual(["a.test", "elsewhere.test"]);
  });
  test("a wildcard stays while one of its names is here", () => {
    const wild = names("*.a.test");
    expect(namesToCarry(wild, names("x.a.test"), names("y.a.test"))).toEqual(wild);
  });
  test("never none", () => {
    expect(namesToCarry(names("a.test"), names("a.test"), [])).toEqual(["a.test"]);
  });
});
