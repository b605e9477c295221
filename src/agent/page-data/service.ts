import { CodedError } from "../../errors.ts";
import type { ServiceData } from "../../pages/data/service.ts";
import type { Caller } from "../../panel.ts";
import type { Settings } from "../../settings.ts";
import { caAddresses, caPassword, caUsername } from "../../setup/ca-account.ts";
import { webhookUrl } from "../../setup/setup.ts";
import type { DoctorReport } from "../doctor.ts";
import type { CaLogin } from "../try-ca.ts";

/** What of the service the settings page can reach. */
export interface ServicePort {
  readonly settings: Settings;
  readonly version: string;
  hostName(): Promise<string>;
  /** Logs in once. Throws what the CA says. */
  tryCa(login: CaLogin): Promise<unknown>;
  /** Has the account written into the configuration, where the service itself may not write. */
  saveCa(account: { username: string; password: string; address: "live" | "test" | null }): Promise<void>;
  /** Begins anew with what is configured now, once the running answers are given. */
  beginAnew(): void;
  examine(): Promise<DoctorReport>;
}

export function createServiceData(service: ServicePort): ServiceData {
  const { settings, version } = service;
  // Between saving and beginning anew the page shows what was entered.
  let { username, baseUrl }: { username: string | null; baseUrl: string } = settings.ca;
  return {
    async readService(caller) {
      refuseOthers(caller);
      return {
        version,
        caUsername: username,
        caSystem: systemOf(baseUrl),
        webhookUrl: webhookUrl(settings, await service.hostName()),
      };
    },

    async saveCaAccount(caller, { username: name, password, system }) {
      refuseOthers(caller);
      if (!caUsername.safeParse(name).success) throw new CodedError("input-invalid", { detail: "username" });
      if (!caPassword.safeParse(password.reveal()).success) {
        throw new CodedError("input-invalid", { detail: "password" });
      }
      const address = system === null ? settings.ca.baseUrl : caAddresses[system];
      const problem = await service
        .tryCa({ baseUrl: address, username: name, password, trustFile: settings.ca.trustFile })
        .then(
          () => null,
          (thrown: unknown) => {
            if (thrown instanceof CodedError && thrown.code !== "ca-refused-us") return thrown.code;
            throw thrown;
          },
        );
      await service.saveCa({ username: name, password: password.reveal(), address: system });
      username = name;
      baseUrl = address;
      service.beginAnew();
      return problem;
    },

    async selfTest(caller) {
      refuseOthers(caller);
      return (await service.examine()).findings;
    },
  };
}

function systemOf(baseUrl: string): "live" | "test" | "other" {
  if (baseUrl === caAddresses.live) return "live";
  return baseUrl === caAddresses.test ? "test" : "other";
}

function refuseOthers({ level, role, readOnly }: Caller): void {
  if (level !== "administrator" || role !== "administrator") throw new CodedError("not-found");
  if (readOnly) throw new CodedError("not-allowed");
}
