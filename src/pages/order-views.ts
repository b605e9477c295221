import { displayName, type HostName } from "../model/host-name.ts";
import { isNeeded, type OrganisationField, organisationFields } from "../model/organisation.ts";
import type { Finding } from "../model/preflight.ts";
import type { Offer } from "../model/product.ts";
import { isServiceName, namesInOrder } from "../model/usual-names.ts";
import type { Tone } from "../model/whose-turn.ts";
import type { OfferList, OrderPage, OrderStart } from "./data/ordering.ts";
import { getForm } from "./get-form.ts";
import type { Said } from "./order.ts";
import type { PageCall } from "./route.ts";
import type { Language } from "./texts/texts.ts";

const stepNames = ["names", "product", "details", "summary"] as const;
type Step = (typeof stepNames)[number];

/** What every step prints: where one is, what was said, and the form's token. */
function stepView(
  { request, language, parts }: PageCall,
  step: Step,
  said: Said,
  draft: string | null,
): object {
  const words = language.texts.order;
  const at = stepNames.indexOf(step);
  return {
    texts: language.texts,
    said,
    token: parts.tokens.issue(request.caller),
    readOnly: request.caller.readOnly,
    step: words.step(at + 1, stepNames.length),
    steps: stepNames.map((name, index) => ({
      text: words.steps[name],
      current: index === at,
      done: index < at,
    })),
    drop: draft === null ? null : request.href("/order", { draft }),
    homeHref: request.href("/"),
  };
}

export function namesView(
  call: PageCall,
  start: OrderStart,
  given: {
    readonly chosen: ReadonlySet<string>;
    readonly form: ReadonlyMap<string, string> | null;
    readonly search: string;
  },
  said: Said,
): object {
  const { request, language } = call;
  const words = language.texts.order;
  const box = (name: HostName, text: string): object => ({ name, text, checked: given.chosen.has(name) });
  return {
    ...stepView(call, "names", said, null),
    action: request.href("/order"),
    search: start.many
      ? {
          form: getForm(request, "/order", { names: [...given.chosen].join(","), step: "names" }),
          text: given.search,
          results: language.texts.coverage.results(start.total),
        }
      : null,
    sites: start.sites.map(({ account, names, wildcards }) => ({
      title: names[0] === undefined ? account : displayName(names[0]),
      account: start.showAccounts ? account : "",
      boxes: [
        ...namesInOrder(names).map((name) =>
          box(name, isServiceName(name, names) ? words.service(displayName(name)) : displayName(name)),
        ),
        ...wildcards.map((name) => box(name, words.wildcard(displayName(name)))),
      ],
    })),
    others: start.mayNameOthers ? { value: given.form?.get("others") ?? "" } : null,
    csr: given.form?.get("csr") ?? "",
  };
}

export function productView(
  call: PageCall,
  list: OfferList & { readonly draft: string | null; readonly chosen: Offer | null },
  said: Said,
): object {
  const { request, language } = call;
  const { draft } = list;
  const names = list.names.join(",");
  const query = draft === null ? { names } : { draft };
  const byProduct = Map.groupBy(list.offers, ({ product }) => product.id);
  const [cheapest] = list.offers;
  const preselected = list.chosen ?? cheapest ?? null;
  return {
    ...stepView(call, "product", said, draft),
    action: request.href("/order", query),
    names: list.names.map(displayName),
    namesHref: request.href("/order", { names, step: "names" }),
    products: [...byProduct.values()].map((offers) => productCard(language, list, offers, preselected)),
    keys: list.keyKinds.map((kind) => ({
      kind,
      text: (language.texts.order.keys as Readonly<Record<string, string>>)[kind] ?? kind,
    })),
    note: list.showPrices ? language.texts.order.withoutVat : language.texts.order.termHelp,
  };
}

function productCard(
  language: Language,
  { showPrices }: OfferList,
  offers: readonly Offer[],
  preselected: Offer | null,
): object {
  const words = language.texts.order;
  const [first] = offers;
  return {
    name: first?.product.name ?? "",
    brand: first?.product.brand ?? "",
    validation: first?.product.validation ?? "DV",
    explanation: words.validation[first?.product.validation ?? "DV"],
    covers: first === undefined ? "" : coversText(language, first),
    terms: offers.map((offer) => ({
      value: `${offer.product.id}:${offer.years}`,
      term: words.term(offer.years),
      price: showPrices ? priceText(language, offer) : "",
      checked: offer.product.id === preselected?.product.id && offer.years === preselected.years,
    })),
  };
}

function coversText({ texts }: Language, { names, wildcardOf, freeName }: Offer): string {
  if (wildcardOf !== null) return texts.order.covers.wildcard(displayName(wildcardOf));
  return texts.order.covers.names(names.length + (freeName ? 1 : 0));
}

export function priceText({ texts, money }: Language, { cents, exact }: Offer): string {
  if (cents === null) return texts.order.priceUnknown;
  return exact ? money(cents) : texts.order.atMost(money(cents));
}

const autocomplete: Readonly<Record<OrganisationField, string>> = {
  company: "organization",
  department: "off",
  address: "street-address",
  zipcode: "postal-code",
  city: "address-level2",
  province: "address-level1",
  country: "country",
  kvk: "off",
  approverRepresentativeFirstName: "given-name",
  approverRepresentativeLastName: "family-name",
  approverRepresentativeEmail: "email",
  approverRepresentativePhone: "tel",
  approverRepresentativePosition: "organization-title",
};

/** `submitted`: problems are shown at the fields; a first look is no reproach. */
export function detailsView(call: PageCall, order: OrderPage, said: Said, submitted: boolean): object {
  const { request, language } = call;
  const words = language.texts.order;
  const validation = order.chosen?.product.validation ?? "DV";
  const field = (name: OrganisationField): object => {
    const problem = order.organisationProblems.find((one) => one.field === name);
    return {
      name,
      label: words.fields[name],
      value: order.organisation[name] ?? "",
      needed: isNeeded(name, validation, order.organisation),
      autocomplete: autocomplete[name],
      problem: submitted && problem !== undefined ? words.problems[problem.kind] : "",
    };
  };
  const isContact = (name: OrganisationField): boolean => name.startsWith("approver");
  return {
    ...stepView(call, "details", said, order.reference),
    action: request.href("/order", { draft: order.reference }),
    backHref: request.href("/order", { draft: order.reference, step: "product" }),
    groups: [
      {
        title: words.organisation,
        help: words.organisationHelp,
        fields: organisationFields.filter((name) => !isContact(name)).map(field),
      },
      { title: words.contact, help: "", fields: organisationFields.filter(isContact).map(field) },
    ],
    methods: order.methods.map(({ name, method, approverEmail }) => ({
      name,
      label: words.methodFor(displayName(name)),
      options: (order.choosable.get(name) ?? []).map((one) => ({
        value: one,
        text: language.texts.dcvMethods[one],
        selected: one === method,
      })),
      approver:
        method === "EMAIL"
          ? {
              label: words.approverFor(displayName(name)),
              addresses: (order.approvers.get(name) ?? []).map((address) => ({
                address,
                selected: address === approverEmail,
              })),
              problem: submitted && order.withoutApprover.includes(name) ? words.chooseApprover : "",
            }
          : null,
    })),
  };
}

export function summaryView(call: PageCall, order: OrderPage, offer: Offer, said: Said): object {
  const { request, language } = call;
  const words = language.texts.order;
  const at = (step: string): string => request.href("/order", { draft: order.reference, step });
  const price = priceText(language, offer);
  const stopped = order.findings.some(({ severity }) => severity === "stop");
  const { texts } = language;
  const filled = organisationFields.filter((name) => order.organisation[name] !== undefined);
  return {
    ...stepView(call, "summary", said, order.reference),
    title: words.titleFor(displayName(order.names[0] ?? (offer.names[0] as HostName))),
    banners: [
      ...(order.testEnvironment ? [words.testEnvironment] : []),
      ...(order.dryRun ? [words.dryRun] : []),
      ...(order.needsApproval ? [words.needsApproval] : []),
    ],
    facts: [
      {
        term: texts.fact.names,
        text:
          offer.wildcardOf === null ? order.names.map(displayName).join(", ") : coversText(language, offer),
        href: null,
      },
      {
        term: texts.columns.product,
        text: `${offer.product.name} (${offer.product.validation})`,
        href: at("product"),
      },
      { term: words.termName, text: words.term(offer.years), href: at("product") },
      { term: words.key, text: keyText(language, order.keyKind), href: null },
      ...order.methods.map(({ name, method, approverEmail }) => ({
        term: words.methodFor(displayName(name)),
        text:
          approverEmail === null ? texts.dcvMethods[method] : `${texts.dcvMethods[method]}: ${approverEmail}`,
        href: at("details"),
      })),
      ...(filled.length === 0
        ? []
        : [
            {
              term: words.organisation,
              text: filled.map((name) => order.organisation[name]).join(", "),
              href: at("details"),
            },
          ]),
      ...(order.showPrices ? [{ term: words.total, text: price, href: null }] : []),
    ],
    findings: order.findings.map((finding) => findingView(language, finding)),
    lookHref: request.href("/order", { draft: order.reference }),
    place:
      stopped || request.caller.readOnly
        ? null
        : {
            action: request.href("/order", { draft: order.reference }),
            cents: order.showPrices && offer.cents !== null ? String(offer.cents) : "",
            consent:
              order.showPrices && offer.cents !== null ? words.consent(price) : words.consentWithoutPrice,
            button: order.showPrices && offer.cents !== null ? words.orderFor(price) : words.order,
          },
  };
}

function keyText({ texts }: Language, keyKind: string | null): string {
  if (keyKind === null) return texts.order.keyElsewhere;
  return (texts.order.keys as Readonly<Record<string, string>>)[keyKind] ?? keyKind;
}

const tones: Readonly<Record<Finding["severity"], Tone>> = { stop: "act", warn: "busy", note: "ended" };

function findingView({ texts }: Language, { code, severity, name, fact }: Finding): object {
  const words = texts.preflight[code];
  const shown = name === null ? "" : displayName(name);
  return {
    tone: tones[severity],
    severity: texts.order.severities[severity],
    sentence: words.sentence(shown, fact),
    remedy: words.remedy,
  };
}
