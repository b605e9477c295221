import { CodedError } from "../errors.ts";
import { chooseDcvMethod } from "../model/choose-dcv-method.ts";
import { type HostName, isWildcard, parents, withoutWildcard } from "../model/host-name.ts";
import type { NameMethod, OrderChoices } from "../model/order-draft.ts";
import { type OrganisationProblem, organisationProblems } from "../model/organisation.ts";
import { type Finding, judgePreflight, type NameLooks } from "../model/preflight.ts";
import { freeNameOf, type Offer, offersFor } from "../model/product.ts";
import type { OrderLevel } from "../model/spending.ts";
import type { Account, Vhost } from "../panel.ts";
import type { StoredRequest } from "../store/requests.ts";
import type { JobContext } from "./context.ts";

/** More certificates than any account has for the same names. */
const installedLooked = 1_000;

/** An order as it would be sent now, and everything that speaks against sending it. */
export interface OrderReview {
  /** Null: an administrator orders names that belong to no account here. */
  readonly account: Account | null;
  /** Null until a product and a term are chosen. */
  readonly offer: Offer | null;
  readonly methods: readonly NameMethod[];
  readonly organisation: readonly OrganisationProblem[];
  /** Names whose approval mail has no address yet, or one that the CA does not take. */
  readonly withoutApprover: readonly HostName[];
  readonly findings: readonly Finding[];
}

/**
 * Looks at an order from all sides: whose names, which product at which price, how each name is proven, what stands in the
 * way. Throws `account-unknown`, `account-suspended`, `ssl-not-allowed`, `owner-changed`, `not-allowed` (a name is not the
 * account's own), `product-not-allowed`.
 */
export async function reviewOrder(
  context: JobContext,
  request: StoredRequest,
  choices: OrderChoices,
  level: OrderLevel,
): Promise<OrderReview> {
  const account = request.account === null ? null : await readOrderingAccount(context, request);
  const vhosts = account === null ? [] : await context.panel.listVhosts(account.name);
  const siteNames = new Set(vhosts.flatMap(({ names }) => names));
  refuseForeignNames(choices.names, siteNames, level);
  const offer = await readOffer(context, choices);
  if (offer === null) {
    return { account, offer, methods: [], organisation: [], withoutApprover: [], findings: [] };
  }
  const serverAddresses = addressesOf(context, vhosts);
  const looks = await Promise.all(
    namesToProve(offer).map((name) =>
      context.probe.lookBeforeOrder(name, {
        addresses: serverAddresses,
        nameServers: context.ownNameServers,
      }),
    ),
  );
  const canWriteDns = (await context.panel.readFacts()).dns && account?.dnsAllowed === true;
  const methods = looks.map((look) => methodOf(look, choices, serverAddresses, canWriteDns));
  return {
    account,
    offer,
    methods,
    organisation: organisationProblems(choices.organisation, offer.product.validation),
    withoutApprover: await readWithoutApprover(context, methods),
    findings: judgePreflight({
      looks,
      methods: new Map(methods.map(({ name, method }) => [name, method])),
      serverAddresses,
      siteNames,
      brand: offer.product.brand,
      maxNames: offer.product.maxNames,
      // Of a renewal it is clear that there is one already.
      securedUntil: choices.follows === null ? securedUntil(context, request.account, offer) : null,
      keyHere: choices.keyKind !== null,
    }),
  };
}

/** The account as it is now; it must be the one that the order was begun for. */
async function readOrderingAccount(context: JobContext, request: StoredRequest): Promise<Account> {
  const account = await context.panel.readAccount(request.account ?? "");
  const { accountCreatedAt } = request;
  if (accountCreatedAt !== null && account.createdAt !== null && accountCreatedAt !== account.createdAt)
    throw new CodedError("owner-changed");
  if (account.suspended) throw new CodedError("account-suspended");
  if (!account.tlsAllowed) throw new CodedError("ssl-not-allowed");
  return account;
}

/** Whether an account may have a certificate for a name: its own, or a wildcard over its own registered name. */
export function isOwnName(name: HostName, siteNames: ReadonlySet<HostName>): boolean {
  if (siteNames.has(name)) return true;
  return (
    isWildcard(name) &&
    parents(name).some((parent) => parent === withoutWildcard(name) && siteNames.has(parent))
  );
}

function refuseForeignNames(
  names: readonly HostName[],
  siteNames: ReadonlySet<HostName>,
  level: OrderLevel,
): void {
  if (level === "admin") return;
  const foreign = names.filter((name) => !isOwnName(name, siteNames));
  if (foreign.length > 0) throw new CodedError("not-allowed", { detail: foreign.join(", ") });
}

async function readOffer(context: JobContext, choices: OrderChoices): Promise<Offer | null> {
  if (choices.productId === null || choices.years === null) return null;
  const products = await context.ca.listProducts();
  const offer = offersFor(products, choices.names, context.policy.products).find(
    ({ product, years }) => product.id === choices.productId && years === choices.years,
  );
  if (offer === undefined) throw new CodedError("product-not-allowed");
  return offer;
}

/** Every name that the CA will want proven, the free one too. */
function namesToProve({ names, freeName, wildcardOf }: Offer): HostName[] {
  const [first] = names;
  const free = freeName && first !== undefined ? [wildcardOf ?? freeNameOf(first)] : [];
  return [...new Set([...names, ...free])];
}

/** An installed certificate of an own order for exactly these names. */
function securedUntil({ store, clock }: JobContext, account: string | null, { names }: Offer): Date | null {
  const wanted = [...names].sort().join(" ");
  const ends = store.requests
    .list({ account, state: "installed", limit: installedLooked })
    .filter((request) => [...request.names].sort().join(" ") === wanted)
    .flatMap(({ notAfter }) => notAfter ?? []);
  const latest = Math.max(0, ...ends.map((end) => end.getTime()));
  return latest > clock.now().getTime() ? new Date(latest) : null;
}

function addressesOf({ verifyAddress }: JobContext, vhosts: readonly Vhost[]): string[] {
  const own = vhosts.flatMap(({ addresses }) => addresses);
  return [...new Set(verifyAddress === null ? own : [...own, verifyAddress])];
}

function methodOf(
  look: NameLooks,
  choices: OrderChoices,
  serverAddresses: readonly string[],
  canWriteDns: boolean,
): NameMethod {
  const chosen = choices.methods.find(({ name }) => name === look.name);
  if (chosen !== undefined) return chosen;
  const leadsHere =
    look.addresses !== null &&
    look.addresses.length > 0 &&
    look.addresses.every((address) => serverAddresses.includes(address));
  const method = chooseDcvMethod({ name: look.name, canWriteDns, zone: look.zone, leadsHere });
  return { name: look.name, method, approverEmail: null };
}

async function readWithoutApprover(context: JobContext, methods: readonly NameMethod[]): Promise<HostName[]> {
  const byMail = methods.filter(({ method }) => method === "EMAIL");
  const allowed = await Promise.all(byMail.map(({ name }) => context.ca.approverAddresses(name)));
  return byMail
    .filter(({ approverEmail }, index) => !(allowed[index] ?? []).includes(approverEmail ?? ""))
    .map(({ name }) => name);
}
