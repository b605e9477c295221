import { Resolver } from "node:dns/promises";
import type { PanelHarness } from "../contract/panel-contract.ts";

/** Asks a lab's name server; nothing where there is no such record. */
export function lookUpAt(dnsAddress: string): PanelHarness["lookUp"] {
  const resolver = new Resolver();
  resolver.setServers([dnsAddress]);
  return async (name, type) => {
    try {
      const found = (await resolver.resolve(name, type)) as (string | string[])[];
      return found.map((value) => (Array.isArray(value) ? value.join("") : value));
    } catch {
      return [];
    }
  };
}
