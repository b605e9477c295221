import type { FaultPlan } from "../common/faults.ts";
import type { AcmeAuthority } from "../common/lab-certificates.ts";
import type { HookResult } from "./hooks.ts";
import type { LoginKeys } from "./login-keys.ts";
import type { PanelFiles } from "./panel-files.ts";
import type { Sessions } from "./sessions.ts";
import type { Switches } from "./switches.ts";
import type { TaskQueue } from "./task-queue.ts";
import type { Zones } from "./zones.ts";

/** What the parts of the lab share. Everything a real panel keeps on disk is in `files`. */
export interface LabState {
  readonly files: PanelFiles;
  readonly switches: Switches;
  readonly faults: FaultPlan;
  readonly loginKeys: LoginKeys;
  readonly sessions: Sessions;
  readonly zones: Zones;
  readonly tasks: TaskQueue;
  readonly acme: AcmeAuthority;
  /** Certificates served in place of a domain's own (fault `breakNext`). */
  readonly foreignCertificates: Map<string, { cert: string; key: string }>;
  readonly hostName: string;
  readonly address: string;
  readonly port: number;
  now(): Date;
  runHook(name: string, environment: Readonly<Record<string, string>>): Promise<HookResult>;
  /** Keeps a certificate outside the panel's files, for `foreignCertificates`. */
  storeForeignCertificate(name: string, pair: { cert: string; key: string }): { cert: string; key: string };
  /** Shows the panel's own certificate as it now lies in `conf/`. */
  showHostCertificate(): void;
}
