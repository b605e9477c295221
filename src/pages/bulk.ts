import type { BulkRun } from "./data/bulk.ts";
import { fileResponse, type PageResponse } from "./page-response.ts";
import type { PageCall, Route } from "./route.ts";
import { showTasks, type TaskSection, taskActions } from "./tasks.ts";

const longestSearch = 253;

/** New certificates for many at once, for resellers and administrators. */
export const bulkRoute: Route = {
  path: "/bulk",
  view: (call, notice) => show(call, { notice, problem: null }),
  actions: taskActions((call, problem) => show(call, { notice: null, problem }), {
    async choose(_call, form) {
      const search = (form.get("search") ?? "").trim().slice(0, longestSearch);
      return { notice: null, show: { path: "/bulk", query: search === "" ? {} : { search } } };
    },
    async reissue(call, form) {
      const words = call.language.texts.bulk;
      if (form.get("consent") !== "yes") return show(call, { notice: null, problem: words.needConsent });
      const count = /^\d{1,7}$/.test(form.get("count") ?? "") ? Number(form.get("count")) : -1;
      await call.data.reissueMany(call.request.caller, {
        search: searchOf(call),
        count,
        urgent: form.get("pace") === "urgent",
        reason: (form.get("reason") ?? "").trim().slice(0, 200),
      });
      return { notice: words.begun(count) };
    },
    async stop(call, form) {
      await call.data.stopReissues(call.request.caller, Number(form.get("run")));
      return { notice: call.language.texts.bulk.stopped };
    },
  }),
};

/** The whole list as a table, for a spreadsheet. */
export const exportRoute: Route = {
  path: "/export",
  async view(call): Promise<PageResponse> {
    const rows = await call.data.listForExport(call.request.caller);
    const lines = [call.language.texts.bulk.columns, ...rows].map((row) => row.map(cell).join(","));
    return fileResponse("certificates.csv", "text/csv; charset=utf-8", `\ufeff${lines.join("\r\n")}\r\n`);
  },
};

/** A cell that begins like a formula would be one in a spreadsheet; a quote in front makes it a text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function searchOf({ request }: PageCall): string {
  return (request.query.get("search") ?? "").slice(0, longestSearch);
}

async function show(
  call: PageCall,
  said: { readonly notice: string | null; readonly problem: string | null },
): Promise<PageResponse> {
  const { request, language } = call;
  const words = language.texts.bulk;
  const search = searchOf(call);
  const { matching, runs } = await call.data.readBulk(request.caller, search);
  const back = { href: request.href("/requests"), text: language.texts.certificates };
  const choose: TaskSection = {
    title: words.choose,
    forms: [
      {
        name: "choose",
        button: words.show,
        quiet: true,
        fields: [
          { kind: "text", name: "search", label: words.search, value: search, help: words.searchHelp },
        ],
      },
    ],
  };
  const start: TaskSection = {
    title: words.start,
    texts: [words.matching(matching), words.startHelp],
    forms:
      matching === 0
        ? []
        : [
            {
              name: "reissue",
              button: words.startNow,
              hidden: { count: String(matching) },
              fields: [
                {
                  kind: "select",
                  name: "pace",
                  label: words.pace,
                  options: [
                    { value: "calm", text: words.calm },
                    { value: "urgent", text: words.urgent },
                  ],
                },
                { kind: "text", name: "reason", label: words.reason },
                { kind: "check", name: "consent", label: words.consent(matching) },
              ],
            },
          ],
  };
  const sections = [choose, start, ...runs.map((run) => runSection(call, run))];
  return showTasks(call, { title: words.title, intro: words.intro, back, sections }, said);
}

function runSection({ language }: PageCall, run: BulkRun): TaskSection {
  const words = language.texts.bulk;
  const under = !run.stopped && run.done + run.stuck < run.all;
  return {
    title: words.run(language.moment(run.createdAt)),
    badge: {
      tone: run.stuck > 0 ? "act" : under ? "busy" : "good",
      text: run.stopped ? words.stopped : under ? words.underWay : words.finished,
    },
    texts: [
      ...(run.reason === "" ? [] : [run.reason]),
      ...(run.stuck > 0 ? [words.stuck(run.stuck)] : []),
      ...(run.finishAt === null ? [] : [words.finishAt(`${language.moment(run.finishAt)} UTC`)]),
    ],
    progress: { done: run.done, all: run.all, text: words.progress(run.done, run.all) },
    forms: under ? [{ name: "stop", button: words.stop, quiet: true, hidden: { run: String(run.id) } }] : [],
  };
}
