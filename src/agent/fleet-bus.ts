import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { Bus, readBusFile } from "../fleet/bus.ts";
import { hintInfoSubject, wakeInfoSubject } from "../fleet/subjects.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";

/** The bus as the settings describe it, for one participant. Throws `settings-invalid` where this is no part of a fleet. */
export function openBus({ fleet }: Settings, participant: string, clock: Clock, log: Log): Bus {
  if (fleet.role === "none") {
    throw new CodedError("settings-invalid", { detail: "fleet.role is none: this is a server of its own" });
  }
  // Read now, so that a wrong path is said at the start and not in a log.
  readBusFile(fleet.credentialFile);
  return new Bus(
    {
      servers: fleet.servers,
      credentials: () => readBusFile(fleet.credentialFile),
      authority: readBusFile(fleet.trustFile),
      participant,
      probe: fleet.role === "hub" ? hintInfoSubject : wakeInfoSubject(participant),
    },
    clock,
    log,
  );
}
