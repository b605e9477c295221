import { addAccount, removeAccount, suspendAccount } from "../account-desk.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { ClientRow, PlanRow } from "../records.ts";
import { child, textOf, type XmlElement, type XmlTree } from "../xml.ts";
import {
  adminOnly,
  needed,
  notForCustomers,
  type Operation,
  type Operator,
  type Outcome,
} from "./operation.ts";

/** Operator `customer`. */
export const customerOperator: Operator = accounts("client", "gen_info");

/** Operator `reseller`: the same under another name of its part, and for the administrator. */
export const resellerOperator: Operator = accounts("reseller", "gen-info");

function accounts(role: "client" | "reseller", part: "gen_info" | "gen-info"): Operator {
  const check = role === "reseller" ? adminOnly : notForCustomers;
  return {
    add(operation) {
      check(operation);
      const { state, request, client } = operation;
      const info = child(request, part);
      const row = addAccount(state, {
        role,
        login: needed(info, "login"),
        password: needed(info, "passwd"),
        name: needed(info, "pname"),
        owner: ownerLogin(operation, info) ?? client.login,
        ...optional("company", textOf(info, "cname")),
        ...optional("email", textOf(info, "email")),
        ...optional("description", textOf(info, "description")),
        ...optional("externalId", textOf(info, "external-id")),
        ...optional("locale", textOf(info, "locale")),
      });
      return [{ id: row.id, guid: row.guid }];
    },
    get(operation) {
      check(operation);
      return select(operation, role).map((found) => {
        if (found instanceof PanelRefusal) return found;
        const extra =
          role === "reseller"
            ? { permissions: { permission: [{ name: "create_clients", value: "true" }] } }
            : {};
        return { "filter-id": found.login, id: found.id, data: { [part]: generalInfo(found), ...extra } };
      });
    },
    async set(operation) {
      check(operation);
      const outcomes: Outcome[] = [];
      for (const found of select(operation, role)) {
        if (!(found instanceof PanelRefusal))
          await change(operation, found, child(operation.request, "values", part));
        outcomes.push(found instanceof PanelRefusal ? found : { "filter-id": found.login, id: found.id });
      }
      return outcomes;
    },
    async del(operation) {
      check(operation);
      const outcomes: Outcome[] = [];
      for (const found of select(operation, role)) {
        if (!(found instanceof PanelRefusal)) await removeAccount(operation.state, found);
        outcomes.push(found instanceof PanelRefusal ? found : { "filter-id": found.login, id: found.id });
      }
      return outcomes;
    },
  };
}

/** Operator `service-plan`, for the administrator and resellers. */
export const planOperator: Operator = {
  add(operation) {
    notForCustomers(operation);
    const { state, request, client } = operation;
    const id = state.database.nextId();
    const plan: PlanRow = {
      id,
      guid: `plan-${id}`,
      name: needed(request, "name"),
      ownerId: client.id,
      permissions: {},
      limits: {},
      items: [],
    };
    state.database.tables.plans.push(plan);
    state.database.save();
    return [{ id: plan.id, guid: plan.guid }];
  },
  get(operation) {
    notForCustomers(operation);
    return plans(operation).map((found) =>
      found instanceof PanelRefusal
        ? found
        : { "filter-id": found.name, id: found.id, name: found.name, guid: found.guid },
    );
  },
  del(operation) {
    notForCustomers(operation);
    const { tables } = operation.state.database;
    return plans(operation).map((found) => {
      if (found instanceof PanelRefusal) return found;
      tables.plans = tables.plans.filter((one) => one !== found);
      operation.state.database.save();
      return { "filter-id": found.name, id: found.id };
    });
  },
};

function plans({ state, request }: Operation): (PlanRow | PanelRefusal)[] {
  const conditions = child(request, "filter")?.children.filter((one) => one.name !== "all") ?? [];
  const all = state.database.tables.plans;
  if (conditions.length === 0) return all;
  return conditions.map(({ name, text }) => {
    const wanted = text.trim();
    const found = all.find((one) => (name === "id" ? String(one.id) === wanted : one.name === wanted));
    return found ?? new PanelRefusal(1013, "Plan does not exist");
  });
}

function select(operation: Operation, role: "client" | "reseller"): (ClientRow | PanelRefusal)[] {
  const { state, client, request } = operation;
  const all = state.database.tables.clients.filter(
    (one) => one.role === role && state.database.mayAccessClient(client, one.id),
  );
  const conditions = child(request, "filter")?.children ?? [];
  if (conditions.length === 0) return all;
  return conditions.map(({ name, text }) => {
    const wanted = text.trim();
    const found = all.find((one) => {
      if (name === "id") return String(one.id) === wanted;
      return name === "guid" ? one.guid === wanted : one.login === wanted;
    });
    return found ?? new PanelRefusal(1013, "Client does not exist");
  });
}

async function change(operation: Operation, row: ClientRow, values: XmlElement | undefined): Promise<void> {
  for (const { name, text } of values?.children ?? []) {
    const value = text.trim();
    if (name === "status") await suspendAccount(operation.state, row, value !== "0");
    else if (name === "pname" || name === "cname" || name === "email" || name === "locale") row[name] = value;
    else if (name === "description") row.description = value;
    else throw new PanelRefusal(1019, `Unknown property: ${name}`);
  }
  operation.state.database.save();
}

function generalInfo(row: ClientRow): XmlTree {
  return {
    cr_date: row.created,
    cname: row.cname,
    pname: row.pname,
    login: row.login,
    status: row.suspended ? 16 : 0,
    email: row.email,
    locale: row.locale,
    guid: row.guid,
    "owner-id": row.ownerId,
    "external-id": row.externalId,
    description: row.description,
  };
}

function ownerLogin({ state }: Operation, info: XmlElement | undefined): string | undefined {
  const id = textOf(info, "owner-id");
  return id === undefined ? textOf(info, "owner-login") : state.database.clientById(Number(id))?.login;
}

function optional<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>);
}
