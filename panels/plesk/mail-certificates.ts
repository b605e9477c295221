import { z } from "zod";
import { asCodedError } from "../../src/errors.ts";
import { certificateCovers } from "../../src/model/certificate.ts";
import { asHostName } from "../../src/model/host-name.ts";
import { failure } from "./answers.ts";
import { isOurName } from "./certificate-name.ts";
import { listServerRepository } from "./certificates.ts";
import type { PleskCommands } from "./commands.ts";
import type { InstallParts, Placement } from "./placement.ts";

/** How this version sets the certificate of one domain's mail. */
export interface MailOption {
  /** Of `plesk bin`. */
  readonly utility: string;
  /** With its dash. */
  readonly option: string;
}

/** Utilities that change one website and could have such an option. */
const utilities = ["site", "domain", "subscription"];

/**
 * No source names a setter for one domain's mail (spec plesk §3.4), so that the commands themselves are asked what they
 * take: once, because it changes with the version only.
 */
export class MailOptions {
  private readonly commands: PleskCommands;
  private found: Promise<MailOption | null> | null = null;

  constructor(commands: PleskCommands) {
    this.commands = commands;
  }

  /** Null: this version has none. */
  find(): Promise<MailOption | null> {
    this.found ??= this.look();
    return this.found;
  }

  private async look(): Promise<MailOption | null> {
    for (const utility of utilities) {
      const { stdout } = await this.commands.attempt("bin", utility, "--help");
      const option = parseMailOption(stdout);
      if (option !== null) return { utility, option };
    }
    return null;
  }
}

/** The option for a mail certificate's name in what `--help` prints; webmail's is another. */
export function parseMailOption(help: string): string | null {
  return (
    /(?<=^|[\s[|<])-{1,2}(?:ssl[-_])?mail[-_](?:ssl[-_])?cert(?:ificate)?(?:[-_]name)?(?![\w-])/m.exec(
      help,
    )?.[0] ?? null
  );
}

/**
 * Webmail and mail get the certificate too when their names are covered and they still show the server's default: what
 * somebody chose stays. Never fails an installation.
 */
export async function secureMail(parts: InstallParts, placement: Placement, name: string): Promise<void> {
  await secure(parts, placement, name, {
    service: "webmail",
    shown: placement.site.webmail,
    set: setWebmail,
  });
  await secure(parts, placement, name, { service: "mail", shown: placement.site.mail, set: setMail });
}

interface Service {
  readonly service: "webmail" | "mail";
  /** Name of the certificate that it has now. */
  readonly shown: string | null | undefined;
  readonly set: (parts: InstallParts, placement: Placement, name: string) => Promise<void>;
}

async function secure(
  parts: InstallParts,
  placement: Placement,
  name: string,
  { service, shown, set }: Service,
): Promise<void> {
  const { site, bundle } = placement;
  const host = asHostName(`${service}.${site.name}`);
  if (host === null || !certificateCovers(bundle.leaf, host) || shown === name) return;
  try {
    const chosen = shown !== null && shown !== undefined && !isOurName(shown);
    if (chosen && !(await listServerRepository(parts.commands)).has(shown)) return;
    await set(parts, placement, name);
  } catch (thrown) {
    const error = asCodedError(thrown);
    parts.log.info("a service keeps its certificate", { service, vhost: site.name, error });
  }
}

const webmailAnswer = z.object({ system: z.string(), status: z.string(), text: z.string() });

async function setWebmail({ commands, log }: InstallParts, { site }: Placement, name: string): Promise<void> {
  const answer = await commands.ask(webmailAnswer, "secure-webmail.php", String(site.id), name);
  if (answer.status !== "ok") {
    log.info("webmail keeps its certificate", { vhost: site.name, said: answer.text.slice(0, 200) });
  }
}

async function setMail({ commands, mail }: InstallParts, { site }: Placement, name: string): Promise<void> {
  const found = await mail.find();
  if (found === null || (found.utility === "subscription" && !site.main)) return;
  const ended = await commands.attempt("bin", found.utility, "--update", site.name, found.option, name);
  if (ended.code !== 0) throw failure(`${found.utility} --update ${site.name} ${found.option}`, ended);
}
