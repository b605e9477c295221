import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { RecordRow } from "../records.ts";
import { absolute, absoluteValue, type NewRecord, type ZoneOwner } from "../zones.ts";
import type { Utility, UtilityCall } from "./utility.ts";

const recordOptions = [
  "a",
  "aaaa",
  "cname",
  "ns",
  "mx",
  "txt",
  "ip",
  "canonical",
  "nameserver",
  "mailexchanger",
  "priority",
];

/** `plesk bin dns` (spec plesk §3.8): zones of domains and of aliases. */
export const dnsUtility: Utility = {
  commands: {
    "--info": {
      short: "-i",
      takes: "domain_name",
      options: [],
      help: "Displays the records of a zone",
      run(call) {
        const owner = zoneOwner(call.state, call.name);
        return `${call.state.zones.records(owner).map(recordLine).join("")}\nSUCCESS: Getting information for Domain '${owner.name}' complete\n`;
      },
    },
    "--add": {
      short: "-a",
      takes: "domain_name",
      options: [...recordOptions, "domain", "value"],
      help: "Adds a record",
      run(call) {
        const owner = zoneOwner(call.state, call.name);
        call.state.zones.add(owner, readRecord(call));
        return `SUCCESS: Adding of DNS record for domain '${owner.name}' complete\n`;
      },
    },
    "--del": {
      short: "-d",
      takes: "domain_name",
      options: [...recordOptions, "domain", "value"],
      help: "Removes a record",
      run(call) {
        const { zones } = call.state;
        const owner = zoneOwner(call.state, call.name);
        const { type, host, value } = readRecord(call);
        const row = zones.find(owner, {
          type,
          host: absolute(host, owner.name),
          value: absoluteValue(type, value),
        });
        if (row === undefined)
          throw new PanelRefusal(1013, "Unable to remove DNS record: Record does not exist");
        zones.delete(row);
        return `SUCCESS: Removal of DNS record for domain '${owner.name}' complete\n`;
      },
    },
    "--on": onOff(true),
    "--off": onOff(false),
    "--set-master": zoneType("master"),
    "--set-slave": zoneType("slave"),
  },
};

function onOff(enabled: boolean): Utility["commands"][string] {
  return {
    takes: "domain_name",
    options: [],
    help: enabled ? "Enables the DNS service" : "Disables the DNS service",
    run({ state, name }) {
      state.zones.change(zoneOwner(state, name), { enabled });
      return `SUCCESS: DNS service for domain '${name}' is ${enabled ? "on" : "off"}\n`;
    },
  };
}

function zoneType(type: "master" | "slave"): Utility["commands"][string] {
  return {
    takes: "domain_name",
    options: [],
    help: `Makes this server the ${type} of the zone`,
    run({ state, name }) {
      state.zones.change(zoneOwner(state, name), { type });
      return `SUCCESS: Zone of domain '${name}' is ${type}\n`;
    },
  };
}

function zoneOwner(state: LabState, name: string): ZoneOwner {
  const owner = state.zones.owner(name);
  if (owner === undefined) throw new PanelRefusal(1013, `Unable to find domain with name '${name}'`);
  state.zones.zone(owner);
  return owner;
}

function recordLine(row: RecordRow): string {
  const value = row.opt === "" ? row.value : `${row.opt} ${row.value}`;
  return `${row.host.padEnd(40)}${row.type.padEnd(8)}${value}\n`;
}

function readRecord({ options, state }: UtilityCall): NewRecord {
  const { a, aaaa, cname, ns, mx, txt, ip = "", canonical, nameserver, mailexchanger, priority } = options;
  if (a !== undefined) return { type: "A", host: a, value: ip };
  if (aaaa !== undefined) return { type: "AAAA", host: aaaa, value: ip };
  if (cname !== undefined) return { type: "CNAME", host: cname, value: needed(canonical, "canonical") };
  if (ns !== undefined) return { type: "NS", host: ns, value: needed(nameserver, "nameserver") };
  if (mx !== undefined) {
    return { type: "MX", host: mx, value: needed(mailexchanger, "mailexchanger"), opt: priority ?? "10" };
  }
  if (txt !== undefined) return textRecord(txt, options, state);
  throw new PanelRefusal(1019, "The record is not specified.");
}

/** The sources differ on how a TXT record is said; `dnsTxt` chooses, and the other forms are refused. */
function textRecord(txt: string, options: UtilityCall["options"], { switches }: LabState): NewRecord {
  const { domain, value } = options;
  if (switches.dnsTxt === "sub-value") {
    return { type: "TXT", host: txt, value: needed(value, "value") };
  }
  if (value !== undefined) throw new PanelRefusal(1019, "Unrecognized option: -value");
  if (switches.dnsTxt === "text-domain") return { type: "TXT", host: domain ?? "", value: txt };
  if (domain !== undefined) throw new PanelRefusal(1019, "Unrecognized option: -domain");
  return { type: "TXT", host: "", value: txt };
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw new PanelRefusal(1019, `The option -${name} is missing.`);
  return value;
}
