import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { CodedError } from "../errors.ts";
import type { Brand } from "../pages/route.ts";
import type { Settings } from "../settings.ts";

const logoTypes: Readonly<Record<string, string>> = { ".svg": "image/svg+xml", ".png": "image/png" };
const largestLogo = 65_536;

/** The hosting company's name and logo; read once at the start, so that a fault is seen then and not by a customer. */
export function readBrand({ name, logoFile }: Settings["brand"]): Brand {
  if (logoFile === null) return { name, logo: null };
  const contentType = logoTypes[extname(logoFile).toLowerCase()];
  if (contentType === undefined) throw refusal("must be an .svg or .png file");
  let bytes: Buffer;
  try {
    bytes = readFileSync(logoFile);
  } catch (cause) {
    throw refusal("can't be read", cause);
  }
  if (bytes.length > largestLogo) throw refusal("is larger than 64 kB");
  return { name, logo: { contentType, bytes } };
}

function refusal(text: string, cause?: unknown): CodedError {
  return new CodedError("settings-invalid", { detail: `brand.logoFile ${text}`, cause });
}
