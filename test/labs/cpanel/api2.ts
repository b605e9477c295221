import { mkdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import { editZone } from "./dns-edit.ts";
import type { LabState } from "./lab-state.ts";
import { domainsOf } from "./server-files.ts";
import type { UapiCall } from "./uapi-call.ts";
import { checkInside, homeFolder } from "./uapi-fileman.ts";
import { absoluteName } from "./zone-text.ts";

type Api2Function = (state: LabState, account: string, args: ApiArguments) => Record<string, unknown>[];

/** The few functions of API 2 that published clients still use (spec §4.10): zones, folders, who one is. */
const functions: Readonly<Record<string, Api2Function>> = {
  "CustInfo::displaycontactinfo": (state, account) => [
    { descp: "Contact email", name: "email", value: state.files.account(account)?.["CONTACTEMAIL"] ?? "" },
  ],
  "Fileman::fileop": fileOperation,
  "Fileman::mkdir": makeFolder,
  "ZoneEdit::add_zone_record": addRecord,
  "ZoneEdit::fetchzone_records": records,
  "ZoneEdit::fetchzones": zones,
  "ZoneEdit::remove_zone_record": removeRecord,
};

/** The answer of API 2: `data` is an array; what went wrong stands in `error` and in the event. */
export function callApi2(
  state: LabState,
  account: string,
  module: string,
  func: string,
  args: ApiArguments,
): unknown {
  const head = { apiversion: 2, module, func };
  const found = functions[`${module}::${func}`];
  if (found === undefined) {
    const error = `Could not find function “${func}” in module “${module}”.`;
    return { cpanelresult: { ...head, error, data: [], event: { result: 0 } } };
  }
  try {
    return { cpanelresult: { ...head, data: found(state, account, args), event: { result: 1 } } };
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    return {
      cpanelresult: {
        ...head,
        error: cause.message,
        data: [{ result: 0, reason: cause.message }],
        event: { result: 1 },
      },
    };
  }
}

function ownZone(state: LabState, account: string, args: ApiArguments): string {
  const zone = args.required("domain");
  if (!domainsOf(state.files.domainMap(account)).includes(zone) || !state.zones.has(zone)) {
    throw new ApiFailure(`You do not control a DNS zone named ${zone}.`);
  }
  return zone;
}

function zones(state: LabState, account: string): Record<string, unknown>[] {
  const own = domainsOf(state.files.domainMap(account)).filter((domain) => state.zones.has(domain));
  const texts = own.map((zone) => [zone, state.zones.text(zone).trimEnd().split("\n")]);
  return [{ status: 1, statusmsg: "Zones fetched", zones: Object.fromEntries(texts) }];
}

function records(state: LabState, account: string, args: ApiArguments): Record<string, unknown>[] {
  const zone = ownZone(state, account, args);
  return state.zones.records(zone).map((record) => {
    const [first = ""] = record.data;
    const name = `${absoluteName(record.name, zone)}.`;
    const value = record.recordType === "TXT" ? { txtdata: record.data.join("") } : { record: first };
    return {
      line: record.index + 1,
      name,
      type: record.recordType,
      ttl: String(record.ttl),
      class: "IN",
      ...value,
    };
  });
}

function addRecord(state: LabState, account: string, args: ApiArguments): Record<string, unknown>[] {
  const zone = ownZone(state, account, args);
  const type = args.required("type");
  const member = { TXT: "txtdata", CNAME: "cname" }[type] ?? "address";
  const record = {
    dname: args.required("name"),
    ttl: Number(args.get("ttl") ?? 14_400),
    record_type: type,
    data: [args.required(member)],
  };
  return edited(state, zone, { add: JSON.stringify(record) });
}

function removeRecord(state: LabState, account: string, args: ApiArguments): Record<string, unknown>[] {
  return edited(state, ownZone(state, account, args), { remove: String(Number(args.required("line")) - 1) });
}

function edited(state: LabState, zone: string, change: Record<string, string>): Record<string, unknown>[] {
  const args = ApiArguments.of({ serial: state.zones.serial(zone), ...change });
  try {
    const newserial = editZone(state.zones, zone, args, state.now());
    return [{ result: { status: 1, statusmsg: "Bind reloading", newserial } }];
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    return [{ result: { status: 0, statusmsg: cause.message, newserial: null } }];
  }
}

function asUapi(state: LabState, account: string, args: ApiArguments): UapiCall {
  const lists = { messages: [], warnings: [], metadata: {}, environment: {} };
  return { state, account, args, via: "http", login: account, ...lists };
}

function makeFolder(state: LabState, account: string, args: ApiArguments): Record<string, unknown>[] {
  const call = asUapi(state, account, args);
  const name = args.required("name");
  if (name.includes("/") || name.startsWith("..")) throw new ApiFailure(`“${name}” is not a valid name.`);
  const parent = homeFolder(call, args.get("path") ?? "");
  checkInside(call, parent.real);
  mkdirSync(`${parent.real}/${name}`, { mode: Number.parseInt(args.get("permissions") ?? "755", 8) });
  state.files.giveTo(`${parent.real}/${name}`, account);
  return [{ name, path: parent.shown, permissions: args.get("permissions") ?? "755" }];
}

/** Only `unlink`, of one file. */
function fileOperation(state: LabState, account: string, args: ApiArguments): Record<string, unknown>[] {
  if (args.required("op") !== "unlink") throw new ApiFailure("Only “unlink” can be done here.");
  const call = asUapi(state, account, args);
  const given = args.required("sourcefiles");
  const folder = homeFolder(call, given.slice(0, Math.max(given.lastIndexOf("/"), 0)));
  checkInside(call, folder.real);
  rmSync(`${folder.real}/${basename(given)}`, { force: true });
  return [{ src: given, result: 1 }];
}
