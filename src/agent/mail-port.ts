import type { MailPort } from "../jobs/ports.ts";
import { createMailer } from "../mail/mailer.ts";
import type { Panel } from "../panel.ts";
import type { Settings } from "../settings.ts";

/** Fits the mailer to what the jobs ask for: texts from the pages' languages, a sender from the settings or the host. */
export function createMailPort({ notify, brand }: Settings, panel: Panel): MailPort {
  const mailer = createMailer({ sendmail: notify.sendmail, smtp: notify.smtp });
  return {
    async send({ to, id, language, notices }) {
      const [{ noticeMail }, { languageFor }] = await Promise.all([
        import("../pages/notice-mail.ts"),
        import("../pages/texts/texts.ts"),
      ]);
      const words = languageFor(language);
      const { subject, text } = noticeMail(words, notices, brand.name ?? "Xolphin SSL");
      const from = notify.from ?? `xolphin-ssl@${(await panel.readFacts()).hostName}`;
      await mailer.send({ from, to, id, language: words.tag, subject, text });
    },
  };
}
