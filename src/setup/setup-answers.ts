import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";

/**
 * What `setup` may be told without a person (`--answers FILE`, YAML). Everything is optional; what is not said stays as it
 * is, or becomes what was found.
 */
export interface SetupAnswers {
  /** Any keys of the configuration, as they stand there. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly caPassword: Secret | null;
  /** Keep an address with a secret last part; false takes an existing one away. */
  readonly webhookPathToken: boolean | null;
  readonly openFirewall: boolean;
}

export const noAnswers: SetupAnswers = {
  settings: {},
  caPassword: null,
  webhookPathToken: null,
  openFirewall: false,
};

const schema = z.strictObject({
  settings: z.record(z.string(), z.unknown()).default({}),
  caPassword: z.string().min(1).optional(),
  caPasswordFile: z.string().startsWith("/").optional(),
  webhookPathToken: z.boolean().optional(),
  openFirewall: z.boolean().default(false),
});

/** Throws `input-invalid` naming the keys that are wrong, never their values. */
export function readAnswers(path: string): SetupAnswers {
  let parsed: z.output<typeof schema>;
  try {
    parsed = schema.parse(parse(readFileSync(path, "utf8")) ?? {});
  } catch (cause) {
    const keys = cause instanceof z.ZodError ? cause.issues.map((issue) => issue.path.join(".")) : [];
    throw new CodedError("input-invalid", { cause, detail: [path, ...keys].join(" ") });
  }
  const password =
    parsed.caPassword ??
    (parsed.caPasswordFile === undefined
      ? undefined
      : readFileSync(parsed.caPasswordFile, "utf8").replace(/\r?\n$/, ""));
  return {
    settings: parsed.settings,
    caPassword: password === undefined ? null : new Secret(password),
    webhookPathToken: parsed.webhookPathToken ?? null,
    openFirewall: parsed.openFirewall,
  };
}
