import { PanelRefusal } from "../panel-refusal.ts";
import type { RecordRow } from "../records.ts";
import { child, textOf, type XmlElement } from "../xml.ts";
import type { ZoneOwner } from "../zones.ts";
import {
  accessible,
  checkSequence,
  needed,
  type Operation,
  type Operator,
  type Outcome,
  outcome,
} from "./operation.ts";

/** Operator `dns` (spec plesk §3.8). */
export const dnsOperator: Operator = {
  add_rec(operation) {
    const { state, request } = operation;
    checkSequence(request, ["site-id", "site-alias-id", "type", "host", "value", "opt", "ttl"]);
    const ttl = textOf(request, "ttl");
    const row = state.zones.add(ownerOf(operation), {
      type: needed(request, "type"),
      host: needed(request, "host"),
      value: needed(request, "value"),
      opt: textOf(request, "opt"),
      ttl: ttl === undefined ? undefined : Number(ttl),
    });
    return [{ id: row.id }];
  },

  get_rec(operation) {
    return selected(operation).map((found) => {
      if (found instanceof PanelRefusal) return found;
      const owner =
        found.aliasId === undefined ? { "site-id": found.siteId } : { "site-alias-id": found.aliasId };
      const { id, type, host, value, opt } = found;
      return { id, data: { ...owner, type, host, value, opt } };
    });
  },

  async del_rec(operation) {
    const outcomes: Outcome[] = [];
    for (const found of selected(operation)) {
      outcomes.push(
        found instanceof PanelRefusal
          ? found
          : await outcome(() => {
              operation.state.zones.delete(found);
              return { id: found.id };
            }),
      );
    }
    return outcomes;
  },
};

function ownerOf(operation: Operation): ZoneOwner {
  const owner = zoneOf(operation, operation.request);
  if (owner === undefined) throw new PanelRefusal(1013, "Site does not exist");
  return owner;
}

function zoneOf(operation: Operation, from: XmlElement): ZoneOwner | undefined {
  const { state } = operation;
  const siteId = textOf(from, "site-id");
  const aliasId = textOf(from, "site-alias-id");
  const sites = accessible(operation);
  const alias = state.database.tables.aliases.find((one) => String(one.id) === aliasId);
  const site = sites.find((one) =>
    alias === undefined ? String(one.id) === siteId : one.id === alias.siteId,
  );
  return site === undefined ? undefined : state.zones.owner(alias?.name ?? site.name);
}

/** Records of the sites a filter names, or single ones by id. */
function selected(operation: Operation): (RecordRow | PanelRefusal)[] {
  const { state, request } = operation;
  const filter = child(request, "filter");
  const mine = new Set(accessible(operation).map(({ id }) => id));
  const all = state.database.tables.records.filter((row) => mine.has(row.siteId));
  const conditions = filter?.children ?? [];
  if (conditions.length === 0) return all;
  return conditions.flatMap((condition) => {
    if (condition.name === "id") {
      const found = all.find((row) => String(row.id) === condition.text.trim());
      return [found ?? new PanelRefusal(1013, "Record does not exist")];
    }
    const owner = zoneOf(operation, { ...condition, name: "filter", children: [condition] });
    return owner === undefined ? [new PanelRefusal(1013, "Site does not exist")] : state.zones.records(owner);
  });
}
