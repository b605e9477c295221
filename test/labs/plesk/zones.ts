import type { ZoneRecord } from "../dns/zone-record.ts";
import type { Database } from "./database.ts";
import { PanelRefusal } from "./panel-refusal.ts";
import type { AliasRow, RecordRow, SiteRow, ZoneRow } from "./records.ts";

/** Who owns a zone: a domain, or an alias with DNS of its own. Subdomains live in their domain's zone. */
export interface ZoneOwner {
  name: string;
  site: SiteRow;
  alias: AliasRow | undefined;
}

export interface NewRecord {
  type: string;
  /** Relative to the zone; empty for the zone itself. */
  host: string;
  value: string;
  opt?: string | undefined;
  ttl?: number | undefined;
}

const types = ["A", "AAAA", "CNAME", "NS", "MX", "TXT", "PTR", "SRV", "CAA", "DS", "TLSA", "HTTPS"];
const namesAsValue = ["CNAME", "NS", "MX", "PTR", "SRV"];

/** The zones of the server, and what its name server answers. */
export class Zones {
  /** Read by the name server at every question. */
  readonly served: Map<string, readonly ZoneRecord[]>;
  private readonly database: Database;
  private readonly elsewhere: ReadonlyMap<string, readonly ZoneRecord[]>;

  /** `elsewhere`: zones of other people's name servers. They win where this server is secondary or has its zone off. */
  constructor(database: Database, elsewhere: ReadonlyMap<string, readonly ZoneRecord[]>) {
    this.database = database;
    this.elsewhere = elsewhere;
    this.served = new Map(elsewhere);
    for (const name of Object.keys(database.tables.zones)) this.publish(name);
  }

  /** The zone a name is answered from; undefined for a name that is neither domain nor alias. */
  owner(name: string): ZoneOwner | undefined {
    const alias = this.database.alias(name);
    const site = alias === undefined ? this.database.site(name) : this.database.siteById(alias.siteId);
    if (site === undefined || (alias === undefined && site.kind === "subdomain")) return undefined;
    return { name: alias?.name ?? site.name, site, alias };
  }

  zone(owner: ZoneOwner): ZoneRow {
    const zone = this.database.tables.zones[owner.name];
    if (zone === undefined) throw new PanelRefusal(1013, "DNS zone does not exist");
    return zone;
  }

  records(owner: ZoneOwner): RecordRow[] {
    return this.database.tables.records.filter(
      (one) => one.siteId === owner.site.id && one.aliasId === owner.alias?.id,
    );
  }

  create(owner: ZoneOwner, address: string, hostName: string): void {
    this.database.tables.zones[owner.name] = { enabled: true, type: "master", ttl: 3600 };
    const family = address.includes(":") ? "AAAA" : "A";
    const usual: NewRecord[] = [
      { type: "NS", host: "", value: `ns1.${hostName}` },
      { type: family, host: "", value: address },
      { type: "CNAME", host: "www", value: owner.name },
      { type: family, host: "mail", value: address },
      { type: family, host: "webmail", value: address },
      { type: "MX", host: "", value: `mail.${owner.name}`, opt: "10" },
      { type: "TXT", host: "", value: "v=spf1 +a +mx -all" },
    ];
    for (const record of usual) this.add(owner, record);
  }

  remove(owner: ZoneOwner): void {
    const { tables } = this.database;
    delete tables.zones[owner.name];
    const gone = new Set(this.records(owner));
    tables.records = tables.records.filter((one) => !gone.has(one));
    this.publish(owner.name);
  }

  change(owner: ZoneOwner, change: Partial<ZoneRow>): void {
    Object.assign(this.zone(owner), change);
    this.publish(owner.name);
    this.database.save();
  }

  add(owner: ZoneOwner, record: NewRecord): RecordRow {
    this.checkEditable(owner);
    if (!types.includes(record.type)) throw new PanelRefusal(1019, `Invalid record type: ${record.type}`);
    const row: RecordRow = {
      id: this.database.nextId(),
      siteId: owner.site.id,
      aliasId: owner.alias?.id,
      type: record.type,
      host: absolute(record.host, owner.name),
      value: absoluteValue(record.type, record.value),
      opt: record.opt ?? "",
      ttl: record.ttl,
    };
    if (this.find(owner, row) !== undefined) {
      throw new PanelRefusal(1007, "The DNS record already exists.", 2);
    }
    const others = this.records(owner).filter((one) => one.host === row.host);
    if (others.some((one) => one.type === "CNAME") || (row.type === "CNAME" && others.length > 0)) {
      throw new PanelRefusal(1007, "A CNAME record cannot stand beside other records of the same name.");
    }
    this.database.tables.records.push(row);
    this.publish(owner.name);
    this.database.save();
    return row;
  }

  /** The record that says the same as this one. */
  find(owner: ZoneOwner, wanted: Pick<RecordRow, "type" | "host" | "value">): RecordRow | undefined {
    return this.records(owner).find(
      (one) => one.type === wanted.type && one.host === wanted.host && one.value === wanted.value,
    );
  }

  delete(row: RecordRow): void {
    const owner = this.ownerOf(row);
    if (owner !== undefined) this.checkEditable(owner);
    const { tables } = this.database;
    tables.records = tables.records.filter((one) => one !== row);
    if (owner !== undefined) this.publish(owner.name);
    this.database.save();
  }

  ownerOf(row: RecordRow): ZoneOwner | undefined {
    const site = this.database.siteById(row.siteId);
    const alias = this.database.tables.aliases.find((one) => one.id === row.aliasId);
    return site === undefined ? undefined : { name: alias?.name ?? site.name, site, alias };
  }

  /** Has the name server read a zone again. */
  publish(name: string): void {
    const zone = this.database.tables.zones[name];
    const owner = this.owner(name);
    if (zone?.enabled !== true || zone.type === "slave" || owner === undefined) {
      const other = this.elsewhere.get(name);
      if (other === undefined) this.served.delete(name);
      else this.served.set(name, other);
      return;
    }
    this.served.set(
      name,
      this.records(owner).flatMap((row) => toZoneRecord(row, zone.ttl)),
    );
  }

  private checkEditable(owner: ZoneOwner): void {
    const zone = this.zone(owner);
    if (zone.type === "slave") {
      throw new PanelRefusal(1023, "The DNS zone is of the slave type: its records cannot be changed here.");
    }
  }
}

export function absolute(host: string, zone: string): string {
  const plain = host.toLowerCase().replace(/\.$/, "");
  if (plain === "" || plain === "@" || plain === zone) return `${zone}.`;
  return plain.endsWith(`.${zone}`) ? `${plain}.` : `${plain}.${zone}.`;
}

/** Names in values are absolute, whether or not they came with their closing dot. */
export function absoluteValue(type: string, value: string): string {
  if (!namesAsValue.includes(type)) return value;
  return `${value.toLowerCase().replace(/\.$/, "")}.`;
}

function toZoneRecord(row: RecordRow, zoneTtl: number): ZoneRecord[] {
  const head = { name: row.host, ttl: row.ttl ?? zoneTtl };
  switch (row.type) {
    case "A":
    case "AAAA":
    case "CNAME":
    case "NS":
    case "TXT":
      return [{ ...head, type: row.type, data: row.value }];
    case "MX":
      return [{ ...head, type: "MX", data: { preference: Number(row.opt || "10"), exchange: row.value } }];
    case "CAA": {
      const [flags, tag, text = row.value] =
        row.opt === "" ? row.value.split(" ") : [...row.opt.split(" "), row.value];
      if (tag !== "issue" && tag !== "issuewild" && tag !== "iodef") return [];
      return [{ ...head, type: "CAA", data: { flags: Number(flags), tag, value: text.replaceAll('"', "") } }];
    }
    default:
      return [];
  }
}
