import type { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import { absoluteName, parseZone, recordLine, type ZoneLine } from "./zone-text.ts";
import { nextSerial, type Zones } from "./zones.ts";

/** Types that a write may have (spec §4.10). */
const writable = ["A", "AAAA", "ALIAS", "CAA", "CNAME", "HTTPS", "MX", "NS", "SRV", "SVCB", "TXT"];

/** The zone as `parse_zone` tells it. */
export function zoneLines(zones: Zones, zone: string): Record<string, unknown>[] {
  return zones.read(zone).map((line) => {
    if (line.type !== "record")
      return { line_index: line.index, type: line.type, text_b64: base64(line.text) };
    return {
      line_index: line.index,
      type: "record",
      dname_b64: base64(line.name),
      record_type: line.recordType,
      ttl: line.ttl,
      data_b64: line.data.map(base64),
    };
  });
}

/** `mass_edit_zone`: all of it or nothing; the new serial. */
export function editZone(zones: Zones, zone: string, args: ApiArguments, now: Date): string {
  const serial = args.required("serial");
  if (serial !== zones.serial(zone)) {
    // Assumption: the text for a stale serial (spec §4.10 only says that it fails).
    throw new ApiFailure(
      `The given serial number (${serial}) does not match the DNS zone’s serial number (${zones.serial(zone)}). Refresh your view of the DNS zone, then resubmit.`,
    );
  }
  const lines = zones.text(zone).replace(/\n$/, "").split("\n");
  const records = new Map(zones.read(zone).map((line) => [line.index, line]));
  for (const index of args.all("remove")) dropLines(lines, recordAt(records, index));
  for (const text of args.all("edit")) {
    const change = readRecord(text);
    const line = recordAt(records, String(change.line_index));
    dropLines(lines, line);
    lines[line.index] = recordLine(change.dname, change.ttl, change.record_type, change.data);
  }
  const added = args.all("add").map((text) => {
    const record = readRecord(text);
    return recordLine(record.dname, record.ttl, record.record_type, record.data);
  });
  const fresh = nextSerial(serial, now);
  const text = [...lines.filter((line) => line !== removed), ...added].join("\n").replace(serial, fresh);
  checkZone(zone, `${text}\n`);
  zones.write(zone, `${text}\n`);
  return fresh;
}

/** Marks what goes, so that indexes mean what they meant before the call. */
const removed = "\0removed";

function dropLines(lines: string[], line: ZoneLine): void {
  for (let offset = 0; offset < line.lines; offset += 1) lines[line.index + offset] = removed;
}

function recordAt(records: ReadonlyMap<number, ZoneLine>, index: string): ZoneLine {
  const line = /^\d+$/.test(index) ? records.get(Number(index)) : undefined;
  if (line?.type !== "record" || line.recordType === "SOA") {
    throw new ApiFailure(`No record that can be changed is at line index ${index}.`);
  }
  return line;
}

interface GivenRecord {
  dname: string;
  ttl: number;
  record_type: string;
  data: string[];
  line_index?: number;
}

function readRecord(text: string): GivenRecord {
  let given: Partial<GivenRecord>;
  try {
    given = JSON.parse(text) as Partial<GivenRecord>;
  } catch {
    throw new ApiFailure("The given record is not valid JSON.");
  }
  const { dname, ttl, record_type: type, data } = given;
  if (typeof dname !== "string" || dname === "") throw new ApiFailure("A record needs “dname”.");
  if (!Number.isInteger(Number(ttl)) || Number(ttl) < 1)
    throw new ApiFailure("A record needs a valid “ttl”.");
  if (typeof type !== "string" || !writable.includes(type))
    throw new ApiFailure(`“${type}” is not a record type that can be written.`);
  if (!Array.isArray(data) || data.length === 0) throw new ApiFailure("A record needs “data”.");
  if (/[\s"();]/.test(dname)) throw new ApiFailure(`“${dname}” is not a valid name.`);
  const words = data.map(String);
  if (type !== "TXT" && words.some((word) => /[\s"()]/.test(word)))
    throw new ApiFailure("The data of the record is not valid.");
  return { ...given, dname, ttl: Number(ttl), record_type: type, data: words };
}

/** What a name server would not load is refused: a CNAME beside anything else, a name outside the zone. */
function checkZone(zone: string, text: string): void {
  const types = new Map<string, string[]>();
  for (const line of parseZone(text)) {
    if (line.type !== "record") continue;
    const name = absoluteName(line.name, zone).toLowerCase();
    if (name !== zone && !name.endsWith(`.${zone}`))
      throw new ApiFailure(`The name “${name}” is not in the zone “${zone}”.`);
    types.set(name, [...(types.get(name) ?? []), line.recordType]);
  }
  for (const [name, found] of types) {
    if (found.includes("CNAME") && found.length > 1) throw new ApiFailure(`${name}: CNAME and other data.`);
  }
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
