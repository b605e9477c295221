import { readText, removeFile, writeText } from "../common/text-files.ts";
import type { LabState } from "./lab-state.ts";
import { installCertificate } from "./ssl-install.ts";

export interface DeferredInstallation {
  username: string;
  vhost: string;
  cert: string;
  key: string;
  bundle: string;
}

/** The queue of `enqueue_deferred_ssl_installations` (spec §6, §9.6.5): worked off together, failures said to nobody. */
export class DeferredInstaller {
  private readonly state: () => LabState;

  constructor(state: () => LabState) {
    this.state = state;
  }

  add(installations: readonly DeferredInstallation[]): void {
    writeText(this.path(), JSON.stringify([...this.waiting(), ...installations]), 0o600);
  }

  waiting(): DeferredInstallation[] {
    return JSON.parse(readText(this.path()) ?? "[]") as DeferredInstallation[];
  }

  /** Installs everything queued; one restart of Apache for all. */
  run(): void {
    const state = this.state();
    if (state.switches.deferredInstaller === "stuck") return;
    const installations = this.waiting();
    removeFile(this.path());
    for (const { username, vhost, cert, key, bundle } of installations) {
      try {
        installCertificate(state, username, { domain: vhost, cert, key, bundle });
      } catch {
        // The real queue reports nowhere either.
      }
    }
  }

  private path(): string {
    return this.state().files.var("ssl/deferred_installations.json");
  }
}
