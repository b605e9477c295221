import { ApiFailure } from "./api-failure.ts";
import { editZone, zoneLines } from "./dns-edit.ts";
import { domainsOf } from "./server-files.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";

/** `DNS` (spec §4.10). */
export const dnsFunctions: UapiModule = {
  parse_zone: { run: (call) => zoneLines(call.state.zones, ownZone(call)), demo: true },
  mass_edit_zone: {
    run: (call) => ({ new_serial: editZone(call.state.zones, ownZone(call), call.args, call.state.now()) }),
  },
  has_local_authority: { run: hasLocalAuthority, demo: true },
  lookup: {
    run: ({ state, args }) => {
      const domain = args.required("domain");
      const zone = state.zones.zoneOf(domain);
      return zone === undefined ? [] : [state.zones.text(zone)];
    },
    demo: true,
  },
};

/** Zones of the account's domains; subdomains have none of their own. Needs either editor's feature. */
function ownZone({ state, account, args }: UapiCall): string {
  const zone = args.required("zone").toLowerCase().replace(/\.$/, "");
  const features = ["zoneedit", "simplezoneedit"];
  if (!features.some((feature) => state.files.hasFeature(account, feature))) {
    throw new ApiFailure("You do not have the feature “zoneedit” or “simplezoneedit”.");
  }
  const owned = domainsOf(state.files.domainMap(account)).includes(zone);
  if (!owned || !state.zones.has(zone)) throw new ApiFailure(`You do not control a DNS zone named ${zone}.`);
  return zone;
}

function hasLocalAuthority({ state, args }: UapiCall): unknown {
  args.required("domain");
  return args.all("domain").map((domain) => {
    const zone = state.zones.zoneOf(domain.toLowerCase());
    const local = zone !== undefined && !state.zones.isElsewhere(zone);
    const nameservers = [`ns1.${local ? state.hostName : "elsewhere.lab.test"}`];
    return { domain, local_authority: local ? 1 : 0, nameservers, zone: zone ?? null };
  });
}
