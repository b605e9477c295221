import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, join } from "node:path";
import type { PanelEvent } from "../event-manager.ts";
import type { ExtensionHost, LongTask, PanelSession, ScriptResult } from "../extension-host-contract.ts";
import { JsonSocket } from "../json-socket.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import { runAs } from "../run-as.ts";
import { LongTasks } from "./long-tasks.ts";
import { ModulePages } from "./module-pages.ts";
import { PackageInstaller } from "./package-installer.ts";
import { Php } from "./php.ts";
import { type SdkCall, sdkCalls } from "./sdk-calls.ts";
import { sessionText } from "./session-text.ts";

/** The side of the panel that runs extensions under PHP; option `extensions` of the lab. */
export async function withExtensions(state: LabState): Promise<ExtensionHost> {
  const host = new PhpExtensionHost(state);
  await host.listen();
  return host;
}

class PhpExtensionHost implements ExtensionHost {
  private readonly state: LabState;
  private readonly php: Php;
  private readonly installer: PackageInstaller;
  private readonly tasks: LongTasks;
  private readonly pages: ModulePages;
  private readonly socket: JsonSocket;

  constructor(state: LabState) {
    this.state = state;
    this.php = new Php(state);
    this.installer = new PackageInstaller(state, this.php);
    this.tasks = new LongTasks(this.php);
    this.pages = new ModulePages(state, this.php);
    this.socket = new JsonSocket(state.files, "sdk.sock", (call) => this.answerSdk(call as SdkCall));
    state.events.tellListeners = (event) => this.tellListeners(event);
  }

  listen(): Promise<void> {
    return this.socket.listen();
  }

  breakPages(): number {
    return this.php.killPages();
  }

  get longTasks(): readonly LongTask[] {
    return this.tasks.tasks;
  }

  longTasksDone(): Promise<void> {
    return this.tasks.done();
  }

  install(archive: string, mode: "install" | "upgrade"): Promise<string> {
    return this.installer.install(archive, mode);
  }

  register(id: string): Promise<string> {
    return this.installer.registerInPlace(id);
  }

  uninstall(id: string): Promise<string> {
    return this.installer.uninstall(id);
  }

  execute(id: string, script: string, words: readonly string[], stdin: string): Promise<ScriptResult> {
    const path = join(this.state.files.psa("admin/plib/modules", id, "scripts"), basename(script));
    if (!existsSync(path))
      return Promise.resolve({ code: 1, stdout: "", stderr: `Script ${script} does not exist.\n` });
    return this.php.script(path, words, { env: { LAB_MODULE: id }, stdin, user: "psaadm" });
  }

  call(id: string, words: readonly string[], stdin: string): Promise<ScriptResult> {
    return this.php.ownScript("cli.php", words, { env: { LAB_MODULE: id }, stdin, user: "psaadm" });
  }

  /** The script must be there and executable; everything it is given it must judge itself (spec plesk §1.6). */
  runSbin(
    id: string,
    script: string,
    words: readonly string[],
    env: Record<string, string>,
    stdin: string,
  ): Promise<ScriptResult> {
    const path = this.state.files.psa("admin/sbin/modules", id, script);
    return runAs({ uid: 0, gid: 0 }, path, words, { env, stdin });
  }

  async hook(
    id: string,
    hook: string,
    method: string,
    params: unknown,
    session?: PanelSession,
  ): Promise<unknown> {
    const { code, stdout, stderr } = await this.php.ownScript(
      "hook.php",
      [hook, method, JSON.stringify(params)],
      {
        env: { LAB_MODULE: id, ...(session === undefined ? {} : { LAB_SESSION: sessionText(session) }) },
        user: "psaadm",
      },
    );
    if (code !== 0) throw new PanelRefusal(1023, `The hook ${hook} of ${id} failed: ${stderr.trim()}`);
    return JSON.parse(stdout) as unknown;
  }

  async runScheduled(id?: string): Promise<ScriptResult[]> {
    const due = this.state.database.tables.tasks.filter(
      (task) => task.active && (id === undefined || task.extension === id),
    );
    const results: ScriptResult[] = [];
    for (const task of due) {
      const path = join(this.state.files.psa("admin/plib/modules", task.extension, "scripts"), task.cmd);
      // As cron calls it: nothing but the path of the script says which extension it belongs to.
      results.push(await this.php.script(path, task.arguments, { env: {}, user: "psaadm" }));
    }
    return results;
  }

  async webServerLines(siteId: number): Promise<string> {
    let lines = "";
    for (const { id, active } of this.state.database.tables.extensions) {
      if (!active) continue;
      const own = await this.hook(id, "WebServer", "webServerLines", { domain: siteId });
      if (typeof own === "string" && own.trim() !== "") {
        lines += `  #extension ${id} begin\n${own.trimEnd()}\n  #extension ${id} end\n`;
      }
    }
    return lines;
  }

  answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    session: PanelSession | undefined,
  ): Promise<void> {
    return this.pages.answer(request, response, body, session);
  }

  async stop(): Promise<void> {
    await this.tasks.done();
    await this.socket.stop();
  }

  private async answerSdk({ method, module, params }: SdkCall): Promise<{ result: unknown }> {
    if (method.startsWith("longtask.")) {
      return { result: this.tasks.answer(method, module ?? "", params) };
    }
    const answerer = sdkCalls[method];
    if (answerer === undefined) throw new PanelRefusal(1019, `Unknown call: ${method}`);
    const extension = this.state.database.tables.extensions.find((one) => one.id === module);
    return { result: (await answerer(this.state, params, extension ?? pending(module))) ?? null };
  }

  private async tellListeners(event: PanelEvent): Promise<void> {
    const type = event.name.replace(/_(create|update|delete)$/, "");
    for (const { id, active } of this.state.database.tables.extensions) {
      const listener = this.state.files.psa("admin/plib/modules", id, "library/EventListener.php");
      if (!active || !existsSync(listener)) continue;
      const told = JSON.stringify({ ...event, type });
      await this.php.ownScript("event.php", [told], { env: { LAB_MODULE: id }, user: "psaadm" });
    }
  }
}

/** An extension whose pre-install runs is not registered yet; what it sets is lost. */
function pending(module: string | null) {
  if (module === null) return undefined;
  return { id: module, name: module, version: "", release: "", active: false, settings: {}, permissions: {} };
}
