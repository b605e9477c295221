import { displayName } from "../model/host-name.ts";
import { type Tone, whoseTurn } from "../model/whose-turn.ts";
import type { PageRequest } from "../panel.ts";
import type { ListFilter, ListGroup, RequestList, RequestRow } from "./data/requests.ts";
import { getForm } from "./get-form.ts";
import { listLinks, readFilter } from "./list-filter.ts";
import { type Route, showPage } from "./route.ts";
import type { Language } from "./texts/texts.ts";

const listGroups: readonly [ListGroup, ...ListGroup[]] = ["all", "attention", "busy", "secured", "ended"];
const namesShown = 3;

/** Every request the caller may see, in groups, with a search. */
export const certificateListRoute: Route = {
  path: "/requests",
  async view(call) {
    const filter = readFilter(call.request.query, listGroups);
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

function listView(request: PageRequest, language: Language, filter: ListFilter, list: RequestList): object {
  const { texts } = language;
  const empty =
    filter.search !== "" ? texts.emptySearch : filter.group === "all" ? texts.emptyAll : texts.emptyGroup;
  return {
    texts,
    search: filter.search,
    links: [
      ...(request.caller.level === "account"
        ? []
        : [{ href: request.href("/bulk"), text: texts.bulk.title }]),
      { href: request.href("/take-over"), text: texts.takeOver.title },
      { href: request.rawHref("/export"), text: texts.bulk.export },
    ],
    searchForm: getForm(request, "/requests", { group: filter.group }),
    ...listLinks(request, texts, {
      filter,
      groups: texts.groups,
      counts: list.counts,
      total: list.total,
      pageSize: list.pageSize,
    }),
    showAccounts: list.showAccounts,
    rows: list.rows.map((row) => rowView(request, language, row)),
    results: list.cut ? texts.resultsCut(list.total) : texts.results(list.total),
    empty,
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
