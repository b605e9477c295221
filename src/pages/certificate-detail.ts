import type { ErrorCode } from "../errors.ts";
import { errorCatalogue } from "../errors.ts";
import { asHostName, displayName } from "../model/host-name.ts";
import type { Served } from "../model/installation.ts";
import type { TimelineEvent } from "../model/timeline.ts";
import { whoseTurn } from "../model/whose-turn.ts";
import type { Caller, PageRequest } from "../panel.ts";
import type { DcvRow, InstallationRow, RequestDetail } from "./data/requests.ts";
import { type Route, showPage } from "./route.ts";
import type { TimelineFacts } from "./texts/en/timeline.ts";
import type { Language } from "./texts/texts.ts";
import { nextStep, whose } from "./whose.ts";

/** One request: what it waits for, what happened, where it is installed. */
export const certificateDetailRoute: Route = {
  path: "/request",
  async view(call, notice) {
    const { caller, query } = call.request;
    const detail = await call.data.readRequest(caller, query.get("id") ?? "");
    const form = { token: call.parts.tokens.issue(caller), notice };
    return showPage(call, "certificate-detail", detailView(call.request, call.language, detail, form));
  },
  actions: {
    async "try-again"({ data, request, language }) {
      await data.tryAgain(request.caller, request.query.get("id") ?? "");
      return { notice: language.texts.triedAgain };
    },
    async "order-again"({ data, request }) {
      const draft = await data.orderAgain(request.caller, request.query.get("id") ?? "");
      return { notice: null, show: { path: "/order", query: { draft } } };
    },
  },
};

/** Everything the page of one request prints. `notice` is said after a submission. */
function detailView(
  request: PageRequest,
  language: Language,
  detail: RequestDetail,
  form: { readonly token: string; readonly notice: string | null },
): object {
  const { texts } = language;
  const turn = whoseTurn(detail);
  const name = displayName(detail.names[0] ?? asHostName("unknown.invalid") ?? ("" as never));
  const why = detail.reason === null ? "" : language.error(detail.reason).sentence;
  const next = detail.reason === null ? "" : nextStep(language, detail.reason, request.caller);
  const secured = detail.state === "installed" && detail.notAfter !== null;
  const moves = !["draft", "installed", "cancelled", "deleted", "failed"].includes(detail.state);
  const again = ["order", "renewal"].includes(detail.kind) && ["cancelled", "failed"].includes(detail.state);
  return {
    texts,
    tone: turn.tone,
    headline:
      secured && detail.notAfter !== null
        ? texts.securedUntil(name, language.day(detail.notAfter))
        : texts.headlines[detail.state](name),
    state: texts.states[detail.state],
    why,
    vendorWords: detail.detail,
    owner: whose(language, turn.owner, request.caller, detail.account),
    next: next !== "" ? next : turn.owner === "you" ? "" : texts.nothingToDo,
    expected: turn.expected === null ? "" : texts.expected[turn.expected],
    nextLook:
      turn.tone === "busy" && turn.nextLook !== null ? texts.nextLook(language.moment(turn.nextLook)) : "",
    listHref: request.href("/requests"),
    links: linksOf(request, language, detail),
    selfHref: request.href("/request", { id: detail.reference }),
    tryAgain:
      moves && !request.caller.readOnly
        ? { action: request.href("/request", { id: detail.reference }), token: form.token }
        : null,
    goOn:
      detail.state === "draft" && detail.reason === null
        ? request.href("/order", { draft: detail.reference })
        : null,
    orderAgain:
      again && !request.caller.readOnly
        ? { action: request.href("/request", { id: detail.reference }), token: form.token }
        : null,
    live: turn.tone === "busy" ? request.href("/request", { id: detail.reference }) : null,
    notice: form.notice,
    // Once it is issued nobody has to prove anything any more; the time line keeps how it was done.
    validation: detail.fingerprint === null ? detail.dcv.map((row) => dcvView(language, row)) : [],
    timeLine: detail.timeline.map((event) => lineView(language, event)),
    installations: detail.installations.map((row) =>
      installationView(request.caller, language, row, detail.fingerprint),
    ),
    facts: factsOf(language, detail),
  };
}

/** Where more can be done: what is needed now stands first. */
function linksOf(
  request: PageRequest,
  { texts }: Language,
  detail: RequestDetail,
): { href: string; text: string }[] {
  const to = (path: string, text: string) => ({ href: request.href(path, { id: detail.reference }), text });
  const pending = detail.fingerprint === null && detail.id !== null;
  const asked = detail.steps.some(({ key }) => key !== "dcv") || detail.reason === "message-waiting";
  return [
    ...(pending && asked ? [to("/answers", texts.answers.open)] : []),
    ...(pending && detail.dcv.length > 0 ? [to("/validation", texts.validate.open)] : []),
    ...(detail.state === "draft" ? [] : [to("/manage", texts.manage.open)]),
  ];
}

function factsOf(language: Language, detail: RequestDetail): { term: string; text: string; code: boolean }[] {
  const { fact } = language.texts;
  const facts: [string, string | null, boolean][] = [
    [fact.names, detail.names.map(displayName).join(", "), false],
    [fact.validUntil, detail.notAfter === null ? null : language.day(detail.notAfter), false],
    [fact.product, detail.product, false],
    [fact.account, detail.account, false],
    [fact.request, detail.id === null ? null : String(detail.id), false],
    [fact.certificate, detail.certificateId === null ? null : String(detail.certificateId), false],
    [fact.ordered, `${language.moment(detail.createdAt)} UTC`, false],
    [fact.issuer, detail.issuer === null ? null : issuerName(detail.issuer), false],
    [fact.fingerprint, detail.fingerprint, true],
    [fact.reference, detail.reference, true],
  ];
  return facts.flatMap(([term, text, code]) => (text === null ? [] : [{ term, text, code }]));
}

function dcvView({ texts, error }: Language, row: DcvRow): object {
  const open = row.state !== "validated";
  return {
    name: displayName(row.name),
    method: row.method === null ? "" : texts.dcvMethods[row.method],
    state: texts.dcvStates[row.state],
    tone: row.state === "validated" ? "good" : row.state === "needs-you" ? "act" : "busy",
    reason: open && row.reason !== null ? error(row.reason).sentence : "",
    record:
      open && row.record !== null
        ? { owner: `${row.record.owner}.`, type: row.record.type, value: recordValue(row.record) }
        : null,
    file:
      open && row.file !== null
        ? { address: `http://${row.file.host}${row.file.path}`, content: row.file.content }
        : null,
    email: open && row.email !== null ? texts.emailSent(row.email) : "",
  };
}

function recordValue({ type, value }: NonNullable<DcvRow["record"]>): string {
  return type === "CNAME" ? `${value}.` : value;
}

function installationView(
  caller: Caller,
  language: Language,
  row: InstallationRow,
  fingerprint: string | null,
): object {
  const { texts } = language;
  const tones = {
    verified: "good",
    refused: "act",
    failed: "act",
    "rolled-back": "act",
    superseded: "ended",
  } as const;
  return {
    vhost: row.vhost,
    state: texts.installationStates[row.state],
    tone: row.state in tones ? tones[row.state as keyof typeof tones] : "busy",
    reason: row.reason === null ? "" : language.error(row.reason).sentence,
    next: row.reason === null ? "" : nextStep(language, row.reason, caller),
    vendorWords: row.detail,
    attempts: row.attempts > 1 ? texts.attempts(row.attempts) : "",
    nextLook: row.nextAttemptAt === null ? "" : texts.nextLook(language.moment(row.nextAttemptAt)),
    served: row.served.map((one) => servedView(language, one, fingerprint)),
  };
}

function servedView({ texts, error }: Language, served: Served, fingerprint: string | null): object {
  const same = served.fingerprint !== null && served.fingerprint === fingerprint;
  const shows =
    served.fingerprint === null
      ? served.problem === null
        ? texts.showsNothing
        : error(served.problem).sentence
      : same
        ? served.complete
          ? texts.showsThis
          : texts.showsIncomplete
        : texts.showsOther;
  const name = asHostName(served.name);
  return {
    name: name === null ? served.name : displayName(name),
    address: served.address.includes(":")
      ? `[${served.address}]:${served.port}`
      : `${served.address}:${served.port}`,
    shows,
    tone: same && served.complete ? "good" : "act",
  };
}

/** Lines that mean success or trouble are marked so; the rest are steps on the way. */
const lineTones: Readonly<Record<string, "good" | "act">> = {
  verified: "good",
  issued: "good",
  "name-validated": "good",
  failed: "act",
  refused: "act",
  "rolled-back": "act",
  "needs-you": "act",
  "attempt-failed": "act",
  "replaced-by-other": "act",
  "step-attention": "act",
};

function lineView(language: Language, event: TimelineEvent): object {
  const { texts } = language;
  return {
    iso: event.at.toISOString(),
    time: language.moment(event.at),
    text: texts.timeline[event.kind](lineFacts(language, event)),
    source: texts.sources[event.source],
    tone: lineTones[event.kind] ?? "step",
  };
}

function lineFacts(language: Language, { kind, data }: TimelineEvent): TimelineFacts {
  const { texts } = language;
  const say = (key: string): string => (data[key] === undefined ? "" : String(data[key]));
  const name = asHostName(say("name"));
  const code = say("code");
  const step = say("step");
  return {
    name: name === null ? say("name") : displayName(name),
    vhost: say("vhost"),
    method: say("method"),
    step: isKeyOf(texts.answers.step, step) ? texts.answers.step[step].name : step,
    status: say("status"),
    state: kind === "renewal-choice" ? renewalChoice(texts, say("state")) : say("state"),
    id: say("id"),
    issuer: issuerName(say("issuer")),
    addresses: say("addresses"),
    count: say("count"),
    date: say("date"),
    time: say("time"),
    problem: code in errorCatalogue ? language.error(code as ErrorCode).sentence : code,
  };
}

/** What the certificate's own page offers to choose from. */
function renewalChoice(texts: Language["texts"], choice: string): string {
  const { choices } = texts.manage;
  return isKeyOf(choices, choice) ? choices[choice] : texts.manage.asServer;
}

function isKeyOf<T extends object>(words: T, key: string): key is keyof T & string {
  return Object.hasOwn(words, key);
}

/** Of a distinguished name its CN, which is what people know a CA by. */
function issuerName(distinguished: string): string {
  return /(?:^|[\n,])\s*CN=([^\n,]+)/.exec(distinguished)?.[1] ?? distinguished;
}
