import type { CaState } from "./ca-state.ts";
import { localTime } from "./dates.ts";
import type { ValidationCall } from "./order.ts";
import { isMailAddress } from "./order-form.ts";
import { FormErrors } from "./refusal.ts";
import type { RequestForm } from "./request-form.ts";
import { textField } from "./request-form.ts";

const actions = [
  "ScheduledCallback",
  "ManualCallback",
  "ReplacePhone",
  "replaceEmailAddress",
  "sendCallbackEmail",
];
const languages = ["en-us", "ru-ru", "de-de", "es-es", "pt-br", "nl-nl", "fr-fr"];

export const callFields: readonly string[] = [
  ...["date", "time", "timezone", "action", "phoneNumber", "extensionNumber", "emailAddress", "email"],
  ...["language", "comments"],
];

/**
 * R7 (spec xolphin-api §3.7).
 * @throws Refusal
 */
export function readValidationCall(form: RequestForm, state: CaState): ValidationCall {
  const errors = new FormErrors();
  const date = textField(form, "date") ?? "";
  const time = textField(form, "time") ?? "";
  const timezone = textField(form, "timezone") ?? "Europe/Amsterdam";
  const action = textField(form, "action") ?? "ScheduledCallback";
  const day = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : new Date(Number.NaN);
  if (Number.isNaN(day.getTime())) errors.add("date", "This value is not a date.");
  else if (date < localTime(state.now()).date) errors.add("date", "This date is in the past.");
  else if ([0, 6].includes(day.getUTCDay())) errors.add("date", "There are no calls on weekends.");
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time)) errors.add("time", "This value is not a time.");
  if (!isTimeZone(timezone)) errors.add("timezone", "This value is not a time zone.");
  if (!actions.includes(action)) errors.add("action", "The selected action is not valid.");
  const phoneNumber = textField(form, "phoneNumber");
  if (action === "ReplacePhone" && phoneNumber === undefined) {
    errors.add("phoneNumber", "This value should not be blank.");
  }
  const emailAddress = textField(form, state.switches.callEmailField);
  if (emailAddress !== undefined && !isMailAddress(emailAddress)) {
    errors.add(state.switches.callEmailField, "This is no e-mail address.");
  }
  if (["replaceEmailAddress", "sendCallbackEmail"].includes(action) && emailAddress === undefined) {
    errors.add(state.switches.callEmailField, "This value should not be blank.");
  }
  const language = textField(form, "language");
  if (language !== undefined && !languages.includes(language)) {
    errors.add("language", "This language is not available.");
  }
  errors.refuseIfAny();
  const comments = textField(form, "comments");
  return {
    date,
    time,
    timezone,
    action,
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(emailAddress === undefined ? {} : { emailAddress }),
    ...(comments === undefined ? {} : { comments }),
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name.includes("/");
  } catch {
    return false;
  }
}
