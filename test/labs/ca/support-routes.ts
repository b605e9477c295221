import type { ApiCall, ApiReply, Route } from "./api-call.ts";
import { approverAddresses, isCertifiableName, withoutWildcard } from "./host-names.ts";
import { listPage } from "./list-page.ts";
import { notFound, refusedParameters } from "./refusal.ts";
import { productDetail } from "./representations.ts";
import { textField } from "./request-form.ts";
import { readSigningRequest, UnusableSigningRequest } from "./signing-request.ts";
import type { Switches } from "./switches.ts";

/** S1 to S5 of spec xolphin-api §2. */
export const supportRoutes: readonly Route[] = [
  {
    method: "GET",
    path: /^products$/,
    fields: ["page"],
    answer: (call) =>
      listPage(
        call,
        "products",
        call.state.products.map((product) => productDetail(call.state, product)),
      ),
  },
  { method: "GET", path: /^products\/(\d+)$/, fields: [], answer: readProduct },
  { method: "POST", path: /^decode-csr$/, fields: ["csr"], answer: decodeCsr },
  { method: "GET", path: /^approver-email-addresses$/, fields: ["domain"], answer: listApprovers },
  {
    method: "GET",
    path: /^ssl-check$/,
    fields: ["domain"],
    answer: (call) => ({ status: 200, json: { ifaceName: askedDomain(call), passed: false, tests: {} } }),
  },
];

function readProduct({ state, id }: ApiCall): ApiReply {
  const product = state.products.find((candidate) => candidate.id === id);
  if (product === undefined) throw notFound();
  return { status: 200, json: productDetail(state, product) };
}

function decodeCsr({ state, form }: ApiCall): ApiReply {
  const text = textField(form, "csr");
  if (text === undefined) throw refusedParameters({ csr: ["This value should not be blank."] });
  try {
    const csr = readSigningRequest(text);
    return {
      status: 200,
      json: {
        cn: csr.subject.commonName ?? "",
        country: csr.subject.country ?? "",
        state: csr.subject.state ?? "",
        city: csr.subject.city ?? "",
        company: csr.subject.organization ?? "",
        size: csr.keyBits,
        type: csr.keyType,
        altNames: writtenAltNames(csr.dnsNames, state.switches.altNames),
      },
    };
  } catch (cause) {
    if (cause instanceof UnusableSigningRequest) throw refusedParameters({ csr: [cause.message] });
    throw cause;
  }
}

/** Spec §14 U17. */
function writtenAltNames(names: string[], form: Switches["altNames"]): unknown {
  switch (form) {
    case "empty":
      return [];
    case "texts":
      return names;
    case "objects":
      return names.map((dNSName) => ({ dNSName }));
    case "keyed-objects":
      return names.length === 0
        ? []
        : Object.fromEntries(names.map((dNSName, index) => [index, { dNSName }]));
  }
}

/** A bare array (spec §6.4). */
function listApprovers(call: ApiCall): ApiReply {
  const { state } = call;
  const name = withoutWildcard(askedDomain(call));
  return {
    status: 200,
    json: [...approverAddresses(name, state.switches.approverParents), ...(state.extraApprovers[name] ?? [])],
  };
}

function askedDomain({ query }: ApiCall): string {
  const domain = query.get("domain")?.toLowerCase();
  if (domain === undefined || !isCertifiableName(domain)) {
    throw refusedParameters({ domain: ["This is not a domain name."] });
  }
  return domain;
}
