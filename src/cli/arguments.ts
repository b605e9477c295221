import { parseArgs } from "node:util";
import { CodedError } from "../errors.ts";

const defaultConfigFile = "/etc/xolphin-ssl/config.yaml";

/** What the usage text and the parser both know of one command. */
interface CommandShape {
  /** How it is written, without the program's name. */
  readonly usage: string;
  readonly what: string;
  /** Names of what must and may follow. */
  readonly positionals: { readonly least: number; readonly most: number };
  readonly options: Readonly<Record<string, "text" | "texts" | "flag">>;
}

const id = { least: 1, most: 1 };
const none = { least: 0, most: 0 };

/** Every command (design §5.1). `request`, `webhook`, `dcv`, `package`, `fleet` and `account` take a second word. */
export const commands = {
  agent: command("agent", "run the service: webhooks, jobs, pages", none),
  executor: command("executor", "run the root side: the only process that touches the panel", none),
  intake: command("intake", "hub of a fleet: take webhooks and hand them to the bus", none),
  gateway: command("gateway", "hub of a fleet: answer its servers, the only one that talks to the CA", none),
  "fleet init": command(
    "fleet init --host A --host B --host C --out DIRECTORY",
    "write what a new fleet's bus and hub need: configuration, certificates, credentials, units",
    none,
    { host: "texts", out: "text" },
  ),
  "fleet token": command(
    "fleet token NAME [--out FILE]",
    "on a hub: a one-time token for a new server, in a new file that is yours alone or on standard output",
    id,
    { out: "text" },
  ),
  "fleet join": command(
    "fleet join [--token FILE]",
    "on a server: join; the token comes from FILE or standard input",
    none,
    {
      token: "text",
    },
  ),
  "fleet status": command("fleet status", "on a hub: all servers, those with problems first", none),
  "fleet reissue": command(
    "fleet reissue (--all | [--issuer NAME] [--before DATE] [--server NAME]) [--urgent] [--reason TEXT] [--yes]",
    "on a hub: new certificates for many; without --yes only how many and how long",
    none,
    {
      all: "flag",
      issuer: "text",
      before: "text",
      server: "texts",
      urgent: "flag",
      reason: "text",
      yes: "flag",
    },
  ),
  "fleet stop": command("fleet stop ID", "on a hub: order nothing more of a reissue of many", id),
  "fleet give": command("fleet give ID NAME", "on a hub: say which server an order at the CA belongs to", {
    least: 2,
    most: 2,
  }),
  "fleet remove": command("fleet remove NAME --yes", "on a hub: take a server out of the fleet", id, {
    yes: "flag",
  }),
  "account receive": command(
    "account receive ACCOUNT",
    "on the new server of a fleet: await an account; prints the invitation to show on the old one",
    id,
  ),
  "account export": command(
    "account export ACCOUNT --to INVITATION --file FILE",
    "on the old server: hand its orders over; FILE is sealed for the new one and holds the keys",
    id,
    { to: "text", file: "text" },
  ),
  "account import": command("account import FILE", "on the new server: take the account in", id),
  "account take-back": command("account take-back ACCOUNT", "on the old server: it stays after all", id),
  "account list": command("account list", "accounts that are on their way", none),
  "fleet moved": command("fleet moved", "on a server: this machine is the server now", none),
  "fleet copy": command("fleet copy", "on a server: this machine is a copy and stays read-only", none),
  setup: command(
    "setup [--answers FILE]",
    "make user, folders, configuration, tokens and units; asks what only you know; repeatable",
    none,
    { answers: "text" },
  ),
  "package install": command(
    "package install --from DIRECTORY",
    "install the unpacked package, or upgrade or downgrade to it; goes back when it does not work",
    none,
    { from: "text" },
  ),
  "package use": command("package use VERSION", "run a version that is still here", id),
  "package host-certificate": command(
    "package host-certificate",
    "take over the certificate that the panel renewed for the host's name",
    none,
  ),
  "package uninstall": command(
    "package uninstall [--purge --yes]",
    "take the service off this server; certificates stay, state stays unless --purge",
    none,
    { purge: "flag", yes: "flag" },
  ),
  status: command("status", "counts, queue, last webhook and sweep", none),
  doctor: command("doctor", "try every path and say what is wrong and whose turn it is", none),
  metrics: command("metrics", "the figures of status as Prometheus reads them", none),
  "export-support": command(
    "export-support [--out FILE]",
    "an archive for whoever helps: reports, log and configuration without secrets and addresses",
    none,
    { out: "text" },
  ),
  "request list": command("request list [--account A] [--state S]", "requests, problems first", none, {
    account: "text",
    state: "text",
  }),
  "request show": command("request show ID", "one request with its whole history", id),
  order: command(
    "order --account A --name N [--name N2] --product P --years Y --dcv dns|file|email [--approver MAIL] [--key KIND]",
    "make key and CSR and place one order",
    none,
    {
      account: "text",
      name: "texts",
      product: "text",
      years: "text",
      dcv: "text",
      approver: "text",
      key: "text",
    },
  ),
  adopt: command("adopt ID [--key FILE] [--account A]", "take over what was ordered elsewhere", id, {
    key: "text",
    account: "text",
  }),
  "adopt list": command("adopt list", "what Xolphin has for websites here and is not followed yet", none),
  collect: command("collect ID", "fetch the certificate now", id),
  install: command("install ID [--vhost V] [--force]", "install it now", id, {
    vhost: "text",
    force: "flag",
  }),
  verify: command("verify ID", "look by handshakes at what is served", id),
  reissue: command("reissue ID", "a new key and certificate within the paid term", id),
  "reissue all": command(
    "reissue all --reason TEXT --yes [--search TEXT] [--urgent]",
    "the same for every certificate, or those with TEXT in a name, account or number; without --yes: how many",
    none,
    { reason: "text", search: "text", urgent: "flag", yes: "flag" },
  ),
  "reissue runs": command("reissue runs", "how far such undertakings are", none),
  "reissue stop": command("reissue stop RUN", "order no more of an undertaking", id),
  renew: command("renew ID", "a new paid term", id),
  cancel: command(
    "cancel ID --yes [--reason TEXT]",
    "cancel the request; an issued certificate is revoked",
    id,
    {
      yes: "flag",
      reason: "text",
    },
  ),
  "dcv retry": command(
    "dcv retry ID [--name N] [--method dns|file|email] [--approver MAIL]",
    "publish and check again, another way, or send the mail again",
    id,
    { name: "text", method: "text", approver: "text" },
  ),
  sweep: command("sweep", "read the CA and compare what is installed now", none),
  "webhook send": command(
    "webhook send --request-id N --status S [--state T] [--domain D] [--url U] [--post]",
    "deliver a webhook to a running agent, for trying things",
    none,
    { "request-id": "text", status: "text", state: "text", domain: "text", url: "text", post: "flag" },
  ),
} as const satisfies Record<string, CommandShape>;

export type CommandName = keyof typeof commands;

/** What changes this server itself. */
export type ServerCommand = Extract<CommandName, "setup" | `package ${string}`>;

export function isServerCommand(name: CommandName): name is ServerCommand {
  return name === "setup" || name.startsWith("package ");
}

/** What is done to the fleet itself; `moved` and `copy` are operations of a running agent. */
export type FleetCommand = Exclude<Extract<CommandName, `fleet ${string}`>, "fleet moved" | "fleet copy">;

export function isFleetCommand(name: CommandName): name is FleetCommand {
  return name.startsWith("fleet ") && name !== "fleet moved" && name !== "fleet copy";
}

export interface Invocation {
  readonly command: CommandName | "help" | "version";
  readonly positionals: readonly string[];
  readonly config: string;
  readonly json: boolean;
  text(option: string): string | null;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
}

/** Reads the command line. Throws `usage` with what is wrong in its detail. */
export function readArguments(argv: readonly string[]): Invocation {
  const [first = "help", second = ""] = argv;
  if (["help", "--help", "-h"].includes(first)) return invocation("help", [], {});
  if (["version", "--version"].includes(first)) return invocation("version", [], {});
  const name = [`${first} ${second}`, first].find(
    (candidate): candidate is CommandName => candidate in commands,
  );
  if (name === undefined) throw new CodedError("usage", { detail: `there is no command "${first}"` });
  const shape: CommandShape = commands[name];
  const known: CommandShape["options"] = { ...shape.options, config: "text", json: "flag", help: "flag" };
  const options = Object.fromEntries(
    Object.entries(known).map(([key, kind]) => [
      key,
      { type: kind === "flag" ? ("boolean" as const) : ("string" as const), multiple: kind === "texts" },
    ]),
  );
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: argv.slice(name.split(" ").length),
      options,
      allowPositionals: true,
      strict: true,
    });
  } catch (cause) {
    throw new CodedError("usage", { detail: cause instanceof Error ? cause.message : name, cause });
  }
  if (parsed.values["help"] === true) return invocation("help", [], {});
  const { least, most } = shape.positionals;
  if (parsed.positionals.length < least || parsed.positionals.length > most) {
    throw new CodedError("usage", { detail: `it is written: xolphin-ssl ${shape.usage}` });
  }
  return invocation(name, parsed.positionals, parsed.values);
}

/** The usage text, made from the table above. */
export function usageText(): string {
  const lines = Object.values(commands).map(({ usage, what }) => `  ${usage}\n      ${what}`);
  return [
    "usage: xolphin-ssl <command> [--config FILE] [--json]",
    "",
    ...lines,
    "",
    `The configuration is ${defaultConfigFile} unless --config names another.`,
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 nothing to do.",
  ].join("\n");
}

function command(
  usage: string,
  what: string,
  positionals: CommandShape["positionals"],
  options: CommandShape["options"] = {},
): CommandShape {
  return { usage, what, positionals, options };
}

function invocation(
  command: Invocation["command"],
  positionals: readonly string[],
  values: Record<string, unknown>,
): Invocation {
  return {
    command,
    positionals,
    config: typeof values["config"] === "string" ? values["config"] : defaultConfigFile,
    json: values["json"] === true,
    text: (option) => (typeof values[option] === "string" ? values[option] : null),
    texts: (option) => (Array.isArray(values[option]) ? values[option].map(String) : []),
    flag: (option) => values[option] === true,
  };
}
