import type { ServerResponse } from "node:http";
import type { ExtensionHost } from "./extension-host-contract.ts";
import { PanelRefusal } from "./panel-refusal.ts";

/** The panel of a lab that was started without its extension side. */
export class WithoutExtensions implements ExtensionHost {
  install(): Promise<string> {
    return Promise.reject(unavailable());
  }

  register(): Promise<string> {
    return Promise.reject(unavailable());
  }

  uninstall(): Promise<string> {
    return Promise.reject(unavailable());
  }

  execute(): Promise<never> {
    return Promise.reject(unavailable());
  }

  call(): Promise<never> {
    return Promise.reject(unavailable());
  }

  runSbin(): Promise<never> {
    return Promise.reject(unavailable());
  }

  hook(): Promise<null> {
    return Promise.resolve(null);
  }

  breakPages(): number {
    return 0;
  }

  runScheduled(): Promise<[]> {
    return Promise.resolve([]);
  }

  readonly longTasks = [];

  longTasksDone(): Promise<void> {
    return Promise.resolve();
  }

  webServerLines(): Promise<string> {
    return Promise.resolve("");
  }

  answer(_request: unknown, response: ServerResponse): Promise<void> {
    response.writeHead(404).end();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

function unavailable(): PanelRefusal {
  return new PanelRefusal(1023, "This lab was started without extensions.");
}
