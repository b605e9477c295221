import { join } from "node:path";
import { type Clock, sleep } from "../clock.ts";
import { callOperation } from "../control/control-client.ts";
import { asCodedError, CodedError } from "../errors.ts";
import { places } from "./places.ts";

interface StoreSchema {
  readonly version: number;
  readonly oldest: number;
}

interface Status {
  readonly version: string;
  /** Absent in the answer of versions before this was kept. */
  readonly schema?: StoreSchema;
}

async function readStatus(): Promise<Status> {
  return (await callOperation(join(places.run, "control.sock"), "status", [])) as Status;
}

/** Which programs may run on the store, from the service that has it open; null when none answers. */
export async function readStoreSchema(): Promise<StoreSchema | null> {
  try {
    return (await readStatus()).schema ?? null;
  } catch {
    return null;
  }
}

const patience = 20_000;
const pause = 200;

/**
 * Waits until the service runs in this version, or in any (null), and answers. Throws `upgrade-failed`, or `setup-failed`, with what
 * it said last.
 */
export async function untilHealthy(version: string | null, clock: Clock): Promise<void> {
  const end = clock.monotonic() + patience;
  let last = "it does not answer";
  while (clock.monotonic() < end) {
    try {
      const status = await readStatus();
      if (version === null || status.version === version) return;
      last = `version ${status.version} answers`;
    } catch (thrown) {
      const { code, detail } = asCodedError(thrown);
      if (code !== "agent-unreachable") last = `${code} ${detail}`;
    }
    await sleep(clock, pause, undefined);
  }
  throw version === null
    ? new CodedError("setup-failed", { detail: `the service: ${last}; its journal says more` })
    : new CodedError("upgrade-failed", { detail: `version ${version}: ${last}` });
}
