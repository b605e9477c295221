import { randomInt } from "node:crypto";
import type { Switches } from "./switches.ts";

/** An answer as cPanel prints it: on one line, members in no order, perhaps with numbers as texts (spec §4.2). */
export function jsonText(value: unknown, switches: Switches, indent = 0): string {
  return JSON.stringify(asPrinted(value, switches), null, indent);
}

export function asPrinted(value: unknown, switches: Switches): unknown {
  if (Array.isArray(value)) return value.map((item) => asPrinted(item, switches));
  if (typeof value === "number" && switches.numbersAsStrings) return String(value);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  const ordered = switches.randomOrder ? shuffled(entries) : entries;
  return Object.fromEntries(ordered.map(([name, item]) => [name, asPrinted(item, switches)]));
}

function shuffled<T>(list: readonly T[]): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}
