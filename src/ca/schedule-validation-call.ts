import type { CaTransport } from "./ca-transport.ts";

/** The actions of spec xolphin-api §3.7, in the CA's own mixed capitals. */
export type ValidationCallAction =
  | "ScheduledCallback"
  | "ManualCallback"
  | "ReplacePhone"
  | "replaceEmailAddress"
  | "sendCallbackEmail";

export interface ValidationCallWish {
  /** `YYYY-MM-DD`, not in the past and not on a weekend. */
  readonly date: string;
  /** `HH:mm` in `timezone`. */
  readonly time: string;
  /** IANA name. */
  readonly timezone: string;
  readonly action: ValidationCallAction;
  readonly phoneNumber: string | null;
  readonly extensionNumber: string | null;
  readonly emailAddress: string | null;
  readonly language: string | null;
  readonly comments: string | null;
}

/** R7: plans or changes the validation call. */
export async function scheduleValidationCall(
  transport: CaTransport,
  id: number,
  wish: ValidationCallWish,
): Promise<void> {
  const action = wish.action === "ScheduledCallback" ? null : wish.action;
  await transport.post(`requests/${id}/schedule-validation-call`, { ...wish, action });
}
