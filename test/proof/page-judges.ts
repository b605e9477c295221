import { createHash, createHmac } from "node:crypto";
import {
  readHandover as readCpanelHandover,
  toPageRequest as toCpanelPage,
} from "../../panels/cpanel/page-request.ts";
import { readHandover as readDirectAdminHandover } from "../../panels/directadmin/page-request.ts";
import {
  readHandover as readPleskHandover,
  toPageRequest as toPleskPage,
} from "../../panels/plesk/page-request.ts";
import { CodedError } from "../../src/errors.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { organisationFields, organisationProblems, readOrganisation } from "../../src/model/organisation.ts";
import { orderRoute } from "../../src/pages/order.ts";
import type { PageCall } from "../../src/pages/route.ts";
import { Secret } from "../../src/secret.ts";
import { attempt } from "./parser-judges.ts";

const pleskKey = new Secret("0".repeat(64));
const bodyPlace = "0".repeat(64);

/**
 * What the glue of a panel hands over for one page, and the form in it. Signed where the panel signs, because without that nothing
 * behind the signature would ever be read.
 */
export async function judgePageRequest(input: Buffer): Promise<void> {
  const forms = [
    attempt(() => toCpanelPage(readCpanelHandover(input)).form),
    new Map(new URLSearchParams(attempt(() => readDirectAdminHandover(input).body) ?? "")),
    attempt(() => toPleskPage(readPleskHandover(signed(input), pleskKey)).form),
  ];
  for (const form of forms) if (form !== null) await judgeForm(form);
}

/** First line the identity, then the body; the identity may name the body's digest by its place. */
function signed(input: Buffer): Buffer {
  const end = input.indexOf("\n");
  const [said, body] = end < 0 ? [input, Buffer.of()] : [input.subarray(0, end), input.subarray(end + 1)];
  const digest = createHash("sha256").update(body).digest("hex");
  const identity = Buffer.from(said.toString("latin1").replace(bodyPlace, digest), "latin1");
  const signature = createHmac("sha256", pleskKey.reveal()).update(identity).digest("hex");
  return Buffer.concat([Buffer.from(`${signature}\n`), identity, Buffer.from("\n"), body]);
}

async function judgeForm(form: ReadonlyMap<string, string>): Promise<void> {
  const organisation = attempt(() => readOrganisation(form)) ?? {};
  for (const [field, value] of Object.entries(organisation)) {
    if (!(organisationFields as readonly string[]).includes(field)) throw new Error(`a field ${field}`);
    if (/[\p{Cc}]/u.test(value) || value !== value.trim())
      throw new Error(`${field}: ${JSON.stringify(value)}`);
  }
  attempt(() => organisationProblems(organisation, "EV"));
  const chosen = await chooseNames(form);
  for (const name of chosen) if (parseHostName(name) !== name) throw new Error(`not normal: ${name}`);
}

const elsewhere = new CodedError("not-found");

/** The names that the first step of an order takes over from a form; none where it shows the form again. */
async function chooseNames(form: ReadonlyMap<string, string>): Promise<string[]> {
  const call = {
    request: { query: new Map(), caller: { account: "bob" } },
    language: { texts: { order: { badNames: String, chooseName: "", chooseProduct: "" } } },
    data: { readOrderStart: () => Promise.reject(elsewhere) },
  } as unknown as PageCall;
  try {
    const answer = await orderRoute.actions?.["names"]?.(call, form);
    const { query } = (answer as { show?: { query?: Record<string, string> } } | undefined)?.show ?? {};
    return (query?.["names"] ?? "").split(",").filter((name) => name !== "");
  } catch (thrown) {
    if (thrown !== elsewhere) throw thrown;
    return [];
  }
}
