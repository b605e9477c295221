import { z } from "zod";
import { asCodedError, CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import type { Access } from "./access.ts";
import { readAccount } from "./accounts.ts";
import { flag, readData } from "./answers.ts";

type DnsAnswer = Extract<DcvAnswer, { method: "DNS" }>;

const recordTtl = 300;

const authority = z.array(
  z.object({ domain: z.string(), local_authority: flag, zone: z.string().nullish() }),
);
const zoneLines = z.array(
  z.object({
    line_index: z.coerce.number(),
    type: z.string(),
    dname_b64: z.string().nullish(),
    data_b64: z.array(z.string()).nullish(),
    record_type: z.string().nullish(),
  }),
);

interface ZoneRecord {
  readonly line: number;
  /** Absolute, lower case, without trailing dot. */
  readonly owner: string;
  readonly type: string;
  readonly data: readonly string[];
}

interface Zone {
  readonly name: string;
  readonly serial: string;
  readonly records: readonly ZoneRecord[];
}

/** Adds the record unless it is there; never touches another's. The zone must be served from here (spec cpanel §4.10). */
export function publishRecord(access: Access, answer: DnsAnswer): Promise<void> {
  return editZone(access, answer, (zone) => {
    const present = zone.records.filter(({ owner }) => owner === answer.owner.toLowerCase());
    if (present.some((record) => isAnswer(record, answer))) return null;
    const rival = present.find(({ type }) => answer.type === "CNAME" || type === "CNAME");
    if (rival !== undefined) {
      throw new CodedError("dcv-record-conflict", { detail: `${answer.owner} already has ${rival.type}` });
    }
    const added = {
      dname: answer.owner.slice(0, -zone.name.length - 1),
      ttl: recordTtl,
      record_type: answer.type,
      data: [answer.type === "CNAME" ? `${answer.value}.` : answer.value],
    };
    return { add: JSON.stringify(added) };
  });
}

/** Takes away exactly this record, found by its content and never by a remembered line. */
export function withdrawRecord(access: Access, answer: DnsAnswer): Promise<void> {
  return editZone(access, answer, (zone) => {
    const ours = zone.records.find(
      (record) => record.owner === answer.owner.toLowerCase() && isAnswer(record, answer),
    );
    return ours === undefined ? null : { remove: String(ours.line) };
  });
}

/** Reads the zone, decides, and writes; a zone that changed in between is read once more. */
async function editZone(
  access: Access,
  answer: DnsAnswer,
  decide: (zone: Zone) => Readonly<Record<string, string>> | null,
): Promise<void> {
  const name = await zoneOf(access, answer);
  for (let turn = 1; ; turn += 1) {
    const zone = await readZone(access, answer.account, name);
    const change = decide(zone);
    if (change === null) return;
    try {
      await access.api.uapi(answer.account, "DNS::mass_edit_zone", {
        zone: name,
        serial: zone.serial,
        ...change,
      });
      return;
    } catch (thrown) {
      if (turn > 1 || asCodedError(thrown).code !== "panel-refused") throw thrown;
    }
  }
}

/** Throws `dcv-zone-elsewhere` when the world asks other servers, the account has no such zone, or may not edit it. */
async function zoneOf(access: Access, { account, name, owner }: DnsAnswer): Promise<string> {
  const elsewhere = new CodedError("dcv-zone-elsewhere", { detail: owner });
  const { dnsAllowed } = await readAccount(access, account);
  if (!dnsAllowed) throw elsewhere;
  const call = "DNS::has_local_authority";
  const asked = await access.api.tryUapi(account, call, { domain: name.replace(/^\*\./, "") });
  if (!asked.ok) throw elsewhere;
  const [found] = readData(authority, asked.data, call);
  const zone = (found?.zone ?? "").toLowerCase();
  if (found?.local_authority !== true || zone === "" || !owner.toLowerCase().endsWith(`.${zone}`))
    throw elsewhere;
  return zone;
}

async function readZone({ api }: Access, account: string, name: string): Promise<Zone> {
  const call = "DNS::parse_zone";
  const asked = await api.tryUapi(account, call, { zone: name });
  // The panel says so of zones that are not the account's (spec cpanel §4.7).
  if (!asked.ok) throw new CodedError("dcv-zone-elsewhere", { detail: asked.words });
  const records = readData(zoneLines, asked.data, call).flatMap((line): ZoneRecord[] => {
    if (line.type !== "record" || line.dname_b64 == null) return [];
    return [
      {
        line: line.line_index,
        owner: absolute(decoded(line.dname_b64), name),
        type: line.record_type ?? "",
        data: (line.data_b64 ?? []).map(decoded),
      },
    ];
  });
  const serial = records.find(({ type, owner }) => type === "SOA" && owner === name)?.data[2];
  if (serial === undefined)
    throw new CodedError("panel-answer-unreadable", { detail: `${call}: no SOA in ${name}` });
  return { name, serial, records };
}

function isAnswer({ type, data }: ZoneRecord, answer: DnsAnswer): boolean {
  if (type !== answer.type) return false;
  return answer.type === "CNAME"
    ? bare(data[0] ?? "").toLowerCase() === bare(answer.value).toLowerCase()
    : data.join("") === answer.value;
}

function absolute(name: string, zone: string): string {
  const lower = name.toLowerCase();
  if (lower.endsWith(".")) return bare(lower);
  return lower === "" || lower === "@" ? zone : `${lower}.${zone}`;
}

function bare(name: string): string {
  return name.replace(/\.$/, "");
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
