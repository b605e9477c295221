import { CodedError } from "../errors.ts";
import { displayName } from "../model/host-name.ts";
import type { CallWish } from "../model/request.ts";
import type { AnswersDetail } from "./data/manage.ts";
import type { PageResponse } from "./page-response.ts";
import type { PageCall, Route } from "./route.ts";
import { showTasks, type TaskSection, taskActions } from "./tasks.ts";

const callActions: readonly CallWish["action"][] = [
  "schedule",
  "other-phone",
  "by-mail",
  "mail-again",
  "manual",
];
/** What fits through every panel's page as text. */
const largestDocument = 700_000;
const zones = ["Europe/Amsterdam", "Europe/London", "Europe/Berlin", "Europe/Paris", "UTC"];

/** What the CA wants to know about an organisation: its steps, messages both ways, the call, documents, the agreement. */
export const answersRoute: Route = {
  path: "/answers",
  view: (call, notice) => show(call, { notice, problem: null }),
  actions: taskActions((call, problem) => show(call, { notice: null, problem }), {
    async message(call, form) {
      await call.data.sendMessage(call.request.caller, idOf(call), form.get("message") ?? "");
      return { notice: call.language.texts.answers.sent };
    },
    async read(call) {
      await call.data.markRead(call.request.caller, idOf(call));
      return { notice: call.language.texts.answers.markedRead };
    },
    async document(call, form) {
      const text = form.get("document") ?? "";
      if (text === "" || !/^[A-Za-z0-9_-]+$/.test(text)) {
        throw new CodedError("input-invalid", {
          fields: [{ field: "document", text: call.language.texts.answers.chooseDocument }],
        });
      }
      await call.data.sendDocument(call.request.caller, idOf(call), {
        name: form.get("document-name") ?? "",
        content: new Uint8Array(Buffer.from(text, "base64url")),
        description: (form.get("description") ?? "").slice(0, 200),
      });
      return { notice: call.language.texts.answers.documentSent };
    },
    async call(call, form) {
      const say = (name: string): string | null => (form.get(name) ?? "").trim() || null;
      await call.data.planCall(call.request.caller, idOf(call), {
        action: callActions.find((known) => known === form.get("way")) ?? "schedule",
        date: form.get("date") ?? "",
        time: (form.get("time") ?? "").slice(0, 5),
        timezone: form.get("timezone") ?? "Europe/Amsterdam",
        phone: say("phone"),
        extension: say("extension"),
        email: say("email"),
        comments: say("comments")?.slice(0, 500) ?? null,
      });
      return { notice: call.language.texts.answers.callPlanned };
    },
    async agreement(call, form) {
      await call.data.sendAgreement(call.request.caller, idOf(call), (form.get("email") ?? "").trim());
      return { notice: call.language.texts.answers.agreementSent };
    },
  }),
};

function idOf({ request }: PageCall): string {
  return request.query.get("id") ?? "";
}

async function show(
  call: PageCall,
  said: { readonly notice: string | null; readonly problem: string | null },
): Promise<PageResponse> {
  const { request, language } = call;
  const words = language.texts.answers;
  const detail = await call.data.readAnswers(request.caller, idOf(call));
  const name = detail.name === null ? "" : displayName(detail.name);
  const back = { href: request.href("/request", { id: detail.reference }), text: name };
  const sections = [steps(call, detail), messages(call, detail)];
  if (detail.pending) {
    if (detail.hasPhoneStep) sections.push(phoneCall(call, detail));
    sections.push(document(call));
    if (detail.hasOrganisation) sections.push(agreement(call, detail));
  }
  return showTasks(call, { title: words.title(name), intro: words.intro, back, sections }, said);
}

function steps({ language }: PageCall, detail: AnswersDetail): TaskSection {
  const words = language.texts.answers;
  return {
    title: words.steps,
    texts: detail.steps.length === 0 ? [words.noSteps] : [],
    facts: detail.steps.map(({ key, done, attention }) => {
      const known = key in words.step ? words.step[key as keyof typeof words.step] : null;
      const state = done ? words.stepDone : attention ? words.stepAttention : words.stepOpen;
      return { term: known?.name ?? key, text: `${state} ${known?.meaning ?? ""}`.trim() };
    }),
  };
}

function messages({ language }: PageCall, detail: AnswersDetail): TaskSection {
  const words = language.texts.answers;
  return {
    title: words.messages,
    texts: detail.messages.length === 0 ? [words.noMessages] : [],
    lines: detail.messages.map(({ at, fromCa, text }) => ({
      iso: at.toISOString(),
      time: language.moment(at),
      text,
      source: fromCa ? "Xolphin" : words.you,
      tone: fromCa ? "act" : "step",
    })),
    forms: detail.pending
      ? [
          {
            name: "message",
            button: words.send,
            fields: [{ kind: "area", name: "message", label: words.write, rows: 4, max: 4_000 }],
          },
          ...(detail.unread ? [{ name: "read", button: words.haveRead, quiet: true }] : []),
        ]
      : [],
  };
}

function phoneCall({ language }: PageCall, { calls, contact }: AnswersDetail): TaskSection {
  const words = language.texts.answers;
  return {
    title: words.call,
    texts: [words.callHelp],
    facts: calls.map(({ date, time }) => ({ term: words.planned, text: `${date} ${time}` })),
    forms: [
      {
        name: "call",
        button: words.plan,
        fields: [
          {
            kind: "select",
            name: "way",
            label: words.way,
            options: callActions.map((value) => ({ value, text: words.ways[value] })),
          },
          { kind: "date", name: "date", label: words.date, help: words.weekdays },
          { kind: "time", name: "time", label: words.time },
          {
            kind: "select",
            name: "timezone",
            label: words.zone,
            options: zones.map((value) => ({ value, text: value.replace("_", " ") })),
          },
          { kind: "tel", name: "phone", label: words.phone, value: contact.phone, auto: "tel" },
          { kind: "text", name: "extension", label: words.extension },
          { kind: "email", name: "email", label: words.email, value: contact.email, auto: "email" },
          { kind: "text", name: "comments", label: words.comments },
        ],
      },
    ],
  };
}

function document({ language }: PageCall): TaskSection {
  const words = language.texts.answers;
  return {
    title: words.document,
    texts: [words.documentHelp],
    forms: [
      {
        name: "document",
        button: words.sendDocument,
        hidden: { document: "", "document-name": "" },
        fileField: "document",
        fields: [
          {
            kind: "file",
            name: "file",
            label: words.file,
            help: words.fileHelp,
            accept: "application/pdf,image/jpeg,image/png",
            max: largestDocument,
            tooLarge: words.tooLarge,
          },
          { kind: "text", name: "description", label: words.description },
        ],
      },
    ],
  };
}

function agreement({ language }: PageCall, { contact }: AnswersDetail): TaskSection {
  const words = language.texts.answers;
  return {
    title: words.agreement,
    texts: [words.agreementHelp],
    forms: [
      {
        name: "agreement",
        button: words.sendAgreement,
        quiet: true,
        fields: [{ kind: "email", name: "email", label: words.email, value: contact.email, auto: "email" }],
      },
    ],
  };
}
