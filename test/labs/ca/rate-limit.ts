import type { Switches } from "./switches.ts";

/** Counts calls in windows of the CA's clock (spec xolphin-api §1.5, §14 U14). */
export class RateLimit {
  private readonly switches: Switches;
  private readonly now: () => Date;
  private windowStart: number;
  private used = 0;

  constructor(switches: Switches, now: () => Date) {
    this.switches = switches;
    this.now = now;
    this.windowStart = now().getTime();
  }

  /** Counts one call. `headers` belong on every answer; `exceeded` holds those of the 429 when it is one too many. */
  count(): { headers: Record<string, string>; exceeded: Record<string, string> | undefined } {
    const { limit, windowSeconds, headers, retryAfter } = this.switches.rateLimit;
    const now = this.now().getTime();
    if (now - this.windowStart >= windowSeconds * 1000) {
      this.windowStart = now;
      this.used = 0;
    }
    this.used += 1;
    const shown: Record<string, string> = headers
      ? {
          "X-RateLimit-Limit": String(limit),
          "X-RateLimit-Remaining": String(Math.max(0, limit - this.used)),
        }
      : {};
    if (this.used <= limit) return { headers: shown, exceeded: undefined };
    const opensAt = this.windowStart + windowSeconds * 1000;
    const waits: Record<typeof retryAfter, Record<string, string>> = {
      seconds: { "Retry-After": String(Math.ceil((opensAt - now) / 1000)) },
      date: { "Retry-After": new Date(opensAt).toUTCString() },
      absent: {},
    };
    return { headers: shown, exceeded: waits[retryAfter] };
  }
}
