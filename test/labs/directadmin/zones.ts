import { existsSync } from "node:fs";
import { readLines, removeFile, writeLines } from "../common/text-files.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";
import type { PanelFiles } from "./panel-files.ts";

/** A record as the panel shows it: `name` relative to the domain, or absolute with a closing dot. */
export interface PanelRecord {
  name: string;
  ttl: number;
  type: string;
  /** TXT in double quotes, MX with its preference in front. */
  value: string;
}

const usualTtl = 3600;

/** The zones of the server as files `etc/bind/D.db`, and what the name server serves of them. */
export class Zones {
  /** Read by the name server at every question. */
  readonly served: Map<string, readonly ZoneRecord[]>;
  private readonly files: PanelFiles;

  /** `elsewhere`: zones that another name server has, served along with the panel's own. */
  constructor(files: PanelFiles, elsewhere: ReadonlyMap<string, readonly ZoneRecord[]>) {
    this.files = files;
    this.served = new Map(elsewhere);
  }

  has(domain: string): boolean {
    return existsSync(this.pathOf(domain));
  }

  read(domain: string): PanelRecord[] {
    return readLines(this.pathOf(domain)).flatMap((line) => {
      const [name, ttl, , type, value] = line.split("\t");
      if (name === undefined || type === undefined || value === undefined) return [];
      return [{ name, ttl: Number(ttl), type, value }];
    });
  }

  write(domain: string, records: readonly PanelRecord[]): void {
    writeLines(
      this.pathOf(domain),
      records.map(({ name, ttl, type, value }) => [name, ttl, "IN", type, value].join("\t")),
    );
  }

  create(domain: string, address: string, hostName: string): void {
    const family = address.includes(":") ? "AAAA" : "A";
    const record = (name: string, type: string, value: string): PanelRecord => ({
      name,
      ttl: usualTtl,
      type,
      value,
    });
    this.write(domain, [
      record(`${domain}.`, "NS", `ns1.${hostName}.`),
      record(`${domain}.`, family, address),
      record("www", family, address),
      record("mail", family, address),
      record("ftp", family, address),
      record(`${domain}.`, "MX", "10 mail"),
      record(`${domain}.`, "TXT", '"v=spf1 a mx ~all"'),
    ]);
  }

  remove(domain: string): void {
    removeFile(this.pathOf(domain));
    this.served.delete(domain);
  }

  /** Has the name server read the zones of these domains again; what named does on its queued reload. */
  publish(domains: readonly string[]): void {
    for (const domain of domains) {
      if (!this.has(domain)) continue;
      this.served.set(
        domain,
        this.read(domain).flatMap((record) => toZoneRecord(record, domain)),
      );
    }
  }

  private pathOf(domain: string): string {
    return this.files.path("etc/bind", `${domain}.db`);
  }
}

function toZoneRecord({ name, ttl, type, value }: PanelRecord, domain: string): ZoneRecord[] {
  const head = { name: absolute(name, domain), ttl };
  switch (type) {
    case "A":
    case "AAAA":
      return [{ ...head, type, data: value }];
    case "CNAME":
    case "NS":
      return [{ ...head, type, data: absolute(value, domain) }];
    case "TXT":
      return [{ ...head, type, data: value.replaceAll(/^"|"$/g, "").replaceAll('" "', "") }];
    case "MX": {
      const [preference, exchange = ""] = value.split(" ");
      return [
        { ...head, type, data: { preference: Number(preference), exchange: absolute(exchange, domain) } },
      ];
    }
    case "CAA": {
      const [flags, tag, text = ""] = value.split(" ");
      if (tag !== "issue" && tag !== "issuewild" && tag !== "iodef") return [];
      return [{ ...head, type, data: { flags: Number(flags), tag, value: text.replaceAll('"', "") } }];
    }
    default:
      return [];
  }
}

function absolute(name: string, domain: string): string {
  if (name === "@" || name === "") return domain;
  return name.endsWith(".") ? name.slice(0, -1) : `${name}.${domain}`;
}
