import { createHash } from "node:crypto";
import { crashPoint } from "../crash-point.ts";
import { asCodedError } from "../errors.ts";
import { type MailNotice, type NoticeKind, planNotice } from "../model/plan-notice.ts";
import { isTerminal, type RequestState } from "../model/request.ts";
import type { Account } from "../panel.ts";
import type { Standing, StoredNotice } from "../store/notices.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type WorkItem, workPriority } from "../store/work.ts";
import type { JobContext } from "./context.ts";
import { eachUnsettled, inBatches } from "./in-batches.ts";
import { createPanelView, type PanelView } from "./panel-view.ts";
import { isClockPlausible } from "./plausible-clock.ts";
import type { WorkHandler } from "./worker.ts";

/** What comes together goes out together, and what passes within this time is not worth a mail. */
const mergeTime = 2 * 60_000;
/** A problem that comes and goes is told once a day. */
const againAfter = 86_400_000;
/** More than this in a day helps nobody; the rest waits and is told together. */
const mailsPerDay = 10;
const perRun = 500;
const waitingStates: readonly RequestState[] = ["needs-you", "failed", "draft"];
const outbox = "outbox";
const mailAddress = /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{3,190}$/;

/** Who is written to. */
interface Person {
  readonly address: string;
  readonly language: string | null;
}

/** Sends what is to be told. One mail per person, in their language. */
export function createMailHandler(context: JobContext): WorkHandler {
  return {
    kind: "mail",
    concurrency: 1,
    batch: 1,
    async run(items) {
      const next = await sendNotices(context);
      return new Map(items.map(({ key }) => [key, { next }]));
    },
  };
}

/** Looks whether a finished piece of work left something to tell. */
export function noticeAfter(context: JobContext, { kind, key }: WorkItem): void {
  if (kind === "verify") {
    const reference = context.store.installations.get(Number(key))?.reference;
    if (reference !== undefined) notice(context, reference);
  } else if (kind === "advance" || kind === "install" || kind === "renew") notice(context, key);
}

/** Looks at everything that waits for somebody or ends soon: what no piece of work would come across today. */
export async function noticeWaiting(context: JobContext): Promise<void> {
  const { store } = context;
  await eachUnsettled(store, waitingStates, ({ reference }) => notice(context, reference));
  await inBatches(store, store.requests.blocked(), (reference) => notice(context, reference));
}

/** Writes down what there is to tell about a request, unless it was told already. */
export function notice(context: JobContext, reference: string): void {
  const { store, clock } = context;
  const standing = store.notices.standing(reference);
  if (standing === null) return;
  const now = clock.now();
  // What has no end has no successor either.
  const blocked = standing.notAfter === null ? null : blockedBy(context, reference, standing);
  const planned = planNotice({ ...standing, blockedBy: blocked, now });
  if (planned?.kind === "reminder" && !isClockPlausible(context)) return;
  const mark = planned?.mark ?? null;
  if (mark === standing.told) return;
  const last = mark === null ? null : store.notices.lastTold(reference, mark);
  const known = last !== null && (mark === "installed" || now.getTime() - last.getTime() < againAfter);
  store.db.transaction(() => {
    store.requests.told(reference, mark);
    if (planned === null || known) return;
    store.notices.add(reference, planned, now);
    store.work.plan("mail", outbox, workPriority.background, new Date(now.getTime() + mergeTime), now);
  });
  context.wake();
}

/** Why no newer certificate is on its way to be served: at this request, or at the one that follows it. */
function blockedBy(
  { store }: JobContext,
  reference: string,
  { renewalProblem }: Standing,
): StoredRequest["reason"] {
  if (renewalProblem !== null) return renewalProblem;
  const next = store.requests.successors(reference).at(-1);
  // Of a draft only one that waits for approval follows anything.
  const halted =
    next !== undefined && (["draft", "needs-you"].includes(next.state) || isTerminal(next.state));
  return halted ? next.reason : null;
}

/** Returns when to look again; null when everything is told. */
async function sendNotices(context: JobContext): Promise<Date | null> {
  const { store, clock, log } = context;
  const open = store.notices.open(perRun);
  if (open.length === 0) return null;
  const named = new Set(open.map(({ reference }) => store.requests.get(reference)?.account));
  const panelView = createPanelView(context.panel, named.size);
  const byAddress = new Map<string, { language: string | null; notices: StoredNotice[] }>();
  for (const one of open) {
    if (isOver(context, one)) {
      store.notices.settle([one.id], "passed", clock.now());
      continue;
    }
    const person = await findPerson(context, one, panelView);
    if (person === null) {
      store.notices.settle([one.id], "no address", clock.now());
      continue;
    }
    const mail = byAddress.get(person.address) ?? { language: person.language, notices: [] };
    mail.notices.push(one);
    byAddress.set(person.address, mail);
  }
  let waiting = open.length === perRun;
  for (const [address, { language, notices }] of byAddress) {
    if (store.notices.sentTo(address, clock.now()) >= mailsPerDay) {
      waiting = true;
      continue;
    }
    const ids = notices.map(({ id }) => id);
    // The same rows give the same number: whoever gets them twice can tell.
    const id = createHash("sha256").update(ids.join(",")).digest("hex").slice(0, 32);
    try {
      await context.mail.send({
        to: address,
        id,
        language,
        notices: notices.flatMap((one) => tell(context, one)),
      });
      crashPoint("X-43");
      store.notices.settle(ids, `sent ${address}`, clock.now());
    } catch (thrown) {
      const error = asCodedError(thrown);
      log.warn("a mail could not be sent", { notices: ids.length, error });
      store.writeMeta("mail.problem", error.code);
      throw error;
    }
  }
  store.removeMeta("mail.problem");
  return waiting ? new Date(clock.now().getTime() + 3_600_000) : null;
}

/** What was to be done has been done meanwhile, or passed. */
function isOver({ store }: JobContext, { reference, mark, kind }: StoredNotice): boolean {
  const told = store.requests.get(reference)?.told ?? null;
  return kind !== "installed" && kind !== "deleted" && told !== mark;
}

function tell({ store }: JobContext, one: StoredNotice): MailNotice[] {
  const request = store.requests.get(one.reference);
  if (request === null) return [];
  const noLongerThan: Readonly<Record<NoticeKind, Date | null>> = {
    installed: request.notAfter,
    reminder: request.notAfter,
    action: null,
    failed: null,
    deleted: null,
  };
  return [
    {
      kind: one.kind,
      reason: one.reason,
      names: request.names,
      account: request.account,
      until: noLongerThan[one.kind],
      caWords: one.reason === "message-waiting" ? lastMessage(store.notes.of(one.reference)) : null,
    },
  ];
}

function lastMessage(notes: readonly { readonly fromCa: boolean; readonly text: string }[]): string | null {
  return notes.findLast(({ fromCa }) => fromCa)?.text ?? null;
}

/** Whom the panel, or else the settings, name. */
async function findPerson(
  context: JobContext,
  { to, reference }: StoredNotice,
  panelView: PanelView,
): Promise<Person | null> {
  const request = context.store.requests.get(reference);
  const own = request === null ? null : await ownerOf(request, panelView);
  const asked = to === "account" ? own : to === "reseller" ? await resellerOf(own, panelView) : null;
  const ownersAlone = to === "account" && request?.account != null;
  const person =
    asked?.email != null
      ? { address: asked.email, language: asked.language }
      : ownersAlone
        ? null
        : await findHost(context, panelView);
  return person !== null && mailAddress.test(person.address) ? person : null;
}

/** An account that was made anew under the same name is not who ordered (F-32). */
async function ownerOf(
  { account, accountCreatedAt }: StoredRequest,
  panelView: PanelView,
): Promise<Account | null> {
  const own = account === null ? null : await panelView.account(account);
  const another = own?.createdAt != null && accountCreatedAt !== null && own.createdAt !== accountCreatedAt;
  return another ? null : own;
}

async function resellerOf(own: Account | null, panelView: PanelView): Promise<Account | null> {
  const owner = own?.owner == null ? null : await panelView.account(own.owner);
  return owner?.role === "reseller" ? owner : null;
}

async function findHost({ administrator }: JobContext, panelView: PanelView): Promise<Person> {
  const accounts = await panelView.accounts();
  const first = accounts.find(({ role, email }) => role === "administrator" && email !== null);
  return { address: administrator ?? first?.email ?? "", language: first?.language ?? null };
}
