import { createRequire } from "node:module";
import { domainToASCII, domainToUnicode } from "node:url";
import type * as tldts from "tldts";
import { CodedError } from "../errors.ts";

/** A DNS name in the one normal form: lower case, A-labels, no trailing dot; perhaps `*.` in front. */
export type HostName = string & { readonly __hostName: unique symbol };

const maxLength = 253;
/** Hyphens in third and fourth place are kept for A-labels (RFC 5890 §2.3.1), and no CA may issue for others. */
const label = /^(?!-)(?!(?!xn)..--)[a-z0-9-]{1,63}(?<!-)$/;
/**
 * What a person may type before canonicalisation: letters, digits and marks of any script, hyphens and plain dots. Other
 * numbers (fractions, numerals of one hundred) are let through by UTS 46 but refused by IDNA 2008 and so by registries.
 */
const typed = /^[\p{L}\p{Mn}\p{Mc}\p{Nd}.-]+$/u;
/** Letters that IDNA 2008 disallows one by one (RFC 5892 §2.6) and UTS 46 lets through. */
const disallowed = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/;
/** A label in A-form that holds what only a U-label may hold. */
const mixedForm = /(^|\.)xn--[^.]*[^\x00-\x7f]/i;
const publicSuffixes = { allowPrivateDomains: true } as const;

/** Brings a name into the normal form. Throws `host-name-invalid`. */
export function parseHostName(text: string): HostName {
  const name = asHostName(text);
  if (name === null)
    throw new CodedError("host-name-invalid", { detail: JSON.stringify(text.slice(0, 100)) });
  return name;
}

/**
 * The same, with null for what is no host name. Checked before and after canonicalisation, because `domainToASCII` drops
 * line breaks, maps other dots and turns numbers into addresses (spec reliability §1.6).
 */
export function asHostName(text: string): HostName | null {
  if (text.length > maxLength + 1) return null;
  const wildcard = text.startsWith("*.");
  const bare = (wildcard ? text.slice(2) : text).replace(/\.$/, "");
  if (bare === "" || !typed.test(bare) || disallowed.test(bare) || mixedForm.test(bare)) return null;
  const plain = /^[\x21-\x7e]+$/.test(bare);
  const ascii = plain && !/(^|\.)xn--/i.test(bare) ? bare.toLowerCase() : domainToASCII(bare);
  if (ascii === "" || ascii.length > maxLength) return null;
  const labels = ascii.split(".");
  // The number of labels must survive: a mapped dot or a dropped character would make another name of it.
  if (labels.length < 2 || labels.length !== bare.split(".").length) return null;
  if (!labels.every((part) => label.test(part) && (!part.startsWith("xn--") || isALabel(part)))) return null;
  // A name whose last label is a number is read as an address by some programs (RFC 1123 §2.1).
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) return null;
  return `${wildcard ? "*." : ""}${ascii}` as HostName;
}

/** Whether the label stands for a name that could have been typed, and is the only way to write it (RFC 5890 §2.3.2.1). */
function isALabel(part: string): boolean {
  const shown = domainToUnicode(part);
  const hyphens = /^-|-$|^..--/u;
  return (
    shown !== part &&
    typed.test(shown) &&
    !disallowed.test(shown) &&
    !hyphens.test(shown) &&
    domainToASCII(shown) === part
  );
}

export function isWildcard(name: HostName): boolean {
  return name.startsWith("*.");
}

/** `*.example.nl` → `example.nl`; other names as they are. */
export function withoutWildcard(name: HostName): HostName {
  return (isWildcard(name) ? name.slice(2) : name) as HostName;
}

/**
 * Whether a certificate for `pattern` is good for `name`: the same name, or a wildcard over exactly one label
 * (RFC 6125 §6.4.3). A wildcard never reaches over a public suffix.
 */
export function covers(pattern: HostName, name: HostName): boolean {
  if (pattern === name) return true;
  if (!isWildcard(pattern) || isWildcard(name)) return false;
  const base = withoutWildcard(pattern);
  const dot = name.indexOf(".");
  return name.slice(dot + 1) === base && registrableName(base) !== null;
}

/** The name as people write it. Stays in A-labels where the U-labels would not lead back to it. */
export function displayName(name: HostName): string {
  if (!name.includes("xn--")) return name;
  const bare = withoutWildcard(name);
  const shown = domainToUnicode(bare);
  const readable = shown !== "" && typed.test(shown) && asHostName(shown) === bare && !mixesScripts(shown);
  return readable ? `${isWildcard(name) ? "*." : ""}${shown}` : name;
}

/** The public suffix list, in memory from the first question on: 2 MB that an agent at rest has no use for. */
let suffixList: typeof tldts | null = null;

/** The part that somebody registered, e.g. `example.co.uk`; null for a public suffix itself. */
export function registrableName(name: HostName): HostName | null {
  suffixList ??= createRequire(import.meta.url)("tldts") as typeof tldts;
  return suffixList.getDomain(withoutWildcard(name), publicSuffixes) as HostName | null;
}

/** The name and its parents up to the registrable one, nearest first. */
export function parents(name: HostName): HostName[] {
  const top = registrableName(name);
  const found: HostName[] = [];
  let current: string = withoutWildcard(name);
  while (top !== null && current.endsWith(top)) {
    found.push(current as HostName);
    if (current === top) break;
    current = current.slice(current.indexOf(".") + 1);
  }
  return found;
}

// Look-alikes made of letters of several scripts are shown as they are on the wire.
function mixesScripts(text: string): boolean {
  const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
  return text.split(".").some((part) => scripts.filter((script) => script.test(part)).length > 1);
}
