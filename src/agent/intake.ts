import { type Clock, systemClock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { createHintPublisher } from "../fleet/hint-publisher.ts";
import type { Log } from "../logging.ts";
import type { Settings } from "../settings.ts";
import { openWebhookListener } from "../webhook/webhook-listener.ts";
import { openBus } from "./fleet-bus.ts";
import type { InheritedSockets } from "./inherited-sockets.ts";
import { readSecretFile } from "./secret-file.ts";

export interface Intake {
  readonly webhookPorts: readonly number[];
  /** Whether webhooks are taken now. */
  readonly ready: boolean;
  /** Reads certificates again. */
  reload(): void;
  stop(): Promise<void>;
}

/**
 * The webhook listener alone, for the hub of a fleet (design §2): what a single server commits to its store is published
 * here, and answered once the bus has it safely. It holds nothing but the bus credential, so any number of them may run
 * behind a balancer, which asks `/healthz` which of them can take webhooks.
 */
export async function startIntake(options: {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock?: Clock;
  readonly sockets?: InheritedSockets;
}): Promise<Intake> {
  const { settings, log } = options;
  const clock = options.clock ?? systemClock;
  const { webhook, fleet } = settings;
  if (fleet.role !== "hub") {
    throw new CodedError("settings-invalid", { detail: "fleet.role must be hub for the intake" });
  }
  const stack = new AsyncDisposableStack();
  try {
    const bus = openBus(settings, "intake", clock, log);
    stack.defer(() => bus.close());
    const publisher = createHintPublisher(bus, clock, log);
    stack.defer(() => publisher.close());
    bus.start();
    const { certificateFile, keyFile } = webhook;
    const listener = await openWebhookListener(
      {
        listen: webhook.listen,
        inherited: options.sockets?.get("webhook") ?? [],
        path: webhook.path,
        token: webhook.tokenFile === null ? null : readSecretFile(webhook.tokenFile).reveal(),
        certificate:
          webhook.tls && certificateFile !== null && keyFile !== null ? { certificateFile, keyFile } : null,
        allowedSources: webhook.allowedSources,
        trustedProxies: webhook.trustedProxies,
      },
      {
        accept: (hints) => publisher.publish(hints),
        get ready() {
          return publisher.ready;
        },
      },
      { clock, log },
    );
    stack.adopt(listener, (opened) => opened.close());
    const parts = stack.move();
    return {
      webhookPorts: listener.ports,
      get ready() {
        return publisher.ready;
      },
      reload: () => listener.reload(),
      stop: () => parts.disposeAsync(),
    };
  } catch (thrown) {
    await stack.disposeAsync();
    throw thrown;
  }
}
