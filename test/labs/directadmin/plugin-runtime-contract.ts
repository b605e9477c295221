import type { IncomingMessage, ServerResponse } from "node:http";

/** A login of the panel as the web side needs it. */
export interface LabLogin {
  readonly name: string;
  readonly role: "admin" | "reseller" | "user";
  readonly creator: string;
  readonly suspended: boolean;
  readonly language: string;
  readonly skin: "evolution" | "enhanced";
  readonly pluginsWhitelist: readonly string[] | null;
  readonly pluginsBlacklist: readonly string[] | null;
}

/** A browser session; null where a request was made with Basic authentication or a login key. */
export interface LabSession {
  readonly id: string;
  readonly key: string;
  /** Who acts: differs from `real` while logged in as someone else. */
  readonly login: LabLogin;
  readonly real: LabLogin;
  selectedDomain: string;
}

/** What the lab's core lends to the plugin side. */
export interface LabContext {
  /** The file system of the emulated server: `<rootDir>/usr/local/directadmin/plugins` and so on. */
  readonly rootDir: string;
  readonly profile: "old" | "1.689" | "current";
  /** Value of a key in directadmin.conf; empty when it is not there. */
  config(key: string): string;
  now(): Date;
  /** Runs all scripts of an event (spec §1.7); true when all exited 0. */
  runHook(
    name: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<{ ok: boolean; output: string }>;
  /** Is this the login's own password? */
  checkPassword(login: LabLogin, password: string): boolean;
}

export interface PluginCall {
  readonly login: LabLogin;
  readonly session: LabSession | null;
  readonly request: IncomingMessage;
  /** The whole body, already read. */
  readonly body: Buffer;
  readonly response: ServerResponse;
}

/**
 * The plugin side of the panel: plugin manager, page execution, menus, and the shells a browser sees. The core has
 * authenticated the caller; `handle` answers every address that begins with `/CMD_PLUGINS`, `/evo`, `/api/plugins`,
 * `/api/plugin-manager` or `/CMD_PLUGIN_MANAGER`, and the plain `/` for a browser with a session.
 */
export interface PluginRuntime {
  handle(call: PluginCall): Promise<void>;
  /** The page with the login form, for browsers without a session; posts `username` and `password` to `/CMD_LOGIN`. */
  loginPage(problem: string | null): string;
  stop(): Promise<void>;
}

export type PluginRuntimeFactory = (context: LabContext) => PluginRuntime;
