import type { DnsAnswer } from "./dns-server.ts";
import type { ZoneRecord } from "./zone-record.ts";

/** A chain longer than this is a loop, or nothing a resolver would follow. */
const longestCnameChain = 8;

/**
 * Answers from zones (origin → records) as an authoritative server does: CNAMEs followed as far as the zones go,
 * wildcards by RFC 4592, NXDOMAIN told apart from a name without such a record, REFUSED for what is in no zone.
 * The map and its arrays are read at every question, so a change is served at once. A zone without an SOA gets one.
 */
export function zoneLookup(
  zones: ReadonlyMap<string, readonly ZoneRecord[]>,
): (name: string, type: string) => DnsAnswer {
  return (asked, type) => {
    const answers: ZoneRecord[] = [];
    let name = normalise(asked);
    for (let hop = 0; hop < longestCnameChain; hop += 1) {
      const zone = zoneOf(zones, name);
      if (zone === undefined) {
        return answers.length > 0 ? { answers } : { rcode: "REFUSED", authoritative: false };
      }
      const found = recordsAt(zone, name);
      if (found === undefined) return { rcode: "NXDOMAIN", answers, authorities: [soaOf(zone)] };
      const alias = found.find((record) => record.type === "CNAME");
      if (alias?.type === "CNAME" && type !== "CNAME" && type !== "ANY") {
        answers.push(alias);
        name = normalise(alias.data);
        continue;
      }
      const matching = found.filter((record) => type === "ANY" || record.type === type);
      answers.push(...matching);
      if (type === "SOA" && name === zone.origin && matching.length === 0) answers.push(soaOf(zone));
      return answers.length > 0 && matching.length > 0
        ? { answers }
        : { answers, authorities: [soaOf(zone)] };
    }
    return { rcode: "SERVFAIL" };
  };
}

interface Zone {
  origin: string;
  records: readonly ZoneRecord[];
}

function zoneOf(zones: ReadonlyMap<string, readonly ZoneRecord[]>, name: string): Zone | undefined {
  let best: Zone | undefined;
  for (const [key, records] of zones) {
    const origin = normalise(key);
    if (isAtOrUnder(name, origin) && (best === undefined || origin.length > best.origin.length)) {
      best = { origin, records };
    }
  }
  return best;
}

/** Undefined when the name does not exist; an empty list when it exists without records of its own. */
function recordsAt(zone: Zone, name: string): ZoneRecord[] | undefined {
  const own = zone.records.filter((record) => normalise(record.name) === name);
  if (own.length > 0) return own;
  if (exists(zone, name)) return [];
  let encloser = parentOf(name);
  while (!exists(zone, encloser)) encloser = parentOf(encloser);
  const wildcard = zone.records.filter((record) => normalise(record.name) === `*.${encloser}`);
  return wildcard.length > 0 ? wildcard.map((record) => ({ ...record, name })) : undefined;
}

function exists(zone: Zone, name: string): boolean {
  return name === zone.origin || zone.records.some((record) => isAtOrUnder(normalise(record.name), name));
}

function soaOf(zone: Zone): ZoneRecord {
  const soa = zone.records.find((record) => record.type === "SOA");
  if (soa !== undefined) return soa;
  return {
    name: zone.origin,
    type: "SOA",
    ttl: 300,
    data: {
      mname: `ns1.${zone.origin}`,
      rname: `hostmaster.${zone.origin}`,
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 604_800,
      minimum: 60,
    },
  };
}

function isAtOrUnder(name: string, ancestor: string): boolean {
  return name === ancestor || name.endsWith(`.${ancestor}`);
}

function parentOf(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
