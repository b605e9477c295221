import type { KeyObject } from "node:crypto";
import { generateKeyPairSync, sign } from "node:crypto";
import { Agent, FormData, fetch } from "undici";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  set,
  utf8String,
} from "../ca/der.ts";
import type { FakeCa } from "../ca/fake-ca.ts";
import { toPem } from "../ca/pem.ts";

/** A customer of the CA, written against the spec and not against our client. */
export interface Customer {
  get(path: string): Promise<Answer>;
  /** Multipart, as four of the six official clients send. */
  post(path: string, fields?: Record<string, string | Blob>): Promise<Answer>;
  send(path: string, init: Parameters<typeof fetch>[1]): Promise<Answer>;
  download(id: number, format?: string): Promise<string>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; throws when it is none. */
  json(): Json;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is walked by its members, and a wrong one fails the expectation.
type Json = any;

export function customerOf(ca: FakeCa, credentials = ca.credentials): Customer {
  const dispatcher = new Agent({ connect: { ca: ca.tlsRootPem } });
  const basic = Buffer.from(`${credentials.userName}:${credentials.password}`, "utf8").toString("base64");
  const headers = {
    authorization: `Basic ${basic}`,
    accept: "application/json",
    "user-agent": "lab customer",
  };
  async function send(path: string, init: Parameters<typeof fetch>[1] = {}): Promise<Answer> {
    const reply = await fetch(new URL(path, ca.url), {
      dispatcher,
      redirect: "manual",
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
    });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers as Headers, text, json: () => JSON.parse(text) };
  }
  return {
    send,
    get: (path) => send(path),
    post(path, fields = {}) {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      return send(path, { method: "POST", body });
    },
    async download(id, format = "CRT") {
      return (await send(`certificates/${id}/download?format=${format}`)).text;
    },
    close: () => dispatcher.destroy(),
  };
}

const subjectTypes: Record<string, string> = { CN: "2.5.4.3", C: "2.5.4.6", O: "2.5.4.10", L: "2.5.4.7" };

let rsaKeys: ReturnType<typeof newRsaKeys> | undefined;

function newRsaKeys() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** RSA keys take long to make, so all of a run's RSA requests share one pair. */
export function sharedRsaKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  rsaKeys ??= newRsaKeys();
  return rsaKeys;
}

export interface CustomerRequest {
  pem: string;
  publicKey: KeyObject;
  privateKey: KeyObject;
}

/** A PKCS#10 request under a key of its own, EC unless keys are given. */
export function makeCsr(
  commonName: string | undefined,
  options: {
    dnsNames?: string[];
    subject?: [string, string][];
    keys?: { publicKey: KeyObject; privateKey: KeyObject };
    digest?: "sha256" | "sha1";
  } = {},
): CustomerRequest {
  const { publicKey, privateKey } = options.keys ?? generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const rsa = publicKey.asymmetricKeyType === "rsa";
  const digest = options.digest ?? "sha256";
  const subject = [...(options.subject ?? []), ...(commonName === undefined ? [] : [["CN", commonName]])];
  const names = (options.dnsNames ?? []).map((name) => contextPrimitive(2, Buffer.from(name)));
  const extensions = sequence(sequence(objectIdentifier("2.5.29.17"), octetString(sequence(...names))));
  const attributes =
    names.length === 0
      ? Buffer.alloc(0)
      : sequence(objectIdentifier("1.2.840.113549.1.9.14"), set(extensions));
  const info = sequence(
    integer(0),
    sequence(
      ...subject.map(([type = "", value = ""]) =>
        set(
          sequence(
            objectIdentifier(subjectTypes[type] ?? ""),
            type === "C" ? printableString(value) : utf8String(value),
          ),
        ),
      ),
    ),
    publicKey.export({ format: "der", type: "spki" }),
    contextConstructed(0, attributes),
  );
  const rsaArc = digest === "sha256" ? "1.2.840.113549.1.1.11" : "1.2.840.113549.1.1.5";
  const ecArc = digest === "sha256" ? "1.2.840.10045.4.3.2" : "1.2.840.10045.4.1";
  const algorithm = rsa ? sequence(objectIdentifier(rsaArc), nullValue) : sequence(objectIdentifier(ecArc));
  const der = sequence(info, algorithm, bitString(sign(digest, info, privateKey)));
  return { pem: toPem("CERTIFICATE REQUEST", der), publicKey, privateKey };
}

/** The parts of an order for the DV product 90, for one name by DNS, without the free name. */
export function orderFields(
  commonName: string,
  changes: Record<string, string | undefined> = {},
): Record<string, string> {
  const fields: Record<string, string | undefined> = {
    product: "90",
    years: "1",
    csr: makeCsr(commonName).pem,
    dcvType: "DNS",
    disableFreeSan: "1",
    reference: "sslp-1",
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}

/** What products with identification need besides (spec xolphin-api §3.3.1). */
export const companyFields = {
  company: "Voorbeeld B.V.",
  address: "Voorbeeldstraat 1",
  zipcode: "1234 AB",
  city: "Utrecht",
  country: "NL",
  kvk: "12345678",
  approverRepresentativeFirstName: "Anna",
  approverRepresentativeLastName: "Jansen",
  approverRepresentativeEmail: "anna@example.nl",
  approverRepresentativePhone: "+31201234567",
};
