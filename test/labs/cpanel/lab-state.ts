import type { FaultPlan } from "../common/faults.ts";
import type { Apache } from "./apache.ts";
import type { ApiTokens } from "./api-tokens.ts";
import type { AutoSsl } from "./autossl.ts";
import type { DeferredInstaller } from "./deferred-installer.ts";
import type { Hooks } from "./hooks.ts";
import type { PerlEngine } from "./perl-engine.ts";
import type { ServerFiles } from "./server-files.ts";
import type { ServerShell } from "./server-shell.ts";
import type { Sessions } from "./sessions.ts";
import type { Switches } from "./switches.ts";
import type { Zones } from "./zones.ts";

/** What the parts of the lab share. Everything a real server keeps on disk is in `files`. */
export interface LabState {
  readonly files: ServerFiles;
  readonly switches: Switches;
  readonly faults: FaultPlan;
  readonly apache: Apache;
  readonly zones: Zones;
  readonly tokens: ApiTokens;
  readonly sessions: Sessions;
  readonly hooks: Hooks;
  readonly shell: ServerShell;
  readonly engine: PerlEngine;
  readonly deferred: DeferredInstaller;
  readonly autossl: AutoSsl;
  readonly hostName: string;
  readonly address: string;
  readonly cpanelPort: number;
  readonly whmPort: number;
  readonly httpPort: number;
  /** Real milliseconds that a page has to say goodbye on its LiveAPI socket. */
  readonly pageGraceMs: number;
  now(): Date;
  /** A line for `/usr/local/cpanel/logs/error_log`. */
  errorLog(text: string): void;
}
