import { createHash } from "node:crypto";
import { registrableDomain, withoutWildcard } from "./host-names.ts";
import type { Switches } from "./switches.ts";

export type DcvMethod = "EMAIL" | "FILE" | "DNS";

/** What must be published for one name, before it is written in one of the forms of the answer. */
export interface DcvValues {
  dns: { owner: string; type: "CNAME" | "TXT"; value: string };
  file: { path: string; content: string };
}

/** Sectigo's values: hashes of the CSR, the same for every name (spec §9.2, §9.3). */
export function sectigoValues(name: string, csrDer: Buffer, uniqueValue: string | undefined): DcvValues {
  const md5 = createHash("md5").update(csrDer).digest("hex");
  const sha256 = createHash("sha256").update(csrDer).digest("hex");
  const unique = uniqueValue === undefined ? "" : `${uniqueValue.toLowerCase()}.`;
  return {
    dns: {
      owner: `_${md5}.${withoutWildcard(name)}`,
      type: "CNAME",
      value: `${sha256.slice(0, 32)}.${sha256.slice(32)}.${unique}sectigo.com`,
    },
    file: {
      path: `/.well-known/pki-validation/${md5.toUpperCase()}.txt`,
      content: [sha256, "sectigo.com", ...(uniqueValue === undefined ? [] : [uniqueValue])].join("\n"),
    },
  };
}

/** DigiCert's values: one random text per order, here drawn from its id (spec §9.5). */
export function digicertValues(name: string, orderId: number, form: Switches["digicertDns"]): DcvValues {
  const random = createHash("sha256").update(`digicert ${orderId}`).digest("hex").slice(0, 32);
  const bare = withoutWildcard(name);
  const file = { path: "/.well-known/pki-validation/fileauth.txt", content: random };
  if (form === "cname") {
    return { dns: { owner: `_${random}.${bare}`, type: "CNAME", value: `${random}.dcv.digicert.com` }, file };
  }
  return {
    dns: { owner: form === "txt-domain" ? bare : `_dnsauth.${bare}`, type: "TXT", value: random },
    file,
  };
}

/** `dnsRecord` and `dnsCnameValue` in the form the switches ask for (spec §14 U6). */
export function writtenDnsValues(
  name: string,
  values: DcvValues,
  switches: Pick<Switches, "dnsRecord" | "dnsCnameValue">,
): { dnsRecord: string; dnsCnameValue: string } {
  const { owner, type, value } = values.dns;
  const dot = switches.dnsCnameValue === "trailing-dot" && type === "CNAME" ? "." : "";
  return { dnsRecord: writtenOwner(owner, name, switches.dnsRecord), dnsCnameValue: `${value}${dot}` };
}

function writtenOwner(owner: string, name: string, form: Switches["dnsRecord"]): string {
  switch (form) {
    case "absolute":
      return owner;
    case "trailing-dot":
      return `${owner}.`;
    case "upper-case":
      return owner.toUpperCase();
    case "relative-to-domain":
      return relativeTo(owner, withoutWildcard(name));
    case "relative-to-zone":
      return relativeTo(owner, registrableDomain(name) ?? name);
  }
}

function relativeTo(owner: string, zone: string): string {
  return owner === zone ? "@" : owner.slice(0, owner.length - zone.length - 1);
}

/** `fileLocation` in the form the switches ask for (spec §14 U7). */
export function writtenFileLocation(name: string, path: string, form: Switches["fileLocation"]): string {
  switch (form) {
    case "host-and-path":
      return `${name}${path}`;
    case "http-url":
      return `http://${name}${path}`;
    case "https-url":
      return `https://${name}${path}`;
    case "path":
      return path;
  }
}
