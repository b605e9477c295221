import { randomUUID } from "node:crypto";
import type { LongTask } from "../extension-host-contract.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { Php } from "./php.ts";

type Params = Record<string, unknown>;

/** Background tasks of extensions, each a PHP process of its own (spec plesk §1.7). */
export class LongTasks {
  readonly tasks: LongTask[] = [];
  private readonly php: Php;
  private readonly running = new Map<LongTask, Promise<unknown>>();

  constructor(php: Php) {
    this.php = php;
  }

  /** Answers the runtime's `longtask.…`. */
  answer(method: string, extension: string, params: Params): unknown {
    switch (method) {
      case "longtask.start":
        return this.start(extension, params);
      case "longtask.update":
        return this.update(params);
      case "longtask.all": {
        const ids = params["ids"] as string[];
        return this.tasks.filter(
          (one) => one.extension === extension && (ids.length === 0 || ids.includes(one.id)),
        );
      }
      case "longtask.cancel":
        return this.cancel((one) => one.instanceId === params["instanceId"]);
      case "longtask.cancelAll":
        return this.cancel((one) => one.extension === extension);
      default:
        throw new PanelRefusal(1019, `Unknown call: ${method}`);
    }
  }

  async done(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled([...this.running.values()]);
  }

  private start(extension: string, params: Params): LongTask {
    const task: LongTask = {
      instanceId: randomUUID(),
      id: String(params["id"]),
      extension,
      class: String(params["class"]),
      domain: typeof params["domain"] === "number" ? params["domain"] : null,
      status: "not_started",
      progress: 0,
      message: String(params["message"] ?? ""),
      steps: params["steps"],
      hidden: params["hidden"] === true,
      trackProgress: params["trackProgress"] === true,
      params: { ...(params["params"] as Params) },
    };
    this.tasks.push(task);
    const run = this.php
      .ownScript("task.php", [task.class, JSON.stringify(task)], {
        env: { LAB_MODULE: extension },
        user: "psaadm",
      })
      .then(({ code, stderr }) => {
        if (code === 0) return;
        task.status = "error";
        task.message ||= stderr.trim();
      })
      .finally(() => this.running.delete(task));
    this.running.set(task, run);
    return task;
  }

  private update(params: Params): void {
    const task = this.tasks.find((one) => one.instanceId === params["instanceId"]);
    if (task === undefined) throw new PanelRefusal(1013, "Task does not exist");
    const { status, progress, message, steps, params: own } = params;
    Object.assign(task, { status, progress, message, steps, params: { ...(own as Params) } });
  }

  /** A task that is gone can report no more; its process ends at its next report. */
  private cancel(chosen: (task: LongTask) => boolean): void {
    for (const task of this.tasks.filter(chosen)) this.tasks.splice(this.tasks.indexOf(task), 1);
  }
}
