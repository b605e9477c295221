import type { ListGroup } from "../../data/requests.ts";

/** English: words of the list of requests. */
export const list = {
  search: "Search",
  searchLabel: "Name, account or number",
  show: "Show",
  groups: {
    all: "All",
    attention: "Needs attention",
    busy: "Under way",
    secured: "Secured",
    ended: "Ended",
  } satisfies Record<ListGroup, string>,
  results: (count: number) => (count === 1 ? "1 request" : `${count} requests`),
  /** `count` are listed, and there are more. */
  resultsCut: (count: number) => `The newest ${count} of more requests; type more of the name to find others`,
  emptyAll:
    "There are no certificates yet. Ask your hosting company to order one, or order one with the command line.",
  emptySearch: "Nothing matches. Search for a part of the name, the account or the number.",
  emptyGroup: "There is nothing in this group.",
};
