import type { PageRequest } from "../panel.ts";
import type { Texts } from "./texts/en/index.ts";

const longestSearch = 253;

/** What a list is asked for: part of a text, a group, a page from 1. What makes no sense counts as not said. */
export interface Filter<Group extends string> {
  readonly search: string;
  readonly group: Group;
  readonly page: number;
}

export function readFilter<Group extends string>(
  query: ReadonlyMap<string, string>,
  groups: readonly [Group, ...Group[]],
): Filter<Group> {
  const group = groups.find((name) => name === query.get("group")) ?? groups[0];
  const page = /^[1-9]\d{0,5}$/.test(query.get("p") ?? "") ? Number(query.get("p")) : 1;
  return { search: (query.get("search") ?? "").trim().slice(0, longestSearch), group, page };
}

/** Links to the groups of a list and to the pages around this one. */
export function listLinks<Group extends string>(
  request: PageRequest,
  texts: Texts,
  list: {
    readonly filter: Filter<Group>;
    readonly groups: Readonly<Record<Group, string>>;
    readonly counts: Readonly<Record<Group, number>>;
    readonly total: number;
    readonly pageSize: number;
  },
): object {
  const { filter, total, pageSize } = list;
  const searched = filter.search === "" ? {} : { search: filter.search };
  const at = (page: number): string =>
    request.href(request.path, { ...searched, group: filter.group, p: String(page) });
  const pages = Math.max(1, Math.ceil(total / pageSize));
  return {
    groups: Object.entries<string>(list.groups).map(([name, text]) => ({
      text,
      count: list.counts[name as Group],
      current: name === filter.group,
      href: request.href(request.path, { ...searched, group: name }),
    })),
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
