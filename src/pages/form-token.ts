import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Caller } from "../panel.ts";

const hour = 3_600_000;

/** Whom a token is for. */
type Bearer = Pick<Caller, "sessionBinding" | "account" | "level">;

/**
 * Tokens that show that a form came from one of our own pages in the same panel session (spec reliability T-14). A token
 * is good for one to two hours and for one session, account and level only; nothing is stored.
 */
export class FormTokens {
  private readonly secret: Buffer;
  private readonly clock: Clock;

  constructor(clock: Clock, secret: Buffer = randomBytes(32)) {
    this.clock = clock;
    this.secret = secret;
  }

  issue(caller: Bearer): string {
    return this.sign(caller, this.window());
  }

  accepts(caller: Bearer, token: string): boolean {
    const given = Buffer.from(token, "utf8");
    return [this.window(), this.window() - 1].some((window) => {
      const expected = Buffer.from(this.sign(caller, window), "utf8");
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }

  private window(): number {
    return Math.floor(this.clock.now().getTime() / hour);
  }

  private sign({ sessionBinding, account, level }: Bearer, window: number): string {
    const parts = JSON.stringify([sessionBinding, account, level, window]);
    return createHmac("sha256", this.secret).update(parts).digest("base64url");
  }
}
