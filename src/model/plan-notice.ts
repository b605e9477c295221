import { type ErrorCode, errorCatalogue } from "../errors.ts";
import type { HostName } from "./host-name.ts";
import type { RequestKind, RequestState } from "./request.ts";

/** Who a mail goes to. A reseller's accounts ask their reseller about packages and suspensions, not the server's owner. */
export type NoticeRole = "account" | "reseller" | "administrator";

export type NoticeKind = "installed" | "action" | "failed" | "reminder" | "deleted";

/** One thing to tell one person about one request. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly to: NoticeRole;
  readonly reason: ErrorCode | null;
  /** What is told, as one comparable text: the same is not told twice. */
  readonly mark: string;
}

/** One thing that a mail tells. */
export interface MailNotice {
  readonly kind: NoticeKind;
  readonly reason: ErrorCode | null;
  readonly names: readonly HostName[];
  readonly account: string | null;
  /** End of the certificate, where that is what it is about. */
  readonly until: Date | null;
  /** What the CA wrote. */
  readonly caWords: string | null;
}

/** How a request stands, as far as mails depend on it. */
export interface NoticeLook {
  readonly kind: RequestKind;
  readonly state: RequestState;
  readonly reason: ErrorCode | null;
  readonly account: string | null;
  readonly notAfter: Date | null;
  /** Why the certificate that should follow is not coming, at this request or at the one that follows. */
  readonly blockedBy: ErrorCode | null;
  readonly now: Date;
}

const day = 86_400_000;
/** Days before the end on which somebody is reminded, only when something blocks. */
export const reminderDays: readonly number[] = [30, 21, 14, 7, 3, 1];
/** What the one who hosts an account can change without the server's owner. */
const resellersTurn: readonly ErrorCode[] = ["account-suspended", "ssl-not-allowed"];

/** What there is to tell about a request as it stands now; null when nobody needs to know anything. */
export function planNotice(look: NoticeLook): Notice | null {
  const reminder = remind(look);
  if (reminder !== null) return reminder;
  const { state, reason, kind } = look;
  if (state === "needs-you" || state === "failed") {
    const told = state === "failed" ? "failed" : "action";
    const to = recipient(look.account, reason);
    return to === null ? null : { kind: told, to, reason, mark: `${told}/${reason ?? ""}` };
  }
  if (state === "draft" && reason === "approval-needed") {
    return { kind: "action", to: "administrator", reason, mark: `action/${reason}` };
  }
  if (state === "deleted") return { kind: "deleted", to: owner(look.account), reason, mark: "deleted" };
  // Reissues come and go by themselves; who wanted them wanted not to hear of them.
  if (state === "installed" && kind !== "reissue" && reason !== "newer-installed") {
    return { kind: "installed", to: owner(look.account), reason: null, mark: "installed" };
  }
  return null;
}

function remind({ state, notAfter, blockedBy, account, now }: NoticeLook): Notice | null {
  if (notAfter === null || blockedBy === null || (state !== "installed" && state !== "needs-you"))
    return null;
  const left = notAfter.getTime() - now.getTime();
  const days = reminderDays.findLast((limit) => left <= limit * day);
  if (days === undefined || left < -day) return null;
  const to = recipient(account, blockedBy) ?? "administrator";
  return { kind: "reminder", to, reason: blockedBy, mark: `reminder/${days}` };
}

/** By whose turn it is; null where nobody here can do anything. */
function recipient(account: string | null, reason: ErrorCode | null): NoticeRole | null {
  if (reason === null) return owner(account);
  if (resellersTurn.includes(reason)) return "reseller";
  switch (errorCatalogue[reason].owner) {
    case "you":
      return owner(account);
    case "host":
      return "administrator";
    case "xolphin":
    case "ca":
    case "nobody":
      return null;
  }
}

function owner(account: string | null): NoticeRole {
  return account === null ? "administrator" : "account";
}
