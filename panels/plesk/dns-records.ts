import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import type { Site } from "./accounts.ts";
import { failure } from "./answers.ts";
import type { PleskCommands } from "./commands.ts";

type DnsAnswer = Extract<DcvAnswer, { method: "DNS" }>;

/** What `plesk bin dns` ends with when the record is there already (spec plesk §3.8). */
const alreadyThere = 2;

const zoneFacts = z.union([
  z.object({
    id: z.number(),
    name: z.string(),
    enabled: z.boolean(),
    primary: z.boolean(),
    records: z.array(
      z.object({
        id: z.number().nullable(),
        type: z.string().nullable(),
        host: z.string().nullable(),
        value: z.string().nullable(),
      }),
    ),
  }),
  z.array(z.never()).transform(() => null),
]);
type Zone = Exclude<z.output<typeof zoneFacts>, null>;

interface PresentRecord {
  readonly id: number | null;
  readonly type: string;
  readonly value: string;
}

/** Adds the record unless it is there; never touches another's. */
export async function publishRecord(
  commands: PleskCommands,
  sites: readonly Site[],
  answer: DnsAnswer,
): Promise<void> {
  const zone = await zoneFor(commands, sites, answer);
  const present = recordsAt(zone, answer.owner);
  if (present.some((record) => isAnswer(record, answer))) return;
  refuseRivals(present, answer);
  if (answer.type === "TXT") {
    await commands.ask(
      done,
      "change-record.php",
      "add",
      String(zone.id),
      labelIn(zone, answer),
      answer.value,
    );
  } else {
    const ended = await commands.attempt("bin", "dns", "--add", zone.name, ...cname(zone, answer));
    if (ended.code !== 0 && ended.code !== alreadyThere) throw failure(`dns --add ${zone.name}`, ended);
  }
  const now = recordsAt(await zoneFor(commands, sites, answer), answer.owner);
  if (now.some((record) => isAnswer(record, answer))) return;
  refuseRivals(now, answer);
  throw new CodedError("panel-not-applied", { detail: `the record ${answer.owner} is not in the zone` });
}

/** Takes away exactly this record; nothing happens when it is not there. */
export async function withdrawRecord(
  commands: PleskCommands,
  sites: readonly Site[],
  answer: DnsAnswer,
): Promise<void> {
  const zone = await zoneFor(commands, sites, answer);
  const ours = recordsAt(zone, answer.owner).find((record) => isAnswer(record, answer));
  if (ours === undefined) return;
  if (answer.type === "TXT") await commands.ask(done, "change-record.php", "remove", String(ours.id));
  else await commands.run("bin", "dns", "--del", zone.name, ...cname(zone, answer));
}

const done = z.object({ done: z.literal(true) });

/** The nearest zone of the account that the panel keeps as primary. Throws `dcv-zone-elsewhere`. */
async function zoneFor(
  commands: PleskCommands,
  sites: readonly Site[],
  { account, owner }: DnsAnswer,
): Promise<Zone> {
  for (const { kind, id } of zoneKeepers(sites, account, owner)) {
    const zone = await commands.ask(zoneFacts, "read-zone.php", kind, String(id));
    if (zone?.enabled === true && zone.primary && owner.endsWith(`.${bare(zone.name)}`)) {
      return { ...zone, name: bare(zone.name) };
    }
  }
  throw new CodedError("dcv-zone-elsewhere", { detail: owner });
}

/** Domains and aliases of the account above this name, the nearest first. */
function zoneKeepers(
  sites: readonly Site[],
  account: string,
  owner: string,
): { kind: "domain" | "alias"; id: number; name: string }[] {
  return sites
    .filter((site) => site.owner === account)
    .flatMap((site) => [
      { kind: "domain" as const, id: site.id, name: site.name },
      ...site.aliases.filter(({ dns }) => dns).map(({ id, name }) => ({ kind: "alias" as const, id, name })),
    ])
    .filter(({ name }) => owner.endsWith(`.${name}`))
    .sort((a, b) => b.name.length - a.name.length);
}

/** Hosts come absolute or relative, with or without a dot at the end; texts with or without quotes. */
function recordsAt(zone: Zone, owner: string): PresentRecord[] {
  return zone.records
    .filter(({ host }) => absolute(host ?? "", zone.name) === owner.toLowerCase())
    .map(({ id, type, value }) => ({ id, type: type ?? "", value: value ?? "" }));
}

function absolute(host: string, zone: string): string {
  const name = host.toLowerCase();
  if (name.endsWith(".")) return bare(name);
  if (name === "" || name === "@") return zone;
  return name === zone || name.endsWith(`.${zone}`) ? name : `${name}.${zone}`;
}

function isAnswer({ type, value }: PresentRecord, answer: DnsAnswer): boolean {
  if (type.toUpperCase() !== answer.type) return false;
  return answer.type === "TXT"
    ? value.replace(/^"(.*)"$/, "$1") === answer.value
    : bare(value.toLowerCase()) === bare(answer.value.toLowerCase());
}

/** A CNAME stands alone at its name (RFC 1034 §3.6.2). */
function refuseRivals(present: readonly PresentRecord[], answer: DnsAnswer): void {
  const rival = present.find(({ type }) => answer.type === "CNAME" || type.toUpperCase() === "CNAME");
  if (rival === undefined) return;
  throw new CodedError("dcv-record-conflict", { detail: `${answer.owner} already has ${rival.type}` });
}

function cname(zone: Zone, answer: DnsAnswer): string[] {
  return ["-cname", labelIn(zone, answer), "-canonical", answer.value];
}

function labelIn(zone: Zone, { owner }: DnsAnswer): string {
  return owner.slice(0, -zone.name.length - 1);
}

function bare(name: string): string {
  return name.replace(/\.$/, "");
}
