import type { ApiArguments } from "./api-arguments.ts";

/** One call as it arrived, without its secrets. */
export interface LoggedCall {
  readonly at: Date;
  readonly way: "https" | "command" | "live";
  /** HTTP method, or the command's name. */
  readonly method: string;
  /** Path, or function. */
  readonly path: string;
  /** Who was found to call; undefined for nobody. */
  login: string | undefined;
  /** HTTP status or exit code; undefined while nothing was answered. */
  status: number | undefined;
  readonly args: Readonly<Record<string, string>>;
}

const secretNames = /^(?:pass(?:word)?|key|token|tfa_token|session)(?:-\d+)?$/i;
const keyBlocks = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

export function argumentsForLog(args: ApiArguments): Record<string, string> {
  return Object.fromEntries(
    args.pairs.map(([name, value]) => [
      name,
      secretNames.test(name) ? "[cut]" : value.replaceAll(keyBlocks, "[private key cut]"),
    ]),
  );
}
