import { readFileSync } from "node:fs";
import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";

/** Reads a one-line secret, such as the CA password; a closing line break is not part of it. Throws `settings-invalid`. */
export function readSecretFile(path: string): Secret {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new CodedError("settings-invalid", { cause, detail: `${path} can't be read` });
  }
  if (text === "" || /[\r\n\0]/.test(text)) {
    throw new CodedError("settings-invalid", { detail: `${path} must hold one line` });
  }
  return new Secret(text);
}

/** Certificates in PEM to trust besides the usual ones; none when no file is named. Throws `settings-invalid`. */
export function readTrustFile(path: string | null): string[] {
  if (path === null) return [];
  try {
    const blocks = readFileSync(path, "utf8").match(
      /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g,
    );
    if (blocks !== null) return [...blocks];
  } catch (cause) {
    throw new CodedError("settings-invalid", { cause, detail: `${path} can't be read` });
  }
  throw new CodedError("settings-invalid", { detail: `${path} holds no certificate` });
}
