import type { z } from "zod";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { parseJson, plain } from "../panel-words.ts";
import type { Ended } from "../run-command.ts";

/** One line of `plesk bin certificate --list`. */
export interface ListedCertificate {
  readonly name: string;
  /** How many sites and services use it. */
  readonly used: number;
}

/**
 * Reads the table of a repository (spec plesk §3.2). Names are not quoted and may hold spaces; lines that are no row of the
 * table (its head, remarks about the repository) are passed over.
 */
export function parseCertificateList(stdout: string): ListedCertificate[] {
  return stdout.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const used = fields.at(-1) ?? "";
    const flags = fields.slice(0, 4);
    if (fields.length < 6 || !/^\d+$/.test(used) || !flags.every((flag) => /^[YN]$/.test(flag))) return [];
    return [{ name: fields.slice(4, -1).join(" "), used: Number(used) }];
  });
}

/** A whole number among the server's settings as `plesk bin server_pref --show` prints them; null when it is not there. */
export function parsePreference(stdout: string, name: string): number | null {
  for (const line of stdout.split("\n")) {
    const [label = "", value = ""] = line.trim().split(/[:\s]+/);
    if (label === name && /^\d+$/.test(value)) return Number(value);
  }
  return null;
}

/** The version in what `plesk version` prints, e.g. `18.0.79`. */
export function parseVersion(stdout: string): string | null {
  return /\d+\.\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? null;
}

/**
 * What one of our scripts printed inside the panel: the last line with our mark, whatever else the panel's runtime put on
 * the output. Throws `panel-answer-unreadable`.
 */
export function readFacts<T>(stdout: string, script: string, schema: z.ZodType<T>): T {
  const mark = "xolphin-ssl ";
  const line = stdout.split("\n").findLast((one) => one.startsWith(mark));
  if (line === undefined) throw new CodedError("panel-answer-unreadable", { detail: `${script}: no answer` });
  const parsed = schema.safeParse(parseJson(line.slice(mark.length), script));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new CodedError("panel-answer-unreadable", { detail: `${script}: unexpected ${where}` });
}

/**
 * What a failed command means. The exit status alone said that it failed; the panel has no codes beyond it, so that known
 * fragments of its words (spec plesk §3.2, §3.5, §6) only choose between trying again and asking a person. What is not
 * known, or in another language, is tried again.
 */
export function failure(command: string, { code, stdout, stderr }: Ended): CodedError {
  if (code === null)
    return new CodedError("panel-unreachable", {
      detail: `${command}: it was killed, or did not end in time`,
    });
  const words = plain(`${stderr} ${stdout}`);
  const known = knownFailures.find(([pattern]) => pattern.test(words));
  return new CodedError(known?.[1] ?? "panel-fault", { detail: `${command} (exit ${code}): ${words}` });
}

const knownFailures: readonly (readonly [RegExp, ErrorCode])[] = [
  [/no space left|disk (?:is )?full|quota exceeded/i, "panel-disk-full"],
  [/unable to find (?:domain|site|subscription|subdomain)|(?:domain|site) does not exist/i, "vhost-unknown"],
  [/permission denied|access (?:is )?denied|not (?:allowed|permitted)/i, "panel-refused-us"],
  [/component .*was not installed/i, "panel-refused"],
  [/private key|unable to set \w+ content|does not match/i, "panel-refused"],
];
