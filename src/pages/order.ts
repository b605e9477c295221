import { asCodedError } from "../errors.ts";
import { asHostName, type HostName } from "../model/host-name.ts";
import type { NameMethod } from "../model/order-draft.ts";
import { readOrganisation } from "../model/organisation.ts";
import { usualNames } from "../model/usual-names.ts";
import { certificateDetailRoute } from "./certificate-detail.ts";
import type { OfferChoice, OrderPage } from "./data/ordering.ts";
import { detailsView, namesView, productView, summaryView } from "./order-views.ts";
import type { PageResponse } from "./page-response.ts";
import { type Action, type PageCall, type Route, showPage } from "./route.ts";

/** What the page says on top: something went well, or something is still wrong. */
export interface Said {
  readonly notice: string | null;
  readonly problem: string | null;
}

/** Longer is no host name. */
const longestSearch = 253;
const silent: Said = { notice: null, problem: null };

/**
 * Ordering in at most four steps, each a plain form: names, product, details where they are needed, agreement. What was
 * chosen lies in the draft, so that any step can be opened again, in another window or tomorrow.
 */
export const orderRoute: Route = {
  path: "/order",
  view: (call, notice) => showStep(call, { notice, problem: null }),
  actions: {
    names: withProblems(async (call, form) => {
      const { names, bad } = readNames(form);
      const words = call.language.texts.order;
      if (bad.length > 0)
        return showNames(call, form, { ...silent, problem: words.badNames(bad.join(", ")) });
      if (names.length === 0) return showNames(call, form, { ...silent, problem: words.chooseName });
      return { notice: null, show: { path: "/order", query: { names: names.join(",") } } };
    }),
    csr: withProblems(async (call, form) => {
      const csr = form.get("csr") ?? "";
      const reference = await call.data.beginOrderWithCsr(call.request.caller, csr);
      return { notice: null, show: { path: "/order", query: { draft: reference } } };
    }),
    product: withProblems(async (call, form) => {
      const { caller } = call.request;
      const choice = readChoice(form);
      if (choice === null)
        return showStep(call, { ...silent, problem: call.language.texts.order.chooseProduct });
      const draft = call.request.query.get("draft");
      const reference = draft ?? (await call.data.beginOrder(caller, namesOf(call), choice));
      if (draft !== undefined) await call.data.chooseProduct(caller, draft, choice);
      return { notice: null, show: { path: "/order", query: { draft: reference } } };
    }),
    details: withProblems(async (call, form) => {
      const reference = call.request.query.get("draft") ?? "";
      const order = await call.data.readOrder(call.request.caller, reference);
      const filled = { organisation: readOrganisation(form), methods: readMethods(order, form) };
      await call.data.fillInOrder(call.request.caller, reference, filled);
      const next = await call.data.readOrder(call.request.caller, reference);
      const open = next.organisationProblems.length + next.withoutApprover.length;
      if (open === 0) return { notice: null, show: { path: "/order", query: { draft: reference } } };
      return showDetails(
        call,
        next,
        { ...silent, problem: call.language.texts.order.problemsFound(open) },
        true,
      );
    }),
    place: withProblems(async (call, form) => {
      const reference = call.request.query.get("draft") ?? "";
      const words = call.language.texts.order;
      if (form.get("consent") !== "yes") return showStep(call, { ...silent, problem: words.needConsent });
      const cents = /^\d{1,9}$/.test(form.get("cents") ?? "") ? Number(form.get("cents")) : null;
      await call.data.placeOrder(call.request.caller, reference, cents);
      return { notice: words.ordered, show: { path: "/request", query: { id: reference } } };
    }),
    async drop({ data, request, language }) {
      await data.dropOrder(request.caller, request.query.get("draft") ?? "");
      return { notice: language.texts.order.dropped, show: { path: "/" } };
    },
  },
};

/** What can be put right on the page is said on the page; what is not theirs or not there stays a page of its own. */
function withProblems(action: Action): Action {
  return async (call, form) => {
    try {
      return await action(call, form);
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (["internal", "not-found", "order-not-allowed"].includes(error.code)) throw error;
      call.parts.log.info("an order was not taken", { account: call.request.caller.account, error });
      const { sentence, next } = call.language.error(error.code);
      const said = { ...silent, problem: `${sentence} ${next}`.trim() };
      // The step itself may be what fails, for instance because a name is no longer theirs.
      return showStep(call, said).catch(() => showNames(call, form, said));
    }
  };
}

async function showStep(call: PageCall, said: Said): Promise<PageResponse> {
  const { request } = call;
  const draft = request.query.get("draft");
  const step = request.query.get("step");
  if (draft === undefined) {
    if (request.query.get("names") === undefined || step === "names") return showNames(call, null, said);
    const list = await call.data.readOffers(request.caller, namesOf(call));
    return showPage(call, "order-product", productView(call, { ...list, draft: null, chosen: null }, said));
  }
  const order = await call.data.readOrder(request.caller, draft);
  if (order.state !== "draft" || order.reason !== null) {
    // It is an order by now: its own page tells the rest.
    const moved = { ...request, path: "/request", query: new Map([["id", draft]]), form: null };
    return certificateDetailRoute.view({ ...call, request: moved }, said.problem ?? said.notice);
  }
  if (step === "product" || order.chosen === null) {
    return showPage(call, "order-product", productView(call, { ...order, draft }, said));
  }
  const open = order.organisationProblems.length > 0 || order.withoutApprover.length > 0;
  if (step === "details" || open) return showDetails(call, order, said, false);
  return showPage(call, "order-summary", summaryView(call, order, order.chosen, said));
}

async function showNames(
  call: PageCall,
  form: ReadonlyMap<string, string> | null,
  said: Said,
): Promise<PageResponse> {
  const chosen = new Set<string>(form === null ? namesOf(call) : readNames(form).names);
  const search = (call.request.query.get("search") ?? "").trim().slice(0, longestSearch);
  const start = await call.data.readOrderStart(call.request.caller, { search, chosen });
  const [site, another] = start.sites;
  // Where there is one website, it is the one that is meant.
  if (form === null && chosen.size === 0 && another === undefined) {
    for (const name of usualNames(site?.names ?? [])) chosen.add(name);
  }
  return showPage(call, "order-names", namesView(call, start, { chosen, form, search }, said));
}

function showDetails(call: PageCall, order: OrderPage, said: Said, submitted: boolean): PageResponse {
  return showPage(call, "order-details", detailsView(call, order, said, submitted));
}

/** The names in the address; what is no name is left out. */
function namesOf({ request }: PageCall): HostName[] {
  return readList(request.query.get("names") ?? "", ",").names;
}

/** A box that is ticked is a field named after its name; administrators may type others. */
function readNames(form: ReadonlyMap<string, string>): { names: HostName[]; bad: string[] } {
  const ticked = [...form.keys()].filter((key) => key.startsWith("name:")).map((key) => key.slice(5));
  const others = readList(form.get("others") ?? "", /[\s,;]+/);
  const names = ticked.map(asHostName).filter((name) => name !== null);
  return { names: [...new Set([...names, ...others.names])], bad: others.bad };
}

function readList(text: string, separator: string | RegExp): { names: HostName[]; bad: string[] } {
  const words = text.split(separator).filter((word) => word !== "");
  const names = words.map(asHostName).filter((name) => name !== null);
  return { names: [...new Set(names)], bad: words.filter((word) => asHostName(word) === null) };
}

function readChoice(form: ReadonlyMap<string, string>): OfferChoice | null {
  const [, product, years] = /^(\d{1,9}):(\d{1,2})$/.exec(form.get("offer") ?? "") ?? [];
  if (product === undefined || years === undefined) return null;
  return { productId: Number(product), years: Number(years), keyKind: form.get("key") ?? "rsa-2048" };
}

/** What the rule chose stays the rule's, so that it may choose anew when the name leads elsewhere later. */
function readMethods(order: OrderPage, form: ReadonlyMap<string, string>): NameMethod[] {
  return order.methods.flatMap(({ name, method: before }) => {
    const wanted = form.get(`method:${name}`);
    const method = (order.choosable.get(name) ?? []).find((one) => one === wanted) ?? before;
    const byPerson = method !== before || method === "EMAIL" || order.chosenByPerson.has(name);
    const approver = form.get(`approver:${name}`) ?? "";
    const approverEmail = method === "EMAIL" && approver !== "" ? approver : null;
    return byPerson ? [{ name, method, approverEmail }] : [];
  });
}
