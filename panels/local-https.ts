import type { Clock } from "../src/clock.ts";
import { asCodedError, CodedError } from "../src/errors.ts";
import { type HttpsCall, HttpsClient, HttpsFailure, ownCodes } from "../src/https-client.ts";

export interface LocalAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface LocalHttpsOptions {
  /** Roots in PEM beside the usual ones, and what the panel signed itself. */
  readonly trust: readonly string[];
  /** Milliseconds in an answer without a single byte. */
  readonly idleTimeout: number;
  readonly clock: Clock;
}

const connectTimeout = 5_000;

/**
 * HTTPS to a panel on this machine: the connection goes to the loopback address, the certificate is verified against the
 * name in the panel's address. Redirects are not followed.
 */
export class LocalHttps {
  private readonly client: HttpsClient;

  constructor(options: LocalHttpsOptions) {
    this.client = new HttpsClient({ ...options, loopback: true, connectTimeout });
  }

  /** `what` names the call in messages. Throws `panel-unreachable`, `panel-answer-unreadable`. */
  async call(call: HttpsCall, what = ""): Promise<LocalAnswer> {
    try {
      const { status, headers, body } = await this.client.call(call);
      return { status, type: headers["content-type"] ?? "", body: body.toString("utf8") };
    } catch (thrown) {
      if (!(thrown instanceof HttpsFailure)) throw asCodedError(thrown);
      const detail = `${what === "" ? "" : `${what}: `}${thrown.code} ${thrown.message}`;
      const tooLong = thrown.code === ownCodes.tooLong;
      throw new CodedError(tooLong ? "panel-answer-unreadable" : "panel-unreachable", {
        cause: thrown,
        detail,
      });
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
