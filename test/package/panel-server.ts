import type { Machine } from "../labs/machine/machine.ts";
import { command, type LabOnServer } from "./lab-process.ts";

/** A panel's lab on a server, at the addresses and places of a real one, with one account. */
export interface PanelOnServer {
  readonly machine: Machine;
  readonly lab: LabOnServer;
  readonly account: string;
  /** Two websites of the account, each with a certificate of its own. */
  readonly domain: string;
  readonly second: string;
  /** Where the account's websites lie. */
  readonly home: string;
  /** Has the panel trust the roots in PEM, as it trusts those of the world. */
  trust(pem: string): Promise<void>;
  /** A change in the panel of which it tells plugins: one more website for the account. */
  addDomain(name: string): Promise<void>;
  /** The plugin's page of that name, as the account or the administrator is shown it in a session of the panel. */
  page(who: "account" | "administrator", name?: string): Promise<string>;
}

/** Calls of a browser to the panel on this machine, with its cookies; throws when one is not answered with 200. */
export function visitorOf(machine: Machine, jar: string) {
  return (address: string, form?: Readonly<Record<string, string>>): Promise<string> => {
    const fields = Object.entries(form ?? {}).flatMap(([name, value]) => [
      "--data-urlencode",
      `${name}=${value}`,
    ]);
    const cookies = ["--cookie", jar, "--cookie-jar", jar];
    return command(
      machine,
      "curl",
      "-q",
      "-sS",
      "-k",
      "--fail",
      "--location",
      ...cookies,
      ...fields,
      address,
    );
  };
}
