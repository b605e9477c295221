/** What can stand on a request's time line. Texts for pages are looked up by kind; the data fills their gaps. */
export const timelineKinds = [
  "created",
  "key-made",
  "ordering",
  "ordered",
  "order-found",
  "adopted",
  "dcv-published",
  "dcv-visible",
  "dcv-asked",
  "dcv-withdrawn",
  "name-validated",
  "step-done",
  "step-attention",
  "note",
  "hint",
  "issued",
  "collected",
  "planned",
  "installing",
  "applied",
  "verified",
  "rolled-back",
  "refused",
  "superseded",
  "replaced-by-other",
  "attempt-failed",
  "needs-you",
  "failed",
  "cancelled",
  "deleted",
  "reissue-due",
  "reissue-wanted",
  "message-sent",
  "document-sent",
  "call-planned",
  "agreement-sent",
  "dcv-method",
  "names-dropped",
  "followed",
  "renewal-blocked",
  "renewal-choice",
  "engine-away",
  "engine-back",
  "key-destroyed",
  "key-exported",
  "handing-over",
  "handed-over",
  "handover-withdrawn",
  "handover-taken",
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** One line of a request's history. */
export interface TimelineEvent {
  readonly at: Date;
  readonly kind: TimelineKind;
  /** Who or what caused it: the CA's webhook, the sweep, a command, a page, or the agent's own work. */
  readonly source: "webhook" | "sweep" | "command" | "page" | "agent";
  /** Short facts: `name`, `vhost`, `code`, `address`, `status`, `state`, `attempt`, `nextAt` (ISO), `ms` … Never a secret. */
  readonly data: Readonly<Record<string, string | number | boolean>>;
}
