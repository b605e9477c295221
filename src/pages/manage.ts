import { CodedError } from "../errors.ts";
import { asHostName, displayName, type HostName } from "../model/host-name.ts";
import type { RenewalChoice } from "../model/plan-renewal.ts";
import type { EngineName } from "../panel.ts";
import type { EngineWish, FilePart, ManageDetail } from "./data/manage.ts";
import { fileResponse, type PageResponse } from "./page-response.ts";
import type { PageCall, Route } from "./route.ts";
import { showTasks, type TaskForm, type TaskSection, taskActions } from "./tasks.ts";

const choices: readonly Exclude<RenewalChoice, null>[] = ["automatic", "ask", "never"];
const parts: readonly FilePart[] = ["certificate", "chain", "full", "key"];

/** What can be done with one certificate: install, verify, take it along, the next one, the end of it. */
export const manageRoute: Route = {
  path: "/manage",
  view: (call, notice) => show(call, { notice, problem: null }),
  actions: taskActions((call, problem) => show(call, { notice: null, problem }), {
    async install(call) {
      await call.data.installNow(call.request.caller, idOf(call));
      return { notice: call.language.texts.manage.installing };
    },
    async verify(call) {
      await call.data.verifyNow(call.request.caller, idOf(call));
      return { notice: call.language.texts.manage.verifying };
    },
    async reissue(call, form) {
      const names = readNames(form.get("names") ?? "");
      const next = await call.data.reissueNow(call.request.caller, idOf(call), names);
      return { notice: call.language.texts.manage.reissued, show: { path: "/request", query: { id: next } } };
    },
    async renew(call) {
      const draft = await call.data.beginRenewal(call.request.caller, idOf(call));
      return { notice: null, show: { path: "/order", query: { draft } } };
    },
    async "engine-away"(call, form) {
      await call.data.keepEngineAway(call.request.caller, idOf(call), engineWish(form, true));
      return { notice: call.language.texts.manage.engine.kept };
    },
    async "engine-back"(call, form) {
      await call.data.keepEngineAway(call.request.caller, idOf(call), engineWish(form, false));
      return { notice: call.language.texts.manage.engine.letBack };
    },
    async choose(call, form) {
      const choice = choices.find((known) => known === form.get("choice")) ?? null;
      await call.data.chooseRenewal(call.request.caller, idOf(call), choice);
      return { notice: call.language.texts.manage.chosen };
    },
    async cancel(call, form) {
      const words = call.language.texts.manage;
      const detail = await call.data.readManage(call.request.caller, idOf(call));
      // Who types the name has read what it is about; a click alone may be a slip.
      if (asHostName((form.get("name") ?? "").trim()) !== detail.names[0]) {
        return show(call, { notice: null, problem: words.typeName });
      }
      const reason = (form.get("reason") ?? "").trim().slice(0, 200);
      await call.data.cancelRequest(call.request.caller, idOf(call), reason === "" ? "cancelled" : reason);
      return { notice: words.cancelled, show: { path: "/request", query: { id: idOf(call) } } };
    },
  }),
};

/** The certificate's files; the key has a right of its own. */
export const downloadRoute: Route = {
  path: "/download",
  async view(call): Promise<PageResponse> {
    const part = parts.find((known) => known === call.request.query.get("part"));
    if (part === undefined) throw new CodedError("not-found");
    const { name, pem } = await call.data.readFile(call.request.caller, idOf(call), part);
    return fileResponse(name, "application/x-pem-file", pem);
  },
};

function idOf({ request }: PageCall): string {
  return request.query.get("id") ?? "";
}

async function show(
  call: PageCall,
  said: { readonly notice: string | null; readonly problem: string | null },
): Promise<PageResponse> {
  const { request, language } = call;
  const words = language.texts.manage;
  const detail = await call.data.readManage(request.caller, idOf(call));
  const name = displayName(detail.names[0] ?? ("" as HostName));
  const back = { href: request.href("/request", { id: detail.reference }), text: name };
  const sections = [
    ...installation(call, detail),
    ...nextCertificate(call, detail),
    ...engines(call, detail),
    ...files(call, detail),
    ...cancelling(call, detail),
  ];
  return showTasks(call, { title: words.title(name), back, sections }, said);
}

function installation({ language }: PageCall, { issued }: ManageDetail): TaskSection[] {
  const words = language.texts.manage;
  if (!issued) return [];
  return [
    {
      title: words.installation,
      texts: [words.installationHelp],
      forms: [
        { name: "install", button: words.installNow },
        { name: "verify", button: words.verifyNow, quiet: true },
      ],
    },
  ];
}

function nextCertificate({ language, request }: PageCall, detail: ManageDetail): TaskSection[] {
  const words = language.texts.manage;
  if (!detail.issued) return [];
  if (detail.successor !== null) {
    const href = request.href("/request", { id: detail.successor });
    return [{ title: words.next, texts: [words.underWay], links: [{ href, text: words.showNext }] }];
  }
  const { day } = language;
  const facts = [
    ...(detail.notAfter === null ? [] : [{ term: words.ends, text: day(detail.notAfter) }]),
    ...(detail.termEnd === null ? [] : [{ term: words.termEnds, text: day(detail.termEnd) }]),
    ...(detail.nextAt === null ? [] : [{ term: words.nextAt, text: day(detail.nextAt) }]),
  ];
  const sections: TaskSection[] = [
    {
      title: words.next,
      facts,
      texts: [detail.nextAt === null ? words.notByItself : words.byItself],
      forms: [
        {
          name: "choose",
          button: words.save,
          quiet: true,
          fields: [
            {
              kind: "select",
              name: "choice",
              label: words.renewal,
              options: [
                {
                  value: "default",
                  text: words.byDefault(words.choices[detail.policy]),
                  selected: detail.choice === null,
                },
                ...choices.map((value) => ({
                  value,
                  text: words.choices[value],
                  selected: detail.choice === value,
                })),
              ],
            },
          ],
        },
      ],
    },
  ];
  if (detail.canRenew) {
    sections.push({
      title: words.renewTitle,
      texts: [words.renewHelp],
      forms: [{ name: "renew", button: words.renewNow }],
    });
  }
  if (detail.canReissue) {
    sections.push({
      title: words.reissueTitle,
      texts: [words.reissueHelp],
      forms: [
        {
          name: "reissue",
          button: words.reissueNow,
          quiet: true,
          fields: [
            {
              kind: "area",
              name: "names",
              label: words.names,
              help: words.namesHelp,
              value: detail.names.join("\n"),
              rows: Math.min(8, detail.names.length + 1),
              max: 26_000,
              spell: false,
            },
          ],
        },
      ],
    });
  }
  return sections;
}

const allNames = "*";

/** What the panel's own engine may do with the names, where the panel leaves that open. */
function engines({ language }: PageCall, { engine }: ManageDetail): TaskSection[] {
  const words = language.texts.manage.engine;
  const choose = (action: string, button: string, vhost: string, names: readonly EngineName[]): TaskForm[] =>
    names.length === 0
      ? []
      : [
          {
            name: action,
            button,
            quiet: true,
            hidden: { vhost },
            fields: [
              {
                kind: "select",
                name: "name",
                label: words.name,
                options: [
                  { value: allNames, text: words.all },
                  ...names.map(({ name }) => ({ value: name, text: displayName(name) })),
                ],
              },
            ],
          },
        ];
  return engine.map(({ vhost, names }) => {
    const away = names.filter((one) => one.away);
    const said = away.map(({ name }) => displayName(name)).join(", ");
    return {
      title: engine.length === 1 ? words.title : `${words.title}: ${vhost}`,
      texts: [words.help, away.length === 0 ? words.none : words.away(said)],
      forms: [
        ...choose(
          "engine-away",
          words.keep,
          vhost,
          names.filter((one) => !one.away),
        ),
        ...choose("engine-back", words.let, vhost, away),
      ],
    };
  });
}

/** Throws `host-name-invalid`. */
function engineWish(form: ReadonlyMap<string, string>, away: boolean): EngineWish {
  const text = form.get("name") ?? "";
  const name = text === allNames ? null : asHostName(text);
  if (text !== allNames && name === null) throw new CodedError("host-name-invalid");
  return { vhost: form.get("vhost") ?? "", name, away };
}

function files({ language, request }: PageCall, detail: ManageDetail): TaskSection[] {
  const words = language.texts.manage;
  if (!detail.issued) return [];
  const shown = parts.filter((part) => part !== "key" || detail.mayTakeKey);
  return [
    {
      title: words.files,
      texts: detail.mayTakeKey ? [words.keyWarning] : [],
      links: shown.map((part) => ({
        href: request.rawHref("/download", { id: detail.reference, part }),
        text: words.parts[part],
      })),
    },
  ];
}

function cancelling({ language }: PageCall, detail: ManageDetail): TaskSection[] {
  const words = language.texts.manage;
  if (!detail.canCancel) return [];
  return [
    {
      title: words.cancelTitle,
      texts: [detail.issued ? words.cancelRevokes : words.cancelPending],
      forms: [
        {
          name: "cancel",
          button: detail.issued ? words.revoke : words.cancel,
          quiet: true,
          fields: [
            {
              kind: "text",
              name: "name",
              label: words.confirm(displayName(detail.names[0] ?? ("" as HostName))),
            },
            { kind: "text", name: "reason", label: words.reason },
          ],
        },
      ],
    },
  ];
}

/** One name a line or between commas; null when nothing is there, which means the same names. Throws `host-name-invalid`. */
function readNames(text: string): HostName[] | null {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const names = words.map((word) => {
    const name = asHostName(word);
    if (name === null)
      throw new CodedError("host-name-invalid", { fields: [{ field: "names", text: word }] });
    return name;
  });
  return names.length === 0 ? null : [...new Set(names)];
}
