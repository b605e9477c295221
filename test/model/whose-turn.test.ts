import type { RequestState } from "../../src/model/request.ts";
import { type Turn, whoseTurn } from "../../src/model/whose-turn.ts";

const nextLook = new Date("2026-11-24T09:05:00Z");

test.each<[RequestState, Omit<Turn, "nextLook">]>([
  ["draft", { tone: "act", owner: "you", expected: null }],
  ["ordering", { tone: "busy", owner: "nobody", expected: "seconds" }],
  ["validating", { tone: "busy", owner: "ca", expected: "minutes" }],
  ["issuing", { tone: "busy", owner: "ca", expected: "minutes" }],
  ["issued", { tone: "busy", owner: "nobody", expected: "seconds" }],
  ["installing", { tone: "busy", owner: "nobody", expected: "minutes" }],
  ["installed", { tone: "good", owner: "nobody", expected: null }],
  ["needs-you", { tone: "act", owner: "you", expected: null }],
  ["failed", { tone: "act", owner: "you", expected: null }],
  ["cancelled", { tone: "ended", owner: "nobody", expected: null }],
  ["deleted", { tone: "ended", owner: "nobody", expected: null }],
])("a request that is %s, with nothing wrong", (state, expected) => {
  expect(whoseTurn({ state, reason: null, nextLook })).toEqual({ ...expected, nextLook });
});

test.each<[string, Parameters<typeof whoseTurn>[0]["reason"], RequestState, Omit<Turn, "nextLook">]>([
  [
    "what the host must do is the host's turn",
    "panel-refused-us",
    "needs-you",
    { tone: "act", owner: "host", expected: null },
  ],
  [
    "what the CA checks by hand takes hours",
    "brand-review",
    "validating",
    { tone: "busy", owner: "ca", expected: "hours" },
  ],
  [
    "what passes by itself keeps who is awaited anyway",
    "ca-unreachable",
    "validating",
    { tone: "busy", owner: "ca", expected: "hours" },
  ],
  [
    "where nothing is awaited, what passes by itself is nobody's turn",
    "request-cancelled",
    "failed",
    { tone: "act", owner: "nobody", expected: null },
  ],
  [
    "what is tried again within seconds keeps its time",
    "panel-fault",
    "installing",
    { tone: "busy", owner: "host", expected: "minutes" },
  ],
  [
    "a slow reason makes nothing slow that is not awaited",
    "phone-delayed",
    "needs-you",
    { tone: "act", owner: "xolphin", expected: null },
  ],
  [
    "an installed one that a newer one replaced has ended",
    "newer-installed",
    "installed",
    { tone: "ended", owner: "nobody", expected: null },
  ],
])("%s", (_name, reason, state, expected) => {
  expect(whoseTurn({ state, reason, nextLook })).toEqual({ ...expected, nextLook });
});

test("only where it is installed has the newer one taken its place", () => {
  expect(whoseTurn({ state: "needs-you", reason: "newer-installed", nextLook: null }).tone).toBe("act");
  expect(whoseTurn({ state: "installed", reason: "covers-less", nextLook: null }).tone).toBe("good");
});
