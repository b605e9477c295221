import { asCodedError } from "../errors.ts";
import type { Tone } from "../model/whose-turn.ts";
import type { PageResponse } from "./page-response.ts";
import { type Action, type PageCall, type Route, showPage } from "./route.ts";

/** A page of things to do: sections with facts and small forms. Several pages have this shape. */
export interface TaskPage {
  readonly title: string;
  readonly intro?: string;
  readonly back: { readonly href: string; readonly text: string };
  readonly sections: readonly TaskSection[];
}

export interface TaskSection {
  readonly title: string;
  readonly badge?: { readonly tone: Tone; readonly text: string };
  readonly texts?: readonly string[];
  readonly facts?: readonly { readonly term: string; readonly text: string }[];
  /** The facts are to be copied letter by letter. */
  readonly record?: boolean;
  readonly progress?: { readonly done: number; readonly all: number; readonly text: string };
  readonly lines?: readonly {
    readonly iso: string;
    readonly time: string;
    readonly text: string;
    readonly source: string;
    readonly tone: "good" | "act" | "step";
  }[];
  readonly forms?: readonly TaskForm[];
  readonly links?: readonly { readonly href: string; readonly text: string }[];
}

export interface TaskForm {
  /** The route's action. */
  readonly name: string;
  readonly button: string;
  readonly quiet?: boolean;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly fields?: readonly TaskField[];
  /** The hidden field that a chosen file is put into. */
  readonly fileField?: string;
}

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
}

export type TaskField = FieldBase &
  (
    | {
        readonly kind: "text" | "email" | "tel" | "date" | "time";
        readonly value?: string;
        readonly auto?: string;
      }
    | {
        readonly kind: "area";
        readonly value?: string;
        readonly rows: number;
        readonly max: number;
        readonly spell?: boolean;
      }
    | {
        readonly kind: "select";
        readonly options: readonly {
          readonly value: string;
          readonly text: string;
          readonly selected?: boolean;
        }[];
      }
    | { readonly kind: "check" }
    | { readonly kind: "file"; readonly accept: string; readonly max: number; readonly tooLarge: string }
  );

/** Prints such a page. Forms come back to the address they stand on. */
export function showTasks(
  call: PageCall,
  task: TaskPage,
  said: { readonly notice: string | null; readonly problem: string | null },
): PageResponse {
  const { request, parts, language } = call;
  const self = request.href(request.path, Object.fromEntries(request.query));
  return showPage(call, "tasks", {
    texts: language.texts,
    ...said,
    title: task.title,
    intro: task.intro ?? "",
    back: task.back,
    token: parts.tokens.issue(request.caller),
    readOnly: request.caller.readOnly,
    sections: task.sections.map((section, at) => ({
      title: section.title,
      badge: section.badge ?? null,
      texts: section.texts ?? [],
      facts: section.facts ?? [],
      record: section.record === true,
      progress: section.progress ?? null,
      lines: section.lines ?? [],
      links: section.links ?? [],
      forms: (section.forms ?? []).map((form, number) => ({
        action: self,
        button: form.button,
        quiet: form.quiet === true,
        hidden: { action: form.name, ...form.hidden },
        fileField: form.fileField ?? "",
        fields: (form.fields ?? []).map((field) => ({
          value: "",
          auto: "",
          help: "",
          spell: true,
          ...field,
          id: `xssl-${at}-${number}-${field.name}`,
        })),
      })),
    })),
  });
}

/** The actions of such a page: what can be put right is said on the page, what is not there stays a page of its own. */
export function taskActions(
  view: (call: PageCall, problem: string) => Promise<PageResponse>,
  actions: NonNullable<Route["actions"]>,
): NonNullable<Route["actions"]> {
  const guarded =
    (action: Action): Action =>
    async (call, form) => {
      try {
        return await action(call, form);
      } catch (thrown) {
        const error = asCodedError(thrown);
        if (["internal", "not-found", "not-allowed"].includes(error.code)) throw error;
        call.parts.log.info("a task was refused", { account: call.request.caller.account, error });
        const { sentence, next } = call.language.error(error.code);
        const fields = error.fields.map(({ text }) => text).filter((text) => text !== "");
        return view(call, [sentence, ...fields, next].filter((part) => part !== "").join(" "));
      }
    };
  return Object.fromEntries(Object.entries(actions).map(([name, action]) => [name, guarded(action)]));
}
