import type { ErrorCode } from "../errors.ts";
import type { Served } from "./installation.ts";

/** What one look at a vhost means for the installation. */
export type ServedVerdict =
  | { readonly kind: "verified" }
  | { readonly kind: "wait"; readonly reason: ErrorCode }
  | { readonly kind: "take-back"; readonly reason: ErrorCode };

/** Looks at a broken, incomplete or strange answer before it is believed: a reload in progress answers oddly for a moment. */
const patience = 6;
/** Looks at the old certificate before the host is asked to see to the web server: about a quarter of an hour. */
const patienceWithOld = 13;

/**
 * Judges what is served against what was served before. Proven is only what every address shows, with the full chain.
 * An address that gave no handshake before either proves nothing and is left out, unless none is left.
 * Broken handshakes, a chain with gaps, or a certificate that is neither the old nor the new one, where there were good
 * ones before, are taken back; an old certificate that is still served hurts nobody and is waited for.
 */
export function judgeServed(look: {
  readonly before: readonly Served[];
  readonly after: readonly Served[];
  readonly expected: string;
  /** How many looks there were, this one included. */
  readonly looks: number;
}): ServedVerdict {
  const dead = new Set(
    look.before
      .filter(({ fingerprint }) => fingerprint === null)
      .map((served) => `${served.address} ${served.name}`),
  );
  const counted = look.after.filter(
    (served) => served.fingerprint !== null || !dead.has(`${served.address} ${served.name}`),
  );
  const answers = counted.length === 0 ? look.after : counted;
  if (answers.length === 0) return { kind: "wait", reason: "tls-unreachable" };
  if (answers.every((served) => served.fingerprint === look.expected && served.complete))
    return { kind: "verified" };

  const broken = answers.find(({ fingerprint }) => fingerprint === null);
  if (broken !== undefined) {
    const worked = look.before.some(
      (served) => served.fingerprint !== null && served.address === broken.address,
    );
    const reason = broken.problem ?? "tls-unreachable";
    return worked && look.looks >= patience
      ? { kind: "take-back", reason: "web-server-broken" }
      : { kind: "wait", reason };
  }
  const incomplete = answers.some((served) => served.fingerprint === look.expected && !served.complete);
  if (incomplete) {
    const wasComplete = look.before.some((served) => served.fingerprint !== null && served.complete);
    return wasComplete && look.looks >= patience
      ? { kind: "take-back", reason: "served-incomplete" }
      : { kind: "wait", reason: "served-incomplete" };
  }
  if (look.looks >= patience && answers.some((served) => isStrange(served, look))) {
    return { kind: "take-back", reason: "served-other" };
  }
  return { kind: "wait", reason: look.looks >= patienceWithOld ? "served-old" : "not-served-yet" };
}

/** Neither what is expected nor what was served there before. Where nothing was served before, nothing was lost. */
function isStrange(served: Served, look: { before: readonly Served[]; expected: string }): boolean {
  const before = look.before.filter(
    ({ address, fingerprint }) => address === served.address && fingerprint !== null,
  );
  const known = [look.expected, ...before.map(({ fingerprint }) => fingerprint)];
  return before.length > 0 && !known.includes(served.fingerprint);
}
