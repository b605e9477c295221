import type { NoticeKind } from "../../../model/plan-notice.ts";

/** English: mails. */
export const mail = {
  greeting: "Hello,",
  names: "Names",
  account: "Account",
  next: "Next step",
  subject: {
    installed: (name: string) => `${name} is secured`,
    action: (name: string) => `Something is needed for ${name}`,
    failed: (name: string) => `The certificate for ${name} failed`,
    reminder: (name: string) => `The certificate for ${name} ends soon`,
    deleted: (name: string) => `The request for ${name} was deleted`,
  } satisfies Record<NoticeKind, (name: string) => string>,
  about: {
    installed: (name: string, until: string) =>
      `${name} is secured: the certificate is installed and served, until ${until}.`,
    action: (name: string) => `The certificate for ${name} waits for you.`,
    failed: (name: string) => `The certificate for ${name} did not come about.`,
    reminder: (name: string, until: string) =>
      `The certificate for ${name} ends on ${until}, and the next one can not come yet.`,
    deleted: (name: string) => `The request for ${name} was deleted at Xolphin. What is installed stays.`,
  } as Readonly<Record<NoticeKind, (name: string, until: string) => string>>,
  subjectMany: (count: number) => `${count} messages about your certificates`,
  more: (count: number) => `And ${count} more.`,
  where: (brand: string) => `You find everything under ${brand} in your control panel.`,
};
