import type { z } from "zod";
import {
  caCertificate,
  caProduct,
  caRequest,
  decodedCsr,
  emailAddresses,
  noteList,
  page,
  readAnswer,
  sslCheck,
  validationCalls,
} from "../../src/ca/schema.ts";
import { dcvFile, dcvRecord } from "../../src/model/dcv.ts";
import { asHostName, withoutWildcard } from "../../src/model/host-name.ts";
import { attempt } from "./parser-judges.ts";

/*
 * Judges of what the CA sends. There is no second reader to ask; what must hold is that nothing but our own
 * refusals comes out, in time, and that what is accepted keeps the promises of its type.
 */

const caSchemas: readonly [string, z.ZodType][] = [
  ["request", caRequest],
  ["requests", page("requests", caRequest)],
  ["certificate", caCertificate],
  ["certificates", page("certificates", caCertificate)],
  ["products", page("products", caProduct)],
  ["notes", noteList],
  ["csr", decodedCsr],
  ["calls", validationCalls],
  ["addresses", emailAddresses],
  ["check", sslCheck],
];

/** One answer of the CA, read as each of the shapes it could be meant as. */
export function judgeCaAnswer(text: string): void {
  const json = jsonOrNull(text);
  for (const [what, schema] of caSchemas)
    walk(
      what,
      attempt(() => readAnswer(schema, json, what)),
    );
}

/** Numbers are numbers, moments are moments, and ids can be compared. */
function walk(where: string, value: unknown): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${where} is ${value}`);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new Error(`${where} is no moment`);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (key === "id" && part !== null && !Number.isSafeInteger(part)) {
      throw new Error(`${where}.id is ${JSON.stringify(part)}`);
    }
    if (key === "cents" && !(Number.isSafeInteger(part) && part >= 0))
      throw new Error(`${where}.cents: ${part}`);
    walk(`${where}.${key}`, part);
  }
}

/** T-12: what the CA wants published for a name stays at that name, whatever it says. One value in each line. */
export function judgeValidationValues(text: string): void {
  const [nameText = "", owner = "", value = "", location = "", ...content] = text.split("\n");
  const name = asHostName(nameText);
  if (name === null) return;
  const bare = withoutWildcard(name);
  const record = attempt(() => dcvRecord(name, owner, value));
  if (record !== null) {
    const common = bare.split(".").slice(-2).join(".");
    if (record.owner !== common && !record.owner.endsWith(`.${common}`)) {
      throw new Error(`${record.owner} is published for ${name}`);
    }
    if (/[^\x21-\x7e]/.test(record.owner)) throw new Error(`no DNS name: ${JSON.stringify(record.owner)}`);
    if (/[\x00-\x1f\x7f-\uffff]/.test(record.value)) throw new Error("a value that is not plain text");
    if (record.type === "CNAME" && !record.owner.startsWith("_")) throw new Error("a CNAME on a name itself");
  }
  const file = attempt(() => dcvFile(name, location, content.join("\n")));
  if (file === null) return;
  const url = new URL(`http://${file.host}${file.path}`);
  if (url.hostname !== bare) throw new Error(`${url.hostname} is not ${bare}`);
  if (url.pathname !== file.path || !/^\/\.well-known\/pki-validation\/[^/]+\.txt$/.test(url.pathname)) {
    throw new Error(`a file at ${url.pathname}`);
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
