import type { Owner } from "../errors.ts";
import { type CoverageState, type CoverageSummary, groupOf } from "../model/coverage.ts";
import { displayName, type HostName } from "../model/host-name.ts";
import { isServiceName, namesNeeded, usualNames } from "../model/usual-names.ts";
import type { Tone } from "../model/whose-turn.ts";
import type { PageRequest } from "../panel.ts";
import type { Coverage, CoverageFilter, SiteRow } from "./data/coverage.ts";
import { getForm } from "./get-form.ts";
import { listLinks, readFilter } from "./list-filter.ts";
import { type Route, showPage } from "./route.ts";
import type { Language } from "./texts/texts.ts";

const namesShown = 4;

/** The first page: every website, what it shows, and the one thing to do. */
export const coverageRoute: Route = {
  path: "/",
  async view(call, notice) {
    const { request, language } = call;
    const filter = readFilter(request.query, ["all", "problems", "under-way", "secured"]);
    const coverage = await call.data.readCoverage(request.caller, filter);
    const token = call.parts.tokens.issue(request.caller);
    return showPage(call, "coverage", coverageView(request, language, filter, coverage, { token, notice }));
  },
  actions: {
    async "look-again"({ data, request, language }) {
      await data.lookAgain(request.caller);
      return { notice: language.texts.coverage.lookingAgain };
    },
  },
};

function coverageView(
  request: PageRequest,
  language: Language,
  filter: CoverageFilter,
  coverage: Coverage,
  form: { readonly token: string; readonly notice: string | null },
): object {
  const { texts } = language;
  const words = texts.coverage;
  return {
    texts,
    notice: form.notice,
    hero: heroOf(request, language, coverage),
    search: filter.search,
    searchLabel: coverage.showAccounts ? words.searchLabel : words.searchOwn,
    searchForm: getForm(request, "/", { group: filter.group }),
    ...listLinks(request, texts, {
      filter,
      groups: words.groups,
      counts: coverage.counts,
      total: coverage.total,
      pageSize: coverage.pageSize,
    }),
    showAccounts: coverage.showAccounts,
    rows: coverage.rows.map((row) => siteView(request, language, row, coverage.mayOrder)),
    results: words.results(coverage.total),
    empty: coverage.summary.total === 0 ? words.emptyAll : words.emptySearch,
    lookAgain:
      request.caller.readOnly || coverage.summary.total === 0
        ? null
        : { action: request.href("/"), token: form.token },
    // Looks come in while the page is open: scripts fetch it again, and without one the browser does.
    live: goingOn(coverage.summary) > 0 ? request.href("/", asQuery(filter)) : null,
  };
}

function asQuery({ search, group, page }: CoverageFilter): Record<string, string> {
  return { ...(search === "" ? {} : { search }), group, p: String(page) };
}

/** Is my site secured, what is happening, whose turn is it, what do I do. */
function heroOf(
  request: PageRequest,
  language: Language,
  { summary, worst, mayOrder }: Coverage,
): object | null {
  const words = language.texts.coverage;
  const { owners } = language.texts;
  if (summary.total === 0) return null;
  const tone: Tone = summary.problems + summary.waiting > 0 ? "act" : goingOn(summary) > 0 ? "busy" : "good";
  const action = worst === null ? null : actionOf(request, language, worst, mayOrder);
  const name = worst?.names[0] === undefined ? "" : displayName(worst.names[0]);
  return {
    tone,
    badge: words.badges[tone],
    headline: headlineOf(summary, words, name),
    turn: owners[turnOf(summary, mayOrder)],
    next: action?.next ?? language.texts.nothingToDo,
    action: action === null || action.href === null ? null : { text: action.label, href: action.href },
  };
}

/** How many websites nobody who looks has anything to do about, and that are not done yet. */
function goingOn({ held, underWay, unknown }: CoverageSummary): number {
  return held + underWay + unknown;
}

/** Of the worst there is; `name`: the website to begin with. */
function headlineOf(
  { total, problems, waiting, held, underWay, unknown }: CoverageSummary,
  words: Language["texts"]["coverage"],
  name: string,
): string {
  if (problems > 0) return words.notSecured(problems + waiting, total, name);
  if (waiting > 0) return words.waiting(waiting, name);
  if (held > 0) return words.held(held);
  if (underWay > 0) return words.underWay(underWay);
  return unknown > 0 ? words.looking : words.allSecured(total);
}

function turnOf({ problems, waiting, held }: CoverageSummary, mayOrder: boolean): Owner {
  if (waiting > 0) return "you";
  if (problems > 0) return mayOrder ? "you" : "host";
  return held > 0 ? "host" : "nobody";
}

const tones: Readonly<Record<CoverageState, Tone>> = {
  expired: "act",
  unprotected: "act",
  "self-signed": "act",
  untrusted: "act",
  "other-name": "act",
  incomplete: "act",
  ending: "act",
  waiting: "act",
  held: "busy",
  "under-way": "busy",
  unknown: "busy",
  free: "good",
  secured: "good",
};

function siteView(request: PageRequest, language: Language, row: SiteRow, mayOrder: boolean): object {
  const { texts } = language;
  const words = texts.coverage;
  const uncovered = new Set(row.uncovered);
  const action = actionOf(request, language, row, mayOrder);
  const partly = row.state === "incomplete";
  const mark = (name: HostName): object => ({
    name: displayName(name),
    missing: partly && uncovered.has(name) && !isServiceName(name, row.names),
  });
  const names = row.names.map(mark);
  return {
    main: names[0],
    names: names.slice(1, namesShown),
    more: names.slice(namesShown),
    moreText: texts.moreNames(names.length - namesShown),
    account: row.account,
    tone: tones[row.state],
    state: words.states[row.state],
    explanation: words.explanations[row.state],
    issuer: row.issuer ?? "–",
    until: row.notAfter === null ? "–" : language.day(row.notAfter),
    looked: row.lookedAt === null ? "" : words.lookedAt(language.moment(row.lookedAt)),
    requestHref: row.request === null ? null : request.href("/request", { id: row.request.reference }),
    requestText: row.request === null ? "" : texts.states[row.request.state],
    action: action === null || action.href === null ? null : action,
  };
}

/** What can be done about a website: go on with what waits, or order. Null: nothing needs doing. */
function actionOf(
  request: PageRequest,
  { texts }: Language,
  row: SiteRow,
  mayOrder: boolean,
): { text: string; label: string; href: string | null; next: string; strong: boolean } | null {
  const words = texts.coverage;
  const [main] = row.names;
  if (main === undefined || groupOf(row.state) === "under-way") return null;
  const name = displayName(main);
  const draft = row.request?.state === "draft";
  if ((row.state === "waiting" || draft) && row.request !== null) {
    const href = draft
      ? request.href("/order", { draft: row.request.reference })
      : request.href("/request", { id: row.request.reference });
    const text = draft ? words.goOn : words.see;
    const next = draft ? words.nextSecure : words.nextSee;
    return { text, label: `${text}: ${name}`, href, next, strong: true };
  }
  const problem = groupOf(row.state) === "problems";
  if (!problem && row.state !== "free") return null;
  // A certificate for some of the names is there already: another one for as few would leave it at that.
  const wanted = row.state === "incomplete" ? namesNeeded(row.names) : usualNames(row.names);
  const href = mayOrder ? request.href("/order", { names: wanted.join(",") }) : null;
  return {
    text: words.secure,
    label: `${words.secure}: ${name}`,
    href,
    next: mayOrder ? words.nextSecure : words.nextAsk,
    strong: problem,
  };
}
