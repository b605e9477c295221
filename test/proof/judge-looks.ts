import type { Look } from "./watch-served.ts";

/**
 * While a web server reloads, its old workers finish what they took: for this long after the first sight of a new
 * certificate an earlier one may still be shown.
 */
const changeover = 1_000;

export interface LooksJudged {
  readonly handshakes: number;
  /** Different certificates of the CA's, and one more when another was shown besides. */
  readonly certificatesSeen: number;
  /** Why handshakes failed. */
  readonly refused: readonly string[];
  /** Handshakes whose chain, name or dates do not hold; what the website carried before its first order is not judged. */
  readonly unverified: number;
  /** Handshakes that showed an earlier certificate although a later one had been there for a while. */
  readonly older: number;
}

/**
 * What the handshakes with a website showed. `issued`: fingerprints of what the CA issued for it, oldest first; whatever else is
 * shown is older than all of these.
 */
export function judge(looks: readonly Look[], issued: readonly string[]): LooksJudged {
  const firstSeen = new Map<number, number>();
  const shown = looks.filter(({ problem }) => problem === null);
  const indexOf = new Map(issued.map((fingerprint, index) => [fingerprint, index]));
  const indexAt = ({ fingerprint }: Look): number => indexOf.get(fingerprint ?? "") ?? -1;
  for (const seen of shown) {
    const index = indexAt(seen);
    firstSeen.set(index, Math.min(firstSeen.get(index) ?? Number.POSITIVE_INFINITY, seen.at));
  }
  const older = shown.filter((seen) =>
    [...firstSeen].some(([other, first]) => other > indexAt(seen) && first + changeover < seen.at),
  );
  const before = shown[0]?.fingerprint;
  const unverified = shown.filter(
    (seen) => !seen.verified && (indexAt(seen) >= 0 || seen.fingerprint !== before),
  );
  return {
    handshakes: looks.length,
    certificatesSeen: firstSeen.size,
    refused: looks.flatMap(({ problem }) => problem ?? []),
    unverified: unverified.length,
    older: older.length,
  };
}
