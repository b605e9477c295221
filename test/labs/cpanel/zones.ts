import { existsSync, readdirSync } from "node:fs";
import { readText, removeFile, writeText } from "../common/text-files.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";
import type { ServerFiles } from "./server-files.ts";
import { absoluteName, parseZone, recordLine, type ZoneLine } from "./zone-text.ts";

type RecordLine = Extract<ZoneLine, { type: "record" }>;

/** Zones of the server as text files `/var/named/<zone>.db`, and what the name server serves of them. */
export class Zones {
  /** Read by the name server at every question. */
  readonly served: Map<string, readonly ZoneRecord[]>;
  private readonly files: ServerFiles;
  private readonly elsewhere: ReadonlyMap<string, readonly ZoneRecord[]>;

  /** `elsewhere`: zones of other people's name servers, which win over the server's own file for the same domain. */
  constructor(files: ServerFiles, elsewhere: ReadonlyMap<string, readonly ZoneRecord[]>) {
    this.files = files;
    this.elsewhere = elsewhere;
    this.served = new Map(elsewhere);
    for (const file of readdirSync(files.path("var/named"))) {
      if (file.endsWith(".db")) this.publish(file.slice(0, -3));
    }
  }

  has(zone: string): boolean {
    return /^[a-z0-9._-]+$/.test(zone) && existsSync(this.pathOf(zone));
  }

  /** The zone that a name belongs to, if the server has it. */
  zoneOf(name: string): string | undefined {
    for (let zone = name; zone.includes("."); zone = zone.slice(zone.indexOf(".") + 1)) {
      if (this.has(zone)) return zone;
    }
    return undefined;
  }

  read(zone: string): ZoneLine[] {
    return parseZone(readText(this.pathOf(zone)) ?? "");
  }

  text(zone: string): string {
    return readText(this.pathOf(zone)) ?? "";
  }

  /** Replaces the file at once; the name server reads it straight away. */
  write(zone: string, text: string): void {
    writeText(this.pathOf(zone), text);
    this.publish(zone);
  }

  create(zone: string, options: { address: string; hostName: string; now: Date }): void {
    const { address, hostName } = options;
    const family = address.includes(":") ? "AAAA" : "A";
    const services = [
      "cpanel",
      "webmail",
      "webdisk",
      "cpcontacts",
      "cpcalendars",
      "autodiscover",
      "autoconfig",
    ];
    const lines = [
      "; cPanel first:11.138.0.10 (update_time):1790000000 Cpanel::ZoneFile::VERSION:1.3",
      "; Zone file for the lab",
      "$TTL 14400",
      `${zone}.\t86400\tIN\tSOA\tns1.${hostName}.\troot.${hostName}.\t(`,
      `\t\t\t\t\t\t${firstSerial(options.now)} ;Serial Number`,
      "\t\t\t\t\t\t3600 ;refresh",
      "\t\t\t\t\t\t1800 ;retry",
      "\t\t\t\t\t\t1209600 ;expire",
      "\t\t\t\t\t\t86400\t)",
      recordLine(`${zone}.`, 86_400, "NS", [`ns1.${hostName}.`]),
      recordLine(`${zone}.`, 14_400, family, [address]),
      recordLine(`${zone}.`, 14_400, "MX", ["0", `${zone}.`]),
      recordLine("mail", 14_400, "CNAME", [`${zone}.`]),
      recordLine("www", 14_400, "CNAME", [`${zone}.`]),
      recordLine("ftp", 14_400, family, [address]),
      recordLine(`${zone}.`, 14_400, "TXT", ["v=spf1 +a +mx ~all"]),
      ...services.map((name) => recordLine(name, 14_400, family, [address])),
    ];
    this.write(zone, `${lines.join("\n")}\n`);
  }

  /** Adds address records for names within one of the server's zones; what is there already stays. */
  addAddresses(names: readonly string[], address: string): void {
    for (const name of names) {
      const zone = this.zoneOf(name.replace("*.", "any."));
      if (zone === undefined || this.records(zone).some((record) => absoluteName(record.name, zone) === name))
        continue;
      const relative = name === zone ? `${zone}.` : name.slice(0, -zone.length - 1);
      const family = address.includes(":") ? "AAAA" : "A";
      this.write(zone, `${this.text(zone)}${recordLine(relative, 14_400, family, [address])}\n`);
    }
  }

  remove(zone: string): void {
    removeFile(this.pathOf(zone));
    this.served.delete(zone);
  }

  records(zone: string): RecordLine[] {
    return this.read(zone).filter((line) => line.type === "record");
  }

  serial(zone: string): string {
    return this.records(zone).find((record) => record.recordType === "SOA")?.data[2] ?? "";
  }

  /** Is the domain delegated to other name servers, so that this server's zone is seen by nobody? */
  isElsewhere(zone: string): boolean {
    return this.elsewhere.has(zone);
  }

  private publish(zone: string): void {
    if (this.isElsewhere(zone)) return;
    this.served.set(
      zone,
      this.records(zone).flatMap((record) => toZoneRecord(record, zone)),
    );
  }

  private pathOf(zone: string): string {
    return this.files.path("var/named", `${zone}.db`);
  }
}

function firstSerial(now: Date): string {
  return `${now.toISOString().slice(0, 10).replaceAll("-", "")}00`;
}

/** The next serial in the usual form of date and counter; never a smaller one. */
export function nextSerial(serial: string, now: Date): string {
  return String(Math.max(Number(serial) + 1, Number(firstSerial(now))));
}

function toZoneRecord(record: RecordLine, zone: string): ZoneRecord[] {
  const { recordType: type, data, ttl } = record;
  const head = { name: absoluteName(record.name, zone), ttl };
  const [first = "", second = "", third = ""] = data;
  switch (type) {
    case "A":
    case "AAAA":
      return [{ ...head, type, data: first }];
    case "CNAME":
    case "NS":
      return [{ ...head, type, data: absoluteName(first, zone) }];
    case "TXT":
      return [{ ...head, type, data: data.join("") }];
    case "MX":
      return [{ ...head, type, data: { preference: Number(first), exchange: absoluteName(second, zone) } }];
    case "CAA":
      if (second !== "issue" && second !== "issuewild" && second !== "iodef") return [];
      return [{ ...head, type, data: { flags: Number(first), tag: second, value: third } }];
    case "SOA": {
      const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = data.slice(2).map(Number);
      const names = { mname: absoluteName(first, zone), rname: absoluteName(second, zone) };
      return [{ ...head, type, data: { ...names, serial, refresh, retry, expire, minimum } }];
    }
    default:
      return [];
  }
}
