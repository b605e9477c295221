import { type LegacyAnswer, LegacyRefusal } from "./legacy-answer.ts";
import type { LegacyCall, LegacyCommand } from "./legacy-call.ts";
import { field, ownDomain, refuseSuspended } from "./legacy-call.ts";
import type { PanelRecord } from "./zones.ts";

const types = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT"];
const usualTtl = 3600;

/** `CMD_API_DNS_CONTROL` (spec §3.8). Published clients change records by GET as well. */
export const dnsCommand: LegacyCommand = {
  name: "DNS_CONTROL",
  answer(call) {
    const { domain, account } = ownDomain(call, "Cannot View Dns Record");
    if (call.state.files.account(account)?.["dnscontrol"] !== "ON" || !call.state.zones.has(domain)) {
      throw new LegacyRefusal("Cannot View Dns Record", "DNS control is not enabled for this domain");
    }
    const action = field(call, "action");
    if (action === "") return list(call, domain);
    refuseSuspended(call);
    const change = changes[action];
    if (change === undefined) throw new LegacyRefusal("Cannot Edit Dns Record", "Unknown action");
    const answer = change(call, domain);
    if (call.state.switches.dnsVisible === "at-once") call.state.zones.publish([domain]);
    else call.state.tasks.append("action=named&value=reload");
    return answer;
  },
};

const changes: Readonly<Record<string, (call: LegacyCall, domain: string) => LegacyAnswer>> = {
  add(call, domain) {
    addRecord(call, domain, call.state.zones.read(domain));
    return { success: "Record Added" };
  },
  /** The panel does not insist on `delete=yes`; a client in wide use leaves it out. */
  select(call, domain) {
    call.state.zones.write(domain, withoutNamed(call, domain));
    return { success: "Records Deleted" };
  },
  edit(call, domain) {
    addRecord(call, domain, withoutNamed(call, domain));
    return { success: "Record Edited" };
  },
};

function list({ state }: LegacyCall, domain: string): LegacyAnswer {
  const records = state.zones.read(domain).map(({ name, type, value, ttl }) => ({
    name,
    type,
    value,
    ttl: String(ttl),
    combined: `name=${name}&value=${value}`,
  }));
  const json = { records, dns_ttl: "yes", allow_dns_underscore: "yes", default_ttl: String(usualTtl) };
  const lines = records.map(({ name, ttl, type, value }) => `${name} ${ttl} IN ${type} ${value}`);
  return { record: { records: lines.join("\n") }, json };
}

function addRecord(call: LegacyCall, domain: string, others: readonly PanelRecord[]): void {
  const record = readRecord(call);
  const [name, value] = [ownerOf(record.name, domain), normalValue(record.type, record.value)];
  const beside = others.filter((other) => ownerOf(other.name, domain) === name);
  if (beside.some((other) => other.type === record.type && normalValue(other.type, other.value) === value)) {
    throw new LegacyRefusal("Cannot Add Record", "That record already exists");
  }
  const aliased = beside.some(({ type }) => type === "CNAME");
  if (aliased || (record.type === "CNAME" && beside.length > 0)) {
    throw new LegacyRefusal("Cannot Add Record", "A CNAME cannot stand beside another record");
  }
  call.state.zones.write(domain, [...others, { ...record, value }]);
}

function readRecord(call: LegacyCall): PanelRecord {
  const [type, name, value] = [field(call, "type").toUpperCase(), field(call, "name"), field(call, "value")];
  const ttl = field(call, "ttl") === "" ? usualTtl : Number(field(call, "ttl"));
  if (!types.includes(type)) throw new LegacyRefusal("Cannot Add Record", `Unknown type "${type}"`);
  if (!/^(?:@|(?:\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9.])?|\*)$/.test(name)) {
    throw new LegacyRefusal("Cannot Add Record", "The name of the record is not valid");
  }
  if (value.trim() === "" || /[\r\n\t]/.test(value)) {
    throw new LegacyRefusal("Cannot Add Record", "The value of the record is not valid");
  }
  if (!Number.isInteger(ttl) || ttl < 1) throw new LegacyRefusal("Cannot Add Record", "The ttl is not valid");
  return { name, type, value, ttl };
}

/** Records left when those in `txtrecs0`, `cnamerecs1`, … are gone; refused when one of them isn't there. */
function withoutNamed(call: LegacyCall, domain: string): PanelRecord[] {
  let records = call.state.zones.read(domain);
  for (const [key, value] of call.form) {
    const type = /^([a-z]+)recs\d+$/.exec(key)?.[1]?.toUpperCase();
    if (type === undefined) continue;
    const left = records.filter((record) => record.type !== type || !isNamed(record, value, domain));
    if (left.length === records.length) {
      throw new LegacyRefusal("Cannot Delete Record", "That record does not exist");
    }
    records = left;
  }
  return records;
}

/** The field is `name=…&value=…`; some clients urlencode the parts once more, some do not. */
function isNamed(record: PanelRecord, text: string, domain: string): boolean {
  const match = /^name=([^&]*)&value=(.*)$/s.exec(text);
  if (match === null) return false;
  const [, name = "", value = ""] = match;
  const wanted = normalValue(record.type, record.value);
  return (
    ownerOf(decoded(name), domain) === ownerOf(record.name, domain) &&
    [value, decoded(value)].some((candidate) => normalValue(record.type, candidate) === wanted)
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function ownerOf(name: string, domain: string): string {
  const lower = name.toLowerCase();
  if (lower === "@" || lower === "") return `${domain}.`;
  return lower.endsWith(".") ? lower : `${lower}.${domain}.`;
}

function normalValue(type: string, value: string): string {
  if (type !== "TXT") return value;
  return value.startsWith('"') ? value : `"${value}"`;
}
