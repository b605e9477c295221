import { type ErrorCode, errorCatalogue, type Owner } from "../errors.ts";
import type { Caller } from "../panel.ts";
import type { Language } from "./texts/texts.ts";

/** Whose turn it is in the words of who looks: a server's administrator is the host, and not whose account it is. */
export function whose({ texts }: Language, owner: Owner, caller: Caller, account: string | null): string {
  if (owner === "host" && caller.level === "administrator") return texts.owners.you;
  const somebodyElses = caller.level !== "account" && account !== null && account !== caller.account;
  return owner === "you" && somebodyElses ? texts.holder : texts.owners[owner];
}

/** Their next step says by itself whom to ask. */
const askByThemselves: readonly ErrorCode[] = [
  "order-not-allowed",
  "product-not-allowed",
  "order-limit-reached",
  "order-declined",
];

/** The next step of a reason; what only the host can do is for everybody else to pass on. Empty where there is none. */
export function nextStep(language: Language, reason: ErrorCode, caller: Caller): string {
  const { next } = language.error(reason);
  const theirs = errorCatalogue[reason].owner === "host" && caller.level !== "administrator";
  return next === "" || !theirs || askByThemselves.includes(reason) ? next : language.texts.tellHost(next);
}
