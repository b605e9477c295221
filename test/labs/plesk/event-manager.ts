import { spawn } from "node:child_process";
import type { Database } from "./database.ts";
import type { ServerFiles } from "./server-files.ts";

/** Events that handlers may be made for (spec plesk §1.9). */
export const eventNames = [
  "domain_create",
  "domain_update",
  "domain_delete",
  "site_create",
  "site_update",
  "site_delete",
  "subdomain_create",
  "subdomain_delete",
  "site_subdomain_create",
  "site_subdomain_delete",
  "domain_alias_create",
  "domain_alias_delete",
  "site_alias_create",
  "site_alias_delete",
  "phys_hosting_create",
  "phys_hosting_update",
  "phys_hosting_delete",
  "client_create",
  "client_update",
  "client_delete",
  "ssl_web_binding_update",
  "ssl_panel_binding_update",
  "ssl_mail_binding_update",
  "ssl_web_mail_binding_update",
] as const;

export type EventName = (typeof eventNames)[number];

export interface PanelEvent {
  name: EventName;
  /** Of the object the event is about. */
  objectId: number;
  /** Values before and after, by their names without `OLD_` and `NEW_`. */
  before: Readonly<Record<string, string>>;
  after: Readonly<Record<string, string>>;
}

/** A handler that hangs holds up nothing but itself. */
const longestRunMs = 20_000;

/** Runs the handlers of the Event Manager, and tells extensions' listeners. */
export class EventManager {
  private readonly database: Database;
  private readonly files: ServerFiles;
  private readonly running = new Set<Promise<void>>();
  /** Events so far, oldest first. */
  readonly fired: PanelEvent[] = [];
  /** Set by the host of the extensions. */
  tellListeners: ((event: PanelEvent) => Promise<void>) | undefined;

  constructor(database: Database, files: ServerFiles) {
    this.database = database;
    this.files = files;
  }

  fire(event: PanelEvent): void {
    this.fired.push(event);
    const handlers = this.database.tables.handlers
      .filter((one) => one.event === event.name)
      .sort((one, other) => other.priority - one.priority);
    const work = (async () => {
      for (const handler of handlers) await this.run(handler.command, handler.user, event);
      await this.tellListeners?.(event);
    })();
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  }

  /** Resolves when every handler so far has ended. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled([...this.running]);
  }

  private run(command: string, user: string, event: PanelEvent): Promise<void> {
    const env: Record<string, string> = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    for (const [name, value] of Object.entries(event.before)) env[`OLD_${name}`] = value;
    for (const [name, value] of Object.entries(event.after)) env[`NEW_${name}`] = value;
    const ids = process.getuid?.() === 0 && user !== "root" ? this.files.user(user) : undefined;
    return new Promise((resolve) => {
      const child = spawn("/bin/sh", ["-c", command], {
        cwd: "/",
        env,
        stdio: "ignore",
        timeout: longestRunMs,
        ...(ids ?? {}),
      });
      child.on("error", () => resolve());
      child.on("close", () => resolve());
    });
  }
}
