import { displayName } from "../model/host-name.ts";
import { type Tone, whoseTurn } from "../model/whose-turn.ts";
import type { PageRequest } from "../panel.ts";
import type { ListFilter, ListGroup, RequestList, RequestRow } from "./data/requests.ts";
import { type Route, showPage } from "./route.ts";
import type { Language } from "./texts/texts.ts";

const listGroups: readonly ListGroup[] = ["all", "attention", "busy", "secured", "ended"];
const namesShown = 3;
const longestSearch = 253;

/** Every request the caller may see, in groups, with a search. */
export const certificateListRoute: Route = {
  path: "/",
  async view(call) {
    const filter = readFilter(call.request.query);
    const list = await call.data.listRequests(call.request.caller, filter);
    return showPage(call, "certificate-list", listView(call.request, call.language, filter, list));
  },
};

/** One row of a list, ready to print. */
export interface RowView {
  readonly href: string;
  readonly label: string;
  readonly names: readonly string[];
  readonly more: string;
  readonly account: string;
  readonly tone: Tone;
  readonly state: string;
  readonly reason: string;
  readonly validUntil: string;
  readonly product: string;
  readonly changed: { readonly iso: string; readonly text: string };
}

/** Reads what the list is asked for; what makes no sense counts as not said. */
function readFilter(query: ReadonlyMap<string, string>): ListFilter {
  const group = listGroups.find((name) => name === query.get("group")) ?? "all";
  const page = /^[1-9]\d{0,5}$/.test(query.get("p") ?? "") ? Number(query.get("p")) : 1;
  return { search: (query.get("search") ?? "").trim().slice(0, longestSearch), group, page };
}

function listView(request: PageRequest, language: Language, filter: ListFilter, list: RequestList): object {
  const { texts } = language;
  const pages = Math.max(1, Math.ceil(list.total / list.pageSize));
  const at = (page: number): string =>
    request.href("/", {
      ...(filter.search === "" ? {} : { search: filter.search }),
      group: filter.group,
      p: String(page),
    });
  const empty =
    filter.search !== "" ? texts.emptySearch : filter.group === "all" ? texts.emptyAll : texts.emptyGroup;
  return {
    texts,
    search: filter.search,
    action: request.href("/"),
    group: filter.group,
    groups: listGroups.map((name) => ({
      name,
      text: texts.groups[name],
      count: list.counts[name],
      current: name === filter.group,
      href: request.href("/", { ...(filter.search === "" ? {} : { search: filter.search }), group: name }),
    })),
    showAccounts: list.showAccounts,
    rows: list.rows.map((row) => rowView(request, language, row)),
    results: texts.results(list.total),
    empty,
    paging:
      pages === 1
        ? null
        : {
            text: texts.pageOf(filter.page, pages),
            previous: filter.page > 1 ? at(filter.page - 1) : null,
            next: filter.page < pages ? at(filter.page + 1) : null,
          },
  };
}

export function rowView(request: PageRequest, language: Language, row: RequestRow): RowView {
  const { texts } = language;
  const names = row.names.slice(0, namesShown).map(displayName);
  const others = row.names.length - names.length;
  return {
    href: request.href("/request", { id: row.reference }),
    label: texts.open(names[0] ?? row.reference),
    names,
    more: others > 0 ? texts.moreNames(others) : "",
    account: row.account ?? "–",
    tone: whoseTurn({ ...row, nextLook: null }).tone,
    state: texts.states[row.state],
    reason: row.reason === null ? "" : language.error(row.reason).sentence,
    validUntil: row.notAfter === null ? "–" : language.day(row.notAfter),
    product: row.product ?? "–",
    changed: { iso: row.updatedAt.toISOString(), text: language.moment(row.updatedAt) },
  };
}
