import type { ApiReply } from "./api-call.ts";
import type { CaState } from "./ca-state.ts";
import type { ChainPart } from "./certificate-authority.ts";
import type { IssuedCertificate } from "./order.ts";
import { toPem } from "./pem.ts";
import { certificatesOnlyPkcs7 } from "./pkcs7.ts";
import { zipArchive } from "./zip-archive.ts";

/** Spec xolphin-api §5.1; the case of the value makes no difference. */
export const downloadFormats: readonly string[] = ["CRT", "CSR", "PKCS7", "CA", "CA_BUNDLE", "ZIP"];

/** C3: raw bytes. Content type and file name are unknown; these are what a browser would be given. */
export function writeDownload(
  state: CaState,
  id: number,
  issued: IssuedCertificate,
  format: string,
): ApiReply {
  switch (format) {
    case "CSR":
      return pem(`${id}.csr`, issued.csr.pem);
    case "CA":
      return pem(`${id}.ca`, written(state, [authorityOf(state)]).join(""));
    case "CA_BUNDLE":
      return pem(`${id}.ca-bundle`, bundle(state, issued).join(""));
    case "PKCS7":
      return pem(`${id}.p7b`, toPem("PKCS7", certificatesOnlyPkcs7(chainDers(state, issued))));
    case "ZIP":
      return {
        status: 200,
        contentType: "application/zip",
        fileName: `${id}.zip`,
        bytes: zipArchive([
          { name: `${id}.crt`, content: Buffer.from(issued.pem) },
          { name: `${id}.ca-bundle`, content: Buffer.from(bundle(state, issued).join("")) },
        ]),
      };
    default:
      return pem(`${id}.crt`, written(state, [issued.pem]).join(""));
  }
}

function pem(fileName: string, text: string): ApiReply {
  return { status: 200, contentType: "application/octet-stream", fileName, bytes: Buffer.from(text) };
}

function authorityOf(state: CaState): string {
  return state.authority.pems[state.switches.caDownload];
}

/** The issuer of this leaf stands for `intermediate`, whichever it was. */
function partOf(part: ChainPart, issued: IssuedCertificate): ChainPart {
  return part === "intermediate" ? issued.issuer : part;
}

function bundle(state: CaState, issued: IssuedCertificate): string[] {
  const pems = state.switches.bundle.map((part) => {
    const actual = partOf(part, issued);
    return actual === "leaf" ? issued.pem : state.authority.pems[actual];
  });
  return written(state, pems);
}

function chainDers(state: CaState, issued: IssuedCertificate): Buffer[] {
  const rest = state.switches.bundle.map((part) => {
    const actual = partOf(part, issued);
    return actual === "leaf" ? issued.der : state.authority.ders[actual];
  });
  return [issued.der, ...rest];
}

function written(state: CaState, pems: string[]): string[] {
  switch (state.switches.pemForm) {
    case "plain":
      return pems;
    case "crlf":
      return pems.map((text) => text.replaceAll("\n", "\r\n"));
    case "commented":
      return pems.map((text, index) => `Certificate ${index + 1}\n${text}\n`);
  }
}
