import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import { readAccount } from "./accounts.ts";
import { acceptJson, acceptLegacy } from "./answers.ts";
import type { PanelFiles } from "./files.ts";
import type { Login, PanelApi } from "./panel-api.ts";

type DnsAnswer = Extract<DcvAnswer, { method: "DNS" }>;

const command = "CMD_API_DNS_CONTROL";
const recordTtl = "300";
const zoneRecords = z.object({
  records: z.array(z.object({ name: z.string(), type: z.string(), value: z.string() })),
});

/** Adds the record unless it is there; never touches another's (spec directadmin §3.8). */
export async function publishRecord(
  files: PanelFiles,
  api: PanelApi,
  login: Login,
  answer: DnsAnswer,
): Promise<void> {
  const zone = zoneOf(files, answer);
  const present = await recordsAt(api, login, zone, answer);
  if (present.some((record) => isAnswer(record, answer))) return;
  const rivals = present.filter(({ type }) => answer.type === "CNAME" || type === "CNAME");
  if (rivals.length > 0) {
    throw new CodedError("dcv-record-conflict", { detail: `${answer.owner} already has ${rivals[0]?.type}` });
  }
  const form = {
    domain: zone,
    action: "add",
    type: answer.type,
    name: relativeName(answer.owner, zone),
    value: written(answer),
    ttl: recordTtl,
    allow_dns_underscore: "yes",
  };
  acceptLegacy(await api.call(login, { method: "POST", path: `/${command}`, form }), command);
}

/** Takes away exactly this record; nothing happens when it is not there. */
export async function withdrawRecord(
  files: PanelFiles,
  api: PanelApi,
  login: Login,
  answer: DnsAnswer,
): Promise<void> {
  const zone = zoneOf(files, answer);
  const present = await recordsAt(api, login, zone, answer);
  const ours = present.find((record) => isAnswer(record, answer));
  if (ours === undefined) return;
  const selector = new URLSearchParams({ name: relativeName(answer.owner, zone), value: ours.value });
  const form = {
    domain: zone,
    action: "select",
    delete: "yes",
    [`${answer.type.toLowerCase()}recs0`]: selector.toString(),
  };
  acceptLegacy(await api.call(login, { method: "POST", path: `/${command}`, form }), command);
}

/** The account's domain in whose zone the record lies. Throws `dcv-zone-elsewhere` when it has none, or no right to it. */
function zoneOf(files: PanelFiles, { account, owner }: DnsAnswer): string {
  const { dnsAllowed } = readAccount(files, account);
  const zones = files.domains(account).filter((domain) => owner.endsWith(`.${domain}`));
  const zone = zones.sort((a, b) => b.length - a.length)[0];
  if (zone === undefined || !dnsAllowed) throw new CodedError("dcv-zone-elsewhere", { detail: owner });
  return zone;
}

async function recordsAt(
  api: PanelApi,
  login: Login,
  zone: string,
  { owner }: DnsAnswer,
): Promise<{ name: string; type: string; value: string }[]> {
  const path = `/${command}?${new URLSearchParams({ domain: zone, json: "yes", ttl: "yes" })}`;
  const listed = zoneRecords.safeParse(acceptJson(await api.call(login, { method: "GET", path }), command));
  if (!listed.success)
    throw new CodedError("panel-answer-unreadable", { detail: `${command}: no list of records` });
  return listed.data.records.filter(({ name }) => absolute(name, zone) === owner.toLowerCase());
}

function isAnswer(record: { type: string; value: string }, answer: DnsAnswer): boolean {
  if (record.type !== answer.type) return false;
  const plain = (text: string): string => text.replaceAll('"', "").replace(/\.$/, "");
  return answer.type === "CNAME"
    ? plain(record.value).toLowerCase() === plain(answer.value).toLowerCase()
    : plain(record.value) === plain(answer.value);
}

function absolute(name: string, zone: string): string {
  const lower = name.toLowerCase();
  if (lower.endsWith(".")) return lower.slice(0, -1);
  return lower === "@" || lower === "" ? zone : `${lower}.${zone}`;
}

function relativeName(owner: string, zone: string): string {
  return owner.slice(0, -zone.length - 1);
}

function written({ type, value }: DnsAnswer): string {
  return type === "CNAME" ? `${value}.` : `"${value}"`;
}
