import type { ServicePort } from "../../src/agent/page-data/service.ts";
import { createPageData } from "../../src/agent/page-data.ts";
import { FormTokens } from "../../src/pages/form-token.ts";
import { type AnswerPage, createPageRouter } from "../../src/pages/page-router.ts";
import type { Caller } from "../../src/panel.ts";
import { RefusalLog } from "../../src/webhook/refusal-log.ts";
import { pageRequest, render } from "../pages/page-fixtures.ts";
import type { Stage } from "./stage.ts";

/** The service as it stands; what would change it is tried on an installed one (test/package). */
function serviceOf(stage: Stage): ServicePort {
  const refuse = (): Promise<never> => Promise.reject(new Error("not in this test"));
  return {
    settings: stage.settings,
    version: "test",
    hostName: () => Promise.resolve("localhost"),
    tryCa: refuse,
    saveCa: refuse,
    beginAnew: () => undefined,
    examine: () => stage.agent.operations.doctor(),
  };
}

/** Somebody who opens the real pages of a stage's agent and sends their forms, with the fields a browser would send. */
export class Visitor {
  /** The last page. */
  html = "";
  private readonly caller: Caller;
  private readonly answer: AnswerPage;

  /** `pages`: a stage's, or those of an agent elsewhere. */
  constructor(pages: Stage | AnswerPage, caller: Caller) {
    this.caller = caller;
    this.answer = typeof pages === "function" ? pages : openPagesFor(pages).answer;
  }

  get text(): string {
    return this.html
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&")
      .replaceAll(/\s+/g, " ");
  }

  open(path: string, query: Record<string, string> = {}): Promise<string> {
    return this.ask(path, query, null);
  }

  /** Sends the form on the last page that has this action, with what is in it and what is changed. */
  async submit(action: string, changes: Record<string, string> = {}): Promise<string> {
    const form = this.formOf(action);
    const target = new URL(form.action, "http://plugin.test");
    const path = target.pathname.replace(/^\/plugin/, "") || "/";
    return this.ask(path, Object.fromEntries(target.searchParams), { ...form.fields, ...changes });
  }

  hasForm(action: string): boolean {
    return this.forms().some(({ actions }) => actions.includes(action));
  }

  formOf(action: string): { action: string; fields: Record<string, string> } {
    const form = this.forms().find(({ actions }) => actions.includes(action));
    if (form === undefined) throw new Error(`no form for ${action} on this page: ${this.text}`);
    return { action: form.action, fields: { ...form.fields, action } };
  }

  /** Forms as a browser would send them untouched: hidden fields, texts, what is ticked and selected. */
  private forms(): { action: string; actions: string[]; fields: Record<string, string> }[] {
    return [...this.html.matchAll(/<form[^>]*method="post" action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(
      ([, action = "", body = ""]) => {
        const fields: Record<string, string> = {};
        for (const [input] of body.matchAll(/<input[^>]*>/g)) {
          const name = attribute(input, "name");
          const boxed = /type="(checkbox|radio)"/.test(input);
          if (!boxed || / checked/.test(input)) fields[name] = attribute(input, "value");
        }
        for (const [, open = "", inner = ""] of body.matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g)) {
          const options = [...inner.matchAll(/<option[^>]*>/g)].map(([option]) => option);
          const chosen = options.find((option) => / selected/.test(option)) ?? options[0] ?? "";
          fields[attribute(open, "name")] = attribute(chosen, "value");
        }
        const buttons = [...body.matchAll(/<button[^>]*name="action"[^>]*>/g)].map(([button]) =>
          attribute(button, "value"),
        );
        return { action: decode(action), actions: [...buttons, fields["action"] ?? ""], fields };
      },
    );
  }

  private async ask(
    path: string,
    query: Record<string, string>,
    form: Record<string, string> | null,
  ): Promise<string> {
    const answer = await this.answer(
      pageRequest(path, {
        caller: this.caller,
        query: new Map(Object.entries(query)),
        form: form === null ? null : new Map(Object.entries(form)),
      }),
    );
    if (answer.output !== "page") throw new Error("no page");
    this.html = answer.html;
    return this.text;
  }
}

/** The pages of a stage's agent as its service opens them, and what their form tokens are made with. */
export function openPagesFor(stage: Stage): { answer: AnswerPage; tokens: FormTokens } {
  const { context } = stage.agent;
  const answer = createPageRouter({
    data: createPageData({
      context,
      version: "test",
      refusals: new RefusalLog(),
      testEnvironment: false,
      service: serviceOf(stage),
    }),
    render,
    tokens: tokensOf(stage),
    log: context.log,
    version: "test",
    brand: { name: null, logo: null },
  });
  return { answer, tokens: tokensOf(stage) };
}

/** Visitors of one stage share the secret that form tokens are made with, as windows of one service do. */
const tokens = new WeakMap<Stage, FormTokens>();
function tokensOf(stage: Stage): FormTokens {
  const known = tokens.get(stage) ?? new FormTokens(stage.clock);
  tokens.set(stage, known);
  return known;
}

function attribute(tag: string, name: string): string {
  return decode(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

function decode(text: string): string {
  return text.replaceAll("&#39;", "'").replaceAll("&#34;", '"').replaceAll("&amp;", "&");
}
