import {
  type CoveringRequest,
  groupOf,
  isFreeIssuer,
  issuerOf,
  judgeCoverage,
} from "../../src/model/coverage.ts";
import { parseHostName } from "../../src/model/host-name.ts";

/* What decides at the border between two answers. */

const now = new Date("2026-11-24T09:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const n = parseHostName;

describe("how a website stands", () => {
  const names = ["example.test", "www.example.test"].map(n);
  const good = {
    fingerprint: "aa",
    issuer: "Sectigo Limited",
    names,
    notAfter: later(100 * day),
    selfSigned: false,
    complete: true,
    managed: false,
  };
  const judge = (changes: Partial<typeof good> | null, requests: CoveringRequest[] = []) =>
    judgeCoverage({
      names,
      look: { at: now, certificate: changes === null ? null : { ...good, ...changes } },
      requests,
      now,
    });
  const request = (changes: Partial<CoveringRequest>): CoveringRequest => ({
    reference: "xs-1",
    state: "validating",
    reason: null,
    fingerprint: null,
    ...changes,
  });

  test("fourteen days before its end it is fine, less than that it is ending", () => {
    expect(judge({ notAfter: later(14 * day) }).state).toBe("secured");
    expect(judge({ notAfter: later(14 * day - 1) }).state).toBe("ending");
    expect(judge({ notAfter: later(1) }).state).toBe("ending");
    expect(judge({ notAfter: now }).state).toBe("expired");
  });

  test("the worst of several is told", () => {
    expect(judge({ selfSigned: true, notAfter: now, complete: false }).state).toBe("self-signed");
    expect(judge({ notAfter: now, complete: false }).state).toBe("expired");
    expect(judge({ names: [n("other.test")], complete: false }).state).toBe("other-name");
    expect(judge({ names: names.slice(0, 1), complete: false }).state).toBe("untrusted");
  });

  test("an own certificate that ends soon is the one to follow while nothing is under way", () => {
    const own = request({ state: "installed", fingerprint: "aa", reference: "xs-own" });
    expect(judge({ notAfter: later(day) }, [own])).toEqual({
      state: "ending",
      uncovered: [],
      request: "xs-own",
    });
    expect(judge({ notAfter: later(day) }, [own, request({})])).toEqual({
      state: "under-way",
      uncovered: [],
      request: "xs-1",
    });
  });

  test("a good certificate of somebody else's leads to the order that is under way", () => {
    expect(judge({}, [request({})])).toMatchObject({ state: "under-way", request: "xs-1" });
    expect(judge({}, [request({ state: "needs-you" })])).toMatchObject({ state: "waiting" });
    expect(judge({}, [])).toMatchObject({ state: "secured", request: null });
    expect(judge({}, [request({ state: "draft" })])).toMatchObject({ state: "secured", request: null });
  });

  test("an installed request is nothing under way, whatever it brought", () => {
    expect(judge(null, [request({ state: "installed", fingerprint: "bb" })])).toEqual({
      state: "unprotected",
      uncovered: [],
      request: null,
    });
  });

  test("where nothing is shown, no name is named as uncovered", () => {
    expect(judge(null).uncovered).toEqual([]);
  });

  test("a wildcard of the site that is not covered makes nothing incomplete", () => {
    const site = ["example.test", "*.example.test"].map(n);
    const look = { at: now, certificate: { ...good, names: [n("example.test")] } };
    expect(judgeCoverage({ names: site, look, requests: [], now }).state).toBe("secured");
  });

  test.each(["Let's Encrypt", "ZeroSSL", "Google Trust Services", "BUYPASS AS"])(
    "%s costs nothing",
    (issuer) => {
      expect(isFreeIssuer(issuer)).toBe(true);
      expect(judge({ issuer }).state).toBe("free");
    },
  );

  test("an issuer is known by its organisation wherever that stands, else by its common name, else by all", () => {
    expect(issuerOf({ issuer: "CN=R11\nO=Let's Encrypt" })).toBe("Let's Encrypt");
    expect(issuerOf({ issuer: "OU=a\nL=b" })).toBe("OU=a, L=b");
    expect(issuerOf({ issuer: "OU=O=no" })).toBe("OU=O=no");
  });

  test("what is free is in order, what is not known yet is on its way", () => {
    expect([groupOf("free"), groupOf("unknown"), groupOf("waiting"), groupOf("ending")]).toEqual([
      "secured",
      "under-way",
      "problems",
      "problems",
    ]);
  });
});
