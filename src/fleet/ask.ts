import type { Msg } from "@nats-io/transport-node";
import type { Clock } from "../clock.ts";
import { CodedError, isErrorCode } from "../errors.ts";
import { type Bus, decode, encode } from "./bus.ts";
import {
  type ArgsToSend,
  answer,
  type OperationName,
  operations,
  type Result,
  type SessionClaim,
} from "./operations.ts";
import { askSubject } from "./subjects.ts";

/** The hub waits for its turn at the CA, and for the CA: longer than that takes at its slowest (spec xolphin-api §1.6). */
const readDeadline = 100_000;
const changeDeadline = 160_000;
/** Where the CA has no part in it. A question can be lost on its way, and wake-ups wait for the answer to the first one. */
const hubDeadline = 30_000;
const ofHubAlone: readonly OperationName[] = ["hello", "heartbeat", "news"];

/** How long a server waits for the answer, in milliseconds. */
export function patienceWith(name: OperationName): number {
  if (ofHubAlone.includes(name)) return hubDeadline;
  return operations[name].changes ? changeDeadline : readDeadline;
}

/** Asks the hub for one named operation. */
export type Ask = <Name extends OperationName>(name: Name, args: ArgsToSend<Name>) => Promise<Result<Name>>;

/**
 * Throws what the hub says, `bus-unreachable` when the hub can't be asked, and `ca-outcome-unknown` when something was to be
 * changed and no answer came: it may have been done.
 */
export function createAsk(bus: Bus, node: string, clock: Clock, session: () => SessionClaim): Ask {
  async function hear(name: OperationName, args: unknown, again: boolean): Promise<Msg> {
    const { changes } = operations[name];
    const { connection } = bus.now();
    const { NoRespondersError, RequestError } = await import("@nats-io/transport-node");
    const deadline = patienceWith(name);
    const silence = Promise.withResolvers<never>();
    const cancel = clock.after(deadline, () => silence.reject(new Error("silence")));
    try {
      const asked = connection.request(askSubject(node, name), encode({ session: session(), args }), {
        timeout: deadline,
      });
      // A change may still be under way at the hub, so nothing is concluded before its time is over.
      return await Promise.race([changes ? asked : bus.whileConnected(asked), silence.promise]);
    } catch (cause) {
      if (cause instanceof CodedError) throw cause;
      const unheard =
        cause instanceof NoRespondersError || (cause instanceof RequestError && cause.isNoResponders());
      // A hub that is being stopped leaves what it has not begun to another one.
      if (unheard && again) return await hear(name, args, false);
      const detail = `${name}: ${unheard ? "no hub is there" : "no answer"}`;
      throw new CodedError(changes && !unheard ? "ca-outcome-unknown" : "bus-unreachable", { cause, detail });
    } finally {
      cancel();
    }
  }

  return async (name, args) => {
    const { changes, result } = operations[name];
    const message = await hear(name, args, true);
    const said = decode(answer, message);
    if ("error" in said) {
      const { code, detail, fields, notBefore } = said.error;
      throw new CodedError(isErrorCode(code) ? code : "internal", {
        detail,
        fields,
        ...(notBefore === null ? {} : { notBefore }),
      });
    }
    const parsed = result.safeParse(said.result);
    if (parsed.success) return parsed.data as never;
    throw new CodedError(changes ? "ca-outcome-unknown" : "bus-answer-unreadable", {
      cause: parsed.error,
      detail: name,
    });
  };
}
