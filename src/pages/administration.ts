import type { ErrorCode } from "../errors.ts";
import { displayName } from "../model/host-name.ts";
import type { PageRequest } from "../panel.ts";
import { rowView } from "./certificate-list.ts";
import type { ApprovalRow } from "./data/ordering.ts";
import type { Overview, WebhookLogRow } from "./data/overview.ts";
import { type Route, showPage } from "./route.ts";
import type { Language } from "./texts/texts.ts";

/** What the administrator of the server sees of the service itself. */
export const administrationRoute: Route = {
  path: "/admin",
  async view(call, notice) {
    const { caller } = call.request;
    const overview = await call.data.readOverview(caller);
    const approvals = await call.data.listApprovals(caller);
    const { caUsername } = await call.data.readService(caller);
    return showPage(call, "administration", {
      ...administrationView(call.request, call.language, overview),
      notice,
      // Until then nothing works, so this is the first thing to say.
      settingsHref: caUsername === null ? call.request.href("/settings") : null,
      approvals: approvals.map((row) => approvalView(call.request, call.language, row)),
      form: caller.readOnly
        ? null
        : { action: call.request.href("/admin"), token: call.parts.tokens.issue(caller) },
    });
  },
  actions: {
    async approve({ data, request, language }, form) {
      await data.approveOrder(request.caller, form.get("reference") ?? "");
      return { notice: language.texts.order.approved };
    },
    async decline({ data, request, language }, form) {
      await data.declineOrder(request.caller, form.get("reference") ?? "");
      return { notice: language.texts.order.declined };
    },
  },
};

/** The administrator's page: what needs somebody first, then webhooks, queue and regular checks. */
function administrationView(request: PageRequest, language: Language, overview: Overview): object {
  const { texts } = language;
  const { queue, webhooks } = overview;
  return {
    texts,
    version: overview.version,
    failures: overview.failures.map((row) => rowView(request, language, row)),
    queue: texts.queueCounts(queue.due, queue.waiting, queue.parked),
    webhookCounts: texts.webhookCounts(webhooks.accepted, webhooks.unmatched, webhooks.refused),
    lastWebhook:
      webhooks.last === null ? texts.noWebhook : texts.lastWebhook(`${language.moment(webhooks.last)} UTC`),
    log: webhooks.log.map((row) => logView(request, language, row)),
    sweeps: overview.sweeps.map(({ part, last, problem }) => ({
      part: texts.sweepParts[part],
      last: last === null ? texts.never : `${language.moment(last)} UTC`,
      problem: problem === null ? "" : language.error(problem).sentence,
    })),
  };
}

function approvalView(request: PageRequest, language: Language, row: ApprovalRow): object {
  const words = language.texts.order;
  return {
    reference: row.reference,
    href: request.href("/request", { id: row.reference }),
    names: row.names.map(displayName).join(", "),
    account: row.account ?? "–",
    product: row.years === null ? (row.product ?? "") : `${row.product ?? ""}, ${words.term(row.years)}`,
    price: row.cents === null ? "–" : language.money(row.cents),
    by: words.approvalBy(row.by, `${language.moment(row.at)} UTC`),
  };
}

function logView(request: PageRequest, language: Language, row: WebhookLogRow): object {
  const { texts } = language;
  const words = [row.requestId, row.status, row.state, row.domain].filter((word) => word !== null);
  const code = explanationOf(row);
  return {
    iso: row.at.toISOString(),
    time: language.moment(row.at),
    source: row.source,
    tone: row.outcome === "accepted" ? "good" : "act",
    outcome:
      row.httpStatus === null
        ? texts.outcomes[row.outcome]
        : `${texts.outcomes[row.outcome]} (${row.httpStatus})`,
    about: words.join(" · "),
    explanation: code === null ? "" : language.error(code).sentence,
    next: code === null ? "" : language.error(code).next,
    href: row.reference === null ? null : request.href("/request", { id: row.reference }),
  };
}

const forbidden = 403;

function explanationOf({ outcome, httpStatus }: WebhookLogRow): ErrorCode | null {
  if (outcome === "accepted") return null;
  if (outcome === "unmatched") return "delivery-unmatched";
  return httpStatus === forbidden ? "delivery-refused" : "delivery-malformed";
}
