import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { WebhookSwitches } from "./switches.ts";
import type { Tasks } from "./tasks.ts";

/** The parameters of one call (spec xolphin-api §10.3), written in this order and case. */
export interface WebhookCall {
  RequestId: number | string;
  Status?: string;
  State?: string;
  Domain?: string;
  /** More parameters, for calls the vendor never makes. */
  [parameter: string]: string | number | undefined;
}

/** One attempt to deliver one copy of a call to one address. */
export interface WebhookDelivery {
  at: Date;
  url: string;
  method: "GET" | "POST";
  call: WebhookCall;
  attempt: number;
  /** Absent when there was no answer; then `error` says why. */
  status?: number;
  body?: string;
  error?: string;
}

/** Makes the calls, one after the other like a queue worker would, and keeps what was answered. */
export class WebhookSender {
  readonly deliveries: WebhookDelivery[] = [];
  private readonly switches: WebhookSwitches;
  private readonly tasks: Tasks;
  private readonly now: () => Date;
  private readonly signal: AbortSignal;
  private held: WebhookCall[] = [];
  private shuffled: WebhookCall[] = [];
  private queue: Promise<unknown> = Promise.resolve();

  /** `signal` ends the calls under way. */
  constructor(switches: WebhookSwitches, tasks: Tasks, now: () => Date, signal: AbortSignal) {
    this.switches = switches;
    this.tasks = tasks;
    this.now = now;
    this.signal = signal;
  }

  /** Calls kept back by `hold`, oldest first. */
  get kept(): readonly WebhookCall[] {
    return this.held;
  }

  /** Queues a call under the switches of this moment. */
  announce(call: WebhookCall): void {
    if (this.switches.hold) {
      this.held.push(call);
      return;
    }
    if (this.switches.reorder > 1) {
      this.shuffled.push(call);
      if (this.shuffled.length < this.switches.reorder) return;
      const calls = this.shuffled.reverse();
      this.shuffled = [];
      for (const next of calls) this.enqueue(next);
      return;
    }
    this.enqueue(call);
  }

  /** Makes the calls that were kept back, in the order `arrange` puts them. */
  async release(
    arrange: (calls: WebhookCall[]) => WebhookCall[] = (calls) => calls,
  ): Promise<WebhookDelivery[]> {
    const calls = arrange([...this.held, ...this.shuffled]);
    this.held = [];
    this.shuffled = [];
    const made: WebhookDelivery[] = [];
    for (const call of calls) made.push(...(await this.send(call)));
    return made;
  }

  /** Makes a call at once, past `hold`, `reorder` and `delayMs`; with copies, addresses and retries as switched. */
  async send(call: WebhookCall): Promise<WebhookDelivery[]> {
    const { url, copies } = this.switches;
    const urls = url === null ? [] : [url].flat();
    const made: WebhookDelivery[] = [];
    for (const target of urls) {
      for (let copy = 0; copy < copies; copy += 1)
        made.push(await this.tasks.track(this.deliver(target, call, 1)));
    }
    return made;
  }

  /** Resolves when every call queued so far was answered or failed. */
  async settled(): Promise<void> {
    await this.queue;
  }

  private enqueue(call: WebhookCall): void {
    const { delayMs } = this.switches;
    if (delayMs > 0) {
      this.tasks.later(delayMs, async () => {
        await this.send(call);
      });
      return;
    }
    this.queue = this.tasks.track(this.queue.then(() => this.send(call)));
  }

  private async deliver(target: string, call: WebhookCall, attempt: number): Promise<WebhookDelivery> {
    const { method, retries, retryDelayMs } = this.switches;
    const delivery: WebhookDelivery = { at: this.now(), url: target, method, call, attempt };
    this.deliveries.push(delivery);
    try {
      Object.assign(delivery, await this.call(target, call));
    } catch (cause) {
      delivery.error = (cause as Error).message;
    }
    const accepted = delivery.status !== undefined && delivery.status >= 200 && delivery.status < 300;
    if (!accepted && attempt <= retries) {
      this.tasks.later(retryDelayMs, async () => {
        await this.deliver(target, call, attempt + 1);
      });
    }
    return delivery;
  }

  private call(target: string, call: WebhookCall): Promise<{ status: number; body: string }> {
    const { method, localAddress, trustPem, timeoutMs } = this.switches;
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(call)) {
      if (value !== undefined) parameters.append(name, String(value));
    }
    const url = new URL(target);
    if (method === "GET") for (const [name, value] of parameters) url.searchParams.append(name, value);
    const body = method === "POST" ? parameters.toString() : "";
    const options = {
      method,
      agent: false as const,
      signal: this.signal,
      timeout: timeoutMs,
      headers:
        method === "POST"
          ? { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) }
          : {},
      ...(localAddress === null ? {} : { localAddress }),
      ...(trustPem === null ? {} : { ca: trustPem }),
    };
    return new Promise((resolve, reject) => {
      const onReply = (response: IncomingMessage): void => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString("utf8").slice(0, 500),
          }),
        );
      };
      const request =
        url.protocol === "https:" ? httpsRequest(url, options, onReply) : httpRequest(url, options, onReply);
      request.on("timeout", () => request.destroy(new Error("The receiver did not answer in time.")));
      request.on("error", reject);
      request.end(body);
    });
  }
}
