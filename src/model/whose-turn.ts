import { type ErrorCode, errorCatalogue, type Owner } from "../errors.ts";
import type { RequestState } from "./request.ts";

/** How a request stands for the person who looks at it. */
export type Tone = "good" | "busy" | "act" | "ended";

/** How long what is happening usually takes; null when nothing is awaited. */
export type Expected = "seconds" | "minutes" | "hours" | "days" | null;

export interface Turn {
  readonly tone: Tone;
  readonly owner: Owner;
  readonly expected: Expected;
  /** When the agent looks again by itself; null when only news or a person can move it. */
  readonly nextLook: Date | null;
}

/** Who is awaited while nothing is wrong, and how long that usually takes. */
const usual: Readonly<Record<RequestState, { tone: Tone; owner: Owner; expected: Expected }>> = {
  draft: { tone: "act", owner: "you", expected: null },
  ordering: { tone: "busy", owner: "nobody", expected: "seconds" },
  validating: { tone: "busy", owner: "ca", expected: "minutes" },
  issuing: { tone: "busy", owner: "ca", expected: "minutes" },
  issued: { tone: "busy", owner: "nobody", expected: "seconds" },
  installing: { tone: "busy", owner: "nobody", expected: "minutes" },
  installed: { tone: "good", owner: "nobody", expected: null },
  "needs-you": { tone: "act", owner: "you", expected: null },
  failed: { tone: "act", owner: "you", expected: null },
  cancelled: { tone: "ended", owner: "nobody", expected: null },
  deleted: { tone: "ended", owner: "nobody", expected: null },
};

/** Whose turn it is (design §5.4): the reason knows best, else the state. */
export function whoseTurn(request: {
  readonly state: RequestState;
  readonly reason: ErrorCode | null;
  readonly nextLook: Date | null;
}): Turn {
  const { nextLook } = request;
  // Another certificate took its place: it did its work.
  if (request.state === "installed" && request.reason === "newer-installed") {
    return { tone: "ended", owner: "nobody", expected: null, nextLook };
  }
  const { tone, owner, expected } = usual[request.state];
  if (request.reason === null) return { tone, owner, expected, nextLook };
  const entry = errorCatalogue[request.reason];
  // What passes by itself keeps who is awaited by the state: nobody can do anything about it.
  const passing = entry.owner === "nobody";
  return {
    tone,
    owner: passing && tone !== "busy" ? "nobody" : passing ? owner : entry.owner,
    expected: tone === "busy" && entry.advice === "later" ? "hours" : expected,
    nextLook,
  };
}
