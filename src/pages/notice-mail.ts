import { asHostName, displayName } from "../model/host-name.ts";
import type { MailNotice } from "../model/plan-notice.ts";
import type { Language } from "./texts/texts.ts";

const shown = 40;

/** Writes one mail about everything there is to tell one person; nothing in it is secret, nothing in it is a link. */
export function noticeMail(
  { texts, error, day }: Language,
  notices: readonly MailNotice[],
  brand: string,
): { subject: string; text: string } {
  const { mail } = texts;
  const first = notices[0];
  const subject =
    notices.length === 1 && first !== undefined
      ? mail.subject[first.kind](nameOf(first))
      : mail.subjectMany(notices.length);
  const parts = notices.slice(0, shown).map((notice) => {
    const problem = notice.reason === null ? null : error(notice.reason);
    return [
      mail.about[notice.kind](nameOf(notice), notice.until === null ? "" : day(notice.until)),
      ...(notice.names.length > 1 ? [`${mail.names}: ${notice.names.map(displayName).join(", ")}`] : []),
      ...(notice.account === null ? [] : [`${mail.account}: ${notice.account}`]),
      ...(problem === null ? [] : [problem.sentence]),
      ...(problem === null || problem.next === "" ? [] : [`${mail.next}: ${problem.next}`]),
      ...(notice.caWords === null ? [] : ["", ...quoted(notice.caWords)]),
    ].join("\n");
  });
  const more = notices.length - shown;
  if (more > 0) parts.push(mail.more(more));
  return { subject, text: `${mail.greeting}\n\n${parts.join("\n\n")}\n\n${mail.where(brand)}\n` };
}

function nameOf({ names }: MailNotice): string {
  const name = names[0] ?? asHostName("unknown.invalid");
  return name === null ? "" : displayName(name);
}

/** What the CA wrote, marked as such; at most what fits a screen. */
function quoted(words: string): string[] {
  return words
    .slice(0, 2_000)
    .split(/\r?\n/)
    .map((line) => `> ${line.replaceAll(/\p{Cc}+/gu, " ")}`);
}
