import type { Transporter } from "nodemailer";
import { CodedError } from "../errors.ts";

/** A mail in plain text. Addresses are checked by the caller; what is written is encoded here. */
export interface Mail {
  readonly from: string;
  readonly to: string;
  /** Unique part of the Message-ID. */
  readonly id: string;
  readonly language: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Resolves when the mail server has taken it. Throws `mail-not-sent`. */
  send(mail: Mail): Promise<void>;
}

export interface MailerOptions {
  /** Path of the server's own command; used when there is no SMTP server. */
  readonly sendmail: string;
  /** `smtp://` or `smtps://` address; null: none. */
  readonly smtp: string | null;
}

const deadline = 20_000;

/**
 * Sends through the server's own `sendmail`, as every program on a hosting server does, or through an SMTP server. Nothing
 * but the two addresses is ever an argument of a command.
 */
export function createMailer(options: MailerOptions): Mailer {
  let transport: Promise<Transporter> | null = null;
  return {
    async send({ from, to, id, language, subject, text }) {
      const domain = from.slice(from.lastIndexOf("@") + 1);
      try {
        transport ??= openTransport(options);
        await (await transport).sendMail({
          envelope: { from, to: [to] },
          from: { name: "Xolphin SSL", address: from },
          to: { name: "", address: to },
          messageId: `<${id}@${domain}>`,
          // A line break in either would begin another header (spec reliability E12).
          subject: subject.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").slice(0, 200),
          text,
          headers: { "Auto-Submitted": "auto-generated", "Content-Language": language },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
      } catch (cause) {
        throw new CodedError("mail-not-sent", {
          cause,
          detail: cause instanceof Error ? cause.message.slice(0, 200) : "",
        });
      }
    },
  };
}

/** Loaded with the first mail only: it takes 5 MB, and many servers never send one (docs/decisions/0009). */
async function openTransport({ sendmail, smtp }: MailerOptions): Promise<Transporter> {
  const { createTransport } = await import("nodemailer");
  if (smtp === null) return createTransport({ sendmail: true, newline: "unix", path: sendmail });
  return createTransport({
    url: smtp,
    connectionTimeout: deadline,
    greetingTimeout: deadline,
    socketTimeout: deadline,
  });
}
