/** Calls to the CA for one reissue, from the order to the certificate: measured over ten thousand (docs/proof/drill.md). */
const callsForEach = 10;
/** The rest of the budget is left to people. */
const share = 0.9;

/**
 * Milliseconds until so many certificates are replaced within the CA's budget of calls a minute. The first estimate, before
 * there is a pace to judge by (`finishTime`). Null while the CA has not told its budget.
 */
export function forecastReissues(count: number, callsPerMinute: number | null): number | null {
  if (callsPerMinute === null || callsPerMinute <= 0) return null;
  return Math.ceil((count * callsForEach) / (callsPerMinute * share)) * 60_000;
}
