import { join } from "node:path";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { silentLog } from "../../src/logging.ts";
import { groupOf, summarise } from "../../src/model/coverage.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { offersFor, type Product } from "../../src/model/product.ts";
import type { AdoptableRow } from "../../src/pages/data/adopting.ts";
import type { BulkPage } from "../../src/pages/data/bulk.ts";
import type { Coverage, CoverageFilter, SiteRow } from "../../src/pages/data/coverage.ts";
import type { AnswersDetail, ManageDetail, ValidationDetail } from "../../src/pages/data/manage.ts";
import type { ApprovalRow, OfferList, OrderPage, OrderStart } from "../../src/pages/data/ordering.ts";
import type { Overview } from "../../src/pages/data/overview.ts";
import type { RequestDetail, RequestRow } from "../../src/pages/data/requests.ts";
import type { EnteredAccount, ServiceFacts, TestedPath } from "../../src/pages/data/service.ts";
import { FormTokens } from "../../src/pages/form-token.ts";
import type { PageData } from "../../src/pages/page-data.ts";
import { type AnswerPage, createPageRouter } from "../../src/pages/page-router.ts";
import { createRender } from "../../src/pages/render.ts";
import type { Brand } from "../../src/pages/route.ts";
import type { Caller, PageRequest } from "../../src/panel.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

export const templates = join(import.meta.dirname, "../../templates");
export const render = createRender(templates);
export const now = new Date("2026-11-24T09:00:00Z");

export const bob: Caller = {
  account: "bob",
  role: "account",
  level: "account",
  actingFor: null,
  language: "en",
  sessionBinding: "session-of-bob",
  readOnly: false,
};
export const admin: Caller = { ...bob, account: "admin", role: "administrator", level: "administrator" };

export function pageRequest(path: string, changes: Partial<PageRequest> = {}): PageRequest {
  return {
    caller: bob,
    output: "page",
    path,
    query: new Map(),
    form: null,
    href: (target, query = {}) => {
      const text = new URLSearchParams(query).toString();
      return `/plugin${target}${text === "" ? "" : `?${text}`}`;
    },
    rawHref: (target, query = {}) => `/raw?${new URLSearchParams({ page: target.slice(1), ...query })}`,
    asset: (name) => `/images/${name}`,
    theme: "bare-frame",
    ...changes,
  };
}

export function row(changes: Partial<RequestRow> = {}): RequestRow {
  return {
    reference: "xs-0123456789abcdef",
    id: 960000001,
    kind: "order",
    account: "bob",
    names: ["example.test", "www.example.test"].map(parseHostName),
    product: "EssentialSSL",
    state: "installed",
    reason: null,
    notAfter: new Date("2027-06-12T09:00:00Z"),
    createdAt: new Date("2026-11-24T08:00:00Z"),
    updatedAt: new Date("2026-11-24T08:00:09Z"),
    ...changes,
  };
}

const print = "ab".repeat(32);

export function detail(changes: Partial<RequestDetail> = {}): RequestDetail {
  const name = parseHostName("example.test");
  const at = (second: number): Date => new Date(Date.parse("2026-11-24T08:00:00Z") + second * 1000);
  return {
    ...row(),
    certificateId: 960000001,
    detail: "",
    years: 1,
    fingerprint: print,
    issuer: "C=NL\nO=Lab\nCN=Lab Secure Server CA",
    steps: [],
    dcv: [
      {
        name,
        method: "DNS",
        state: "validated",
        record: null,
        file: null,
        email: null,
        reason: null,
      },
    ],
    installations: [
      {
        vhost: "example.test",
        account: "bob",
        state: "verified",
        reason: null,
        detail: "",
        names: [name],
        served: [
          { address: "192.0.2.10", port: 443, name, fingerprint: print, complete: true, problem: null },
          { address: "2001:db8::10", port: 443, name, fingerprint: print, complete: true, problem: null },
        ],
        attempts: 0,
        appliedAt: at(7),
        verifiedAt: at(9),
        nextAttemptAt: null,
      },
    ],
    timeline: [
      { at: at(0), kind: "key-made", source: "command", data: { kind: "rsa-2048" } },
      { at: at(0), kind: "ordering", source: "command", data: { product: "EssentialSSL", years: 1 } },
      { at: at(1), kind: "ordered", source: "command", data: { id: 960000001 } },
      { at: at(2), kind: "dcv-published", source: "agent", data: { name: "example.test", method: "DNS" } },
      { at: at(3), kind: "dcv-visible", source: "agent", data: { name: "example.test" } },
      { at: at(3), kind: "dcv-asked", source: "agent", data: { name: "example.test" } },
      { at: at(4), kind: "name-validated", source: "agent", data: { name: "example.test" } },
      { at: at(5), kind: "hint", source: "webhook", data: { status: "Issued" } },
      { at: at(5), kind: "issued", source: "agent", data: {} },
      { at: at(6), kind: "collected", source: "agent", data: { issuer: "C=NL\nCN=Lab Secure Server CA" } },
      { at: at(7), kind: "applied", source: "agent", data: { vhost: "example.test", how: "new" } },
      {
        at: at(9),
        kind: "verified",
        source: "agent",
        data: { vhost: "example.test", addresses: "192.0.2.10" },
      },
    ],
    nextLook: null,
    ...changes,
  };
}

/** A request that waits for its owner to add a record, with every part of the page filled. */
export function waiting(changes: Partial<RequestDetail> = {}): RequestDetail {
  return detail({
    state: "needs-you",
    reason: "dcv-zone-elsewhere",
    notAfter: null,
    fingerprint: null,
    certificateId: null,
    installations: [],
    dcv: [
      {
        name: parseHostName("example.test"),
        method: "DNS",
        state: "needs-you",
        record: {
          owner: "_0123456789abcdef0123456789abcdef.example.test",
          type: "CNAME",
          value: "fedcba9876543210fedcba9876543210.0123456789abcdef0123456789abcdef.sectigo.com",
        },
        file: null,
        email: null,
        reason: "dcv-zone-elsewhere",
      },
    ],
    ...changes,
  });
}

export const overview: Overview = {
  version: "0.1.0",
  failures: [row({ state: "needs-you", reason: "dcv-record-conflict", notAfter: null })],
  queue: { waiting: 3, due: 1, parked: 0 },
  webhooks: {
    accepted: 12,
    unmatched: 1,
    refused: 4,
    last: now,
    log: [
      {
        at: now,
        source: "185.93.12.91",
        outcome: "accepted",
        httpStatus: null,
        requestId: 960000001,
        status: "Issued",
        state: null,
        domain: null,
        reference: "xs-0123456789abcdef",
      },
      {
        at: now,
        source: "203.0.113.9",
        outcome: "refused",
        httpStatus: 403,
        requestId: null,
        status: null,
        state: null,
        domain: null,
        reference: null,
      },
    ],
  },
  sweeps: [
    { part: "pending", last: now, problem: null },
    { part: "full", last: null, problem: "ca-unreachable" },
    { part: "installed", last: now, problem: null },
  ],
};

export function site(changes: Partial<SiteRow> = {}): SiteRow {
  return {
    vhost: "example.test",
    account: "bob",
    names: ["example.test", "www.example.test"].map(parseHostName),
    uncovered: [],
    state: "secured",
    issuer: "Sectigo Limited",
    notAfter: new Date("2027-06-12T09:00:00Z"),
    lookedAt: new Date("2026-11-24T08:30:00Z"),
    request: { reference: "xs-0123456789abcdef", state: "installed" },
    ...changes,
  };
}

const prices = [900, 1600, 2300].map((cents, index) => ({
  years: index + 1,
  cents,
  extraCents: null,
  extraWildcardCents: null,
}));
const products: readonly Product[] = (["DV", "OV", "EV"] as const).map((validation, index) => ({
  id: 90 + index,
  brand: "Sectigo",
  name: ["EssentialSSL", "InstantSSL", "EV SSL"][index] ?? "",
  type: "SINGLE",
  validation,
  includedNames: 1,
  maxNames: null,
  prices: prices.map((price) => ({ ...price, cents: price.cents * (1 + index * 5) })),
}));
const [apex, www] = ["example.test", "www.example.test"].map(parseHostName) as [HostName, HostName];

export const offerList: OfferList = {
  names: [apex, www],
  account: "bob",
  offers: offersFor(products, [apex, www], "all"),
  showPrices: true,
  keyKinds: ["rsa-2048", "rsa-4096", "ec-p256"],
};

export function orderPage(changes: Partial<OrderPage> = {}): OrderPage {
  return {
    ...offerList,
    reference: "xs-0123456789abcdef",
    state: "draft",
    reason: null,
    keyKind: "rsa-2048",
    chosen: offerList.offers[0] ?? null,
    methods: [
      { name: apex, method: "DNS", approverEmail: null },
      { name: www, method: "EMAIL", approverEmail: "admin@example.test" },
    ],
    chosenByPerson: new Set([www]),
    choosable: new Map([
      [apex, ["DNS", "FILE", "EMAIL"]],
      [www, ["DNS", "FILE", "EMAIL"]],
    ]),
    approvers: new Map([[www, ["admin@example.test", "hostmaster@example.test"]]]),
    organisation: { company: "Example B.V.", city: "Alkmaar", country: "NL" },
    organisationProblems: [],
    withoutApprover: [],
    findings: [
      { code: "leads-elsewhere", severity: "warn", name: www, fact: "198.51.100.7" },
      { code: "mail-by-hand", severity: "warn", name: www, fact: "" },
    ],
    dryRun: false,
    testEnvironment: false,
    needsApproval: false,
    ...changes,
  };
}

export const orderStart: OrderStart = {
  sites: [
    {
      account: "bob",
      vhost: "example.test",
      names: [apex, www],
      wildcards: [parseHostName("*.example.test")],
    },
    { account: "eve", vhost: "xn--mnchen-3ya.test", names: [parseHostName("münchen.test")], wildcards: [] },
  ],
  total: 900,
  many: true,
  showAccounts: true,
  mayNameOthers: true,
};

export const approval: ApprovalRow = {
  reference: "xs-0123456789abcdef",
  account: "bob",
  names: [apex, www],
  product: "EssentialSSL",
  years: 1,
  cents: 900,
  by: "bob",
  at: now,
};

export const manageDetail: ManageDetail = {
  reference: "xs-1",
  names: [apex, www],
  state: "installed",
  issued: true,
  installed: true,
  notAfter: new Date("2027-01-20T00:00:00Z"),
  termEnd: new Date("2027-01-21T00:00:00Z"),
  nextAt: null,
  successor: null,
  canReissue: true,
  canRenew: true,
  choice: null,
  policy: "ask",
  canCancel: true,
  mayTakeKey: true,
  engine: [
    {
      vhost: "example.test",
      names: [
        { name: parseHostName("example.test"), away: false },
        { name: parseHostName("www.example.test"), away: true },
      ],
    },
  ],
};

export const answersDetail: AnswersDetail = {
  reference: "xs-1",
  name: apex,
  pending: true,
  steps: [
    { key: "organization", done: true, attention: false, text: "validated" },
    { key: "phone", done: false, attention: true, text: "waiting" },
    { key: "docs", done: false, attention: false, text: "waiting" },
    { key: "dcv", done: true, attention: false, text: "validated" },
  ],
  messages: [
    { id: 1, at: now, fromCa: true, text: "Which company is it?\nPlease answer <soon>." },
    { id: 2, at: now, fromCa: false, text: "Example B.V." },
  ],
  unread: true,
  calls: [{ date: "2026-12-02", time: "10:30" }],
  hasPhoneStep: true,
  hasOrganisation: true,
  contact: { email: "anna@example.test", phone: "+31201234567" },
};

export const bulkPage: BulkPage = {
  matching: 9_700,
  runs: [
    {
      id: 2,
      reason: "CA incident 2026-11",
      urgent: true,
      createdAt: now,
      stopped: false,
      all: 10_000,
      done: 4_200,
      stuck: 3,
      finishAt: new Date(now.getTime() + 40_000_000),
    },
    {
      id: 1,
      reason: "",
      urgent: false,
      createdAt: now,
      stopped: false,
      all: 12,
      done: 12,
      stuck: 0,
      finishAt: null,
    },
  ],
};

/** Answers with what a test put in, and notes what was asked for. */
export class FakeData implements PageData {
  rows: RequestRow[] = [row()];
  total = 1;
  detail: RequestDetail = detail();
  overview: Overview = overview;
  tried: string[] = [];
  sites: SiteRow[] = [site()];
  mayOrder = true;
  looked = 0;
  filters: unknown[] = [];

  async readCoverage(caller: Caller, filter: CoverageFilter): Promise<Coverage> {
    const rows = this.sites.filter(({ state }) => filter.group === "all" || groupOf(state) === filter.group);
    return {
      rows: rows.slice(0, 50),
      total: rows.length,
      pageSize: 50,
      counts: { all: this.sites.length, problems: 0, "under-way": 0, secured: 0 },
      summary: summarise(this.sites.map(({ state }) => state)),
      worst: this.sites.find(({ state }) => groupOf(state) === "problems") ?? null,
      showAccounts: caller.level !== "account",
      mayOrder: this.mayOrder && !caller.readOnly,
    };
  }

  manage: ManageDetail = manageDetail;

  async readManage(): Promise<ManageDetail> {
    return this.manage;
  }
  async installNow(): Promise<void> {
    this.done.push("install");
  }
  async verifyNow(): Promise<void> {
    this.done.push("verify");
  }
  async reissueNow(_caller: Caller, _reference: string, names: readonly string[] | null): Promise<string> {
    this.done.push(`reissue ${names?.join(" ")}`);
    return "xs-2";
  }
  async beginRenewal(): Promise<string> {
    this.done.push("renew");
    return "xs-2";
  }
  async keepEngineAway(_caller: Caller, _reference: string, wish: object): Promise<void> {
    this.done.push(`engine ${JSON.stringify(wish)}`);
  }
  async chooseRenewal(_caller: Caller, _reference: string, choice: string | null): Promise<void> {
    this.done.push(`choose ${choice}`);
  }
  async cancelRequest(_caller: Caller, _reference: string, reason: string): Promise<void> {
    this.done.push(`cancel ${reason}`);
  }
  async readFile(): Promise<{ name: string; pem: string }> {
    return { name: "*.example.test-full.pem", pem: "-----BEGIN CERTIFICATE-----\n" };
  }
  async readValidation(): Promise<ValidationDetail> {
    const { dcv } = waiting();
    return {
      reference: "xs-1",
      nameServers: ["ns1.host.test", "ns2.host.test"],
      names: dcv.map((name, index) => ({
        ...name,
        wildcard: index > 0,
        approvers: ["admin@example.test", "hostmaster@example.test"],
      })),
    };
  }
  async changeValidation(_caller: Caller, _reference: string, change: object): Promise<void> {
    this.done.push(`validation ${JSON.stringify(change)}`);
  }
  async readAnswers(): Promise<AnswersDetail> {
    return answersDetail;
  }
  async sendMessage(_caller: Caller, _reference: string, text: string): Promise<void> {
    this.done.push(`message ${text}`);
  }
  async markRead(): Promise<void> {
    this.done.push("read");
  }
  async sendDocument(_caller: Caller, _reference: string, document: { name: string }): Promise<void> {
    this.done.push(`document ${document.name}`);
  }
  async planCall(_caller: Caller, _reference: string, wish: object): Promise<void> {
    this.done.push(`call ${JSON.stringify(wish)}`);
  }
  async sendAgreement(_caller: Caller, _reference: string, email: string): Promise<void> {
    this.done.push(`agreement ${email}`);
  }

  async findAdoptable(): Promise<AdoptableRow[]> {
    const name = parseHostName("example.test");
    const facts = { serial: "5C1F00AA", notAfter: new Date("2027-05-01T00:00:00Z") };
    return [
      { id: 964_200_101, name, facts, carriedBy: name, keyFound: true },
      { id: 964_200_102, name, facts, carriedBy: null, keyFound: false },
    ];
  }
  async adopt(_caller: Caller, id: number): Promise<string> {
    this.done.push(`adopt ${id}`);
    return "xs-1";
  }
  async readBulk(): Promise<BulkPage> {
    return bulkPage;
  }
  async reissueMany(_caller: Caller, wish: object): Promise<void> {
    this.done.push(`bulk ${JSON.stringify(wish)}`);
  }
  async stopReissues(_caller: Caller, id: number): Promise<void> {
    this.done.push(`stop ${id}`);
  }
  async listForExport(): Promise<string[][]> {
    return [["=cmd|calc", 'say "hello"', "installed"]];
  }

  async lookAgain(): Promise<void> {
    this.looked += 1;
  }

  order: OrderPage = orderPage();
  approvals: ApprovalRow[] = [];
  readonly done: string[] = [];

  async readOrderStart(): Promise<OrderStart> {
    return orderStart;
  }

  async readOffers(): Promise<OfferList> {
    return offerList;
  }

  async readOrder(): Promise<OrderPage> {
    return this.order;
  }

  async beginOrder(): Promise<string> {
    return this.note("begin");
  }

  async beginOrderWithCsr(): Promise<string> {
    return this.note("csr");
  }

  async chooseProduct(): Promise<void> {
    this.note("choose");
  }

  async fillInOrder(): Promise<void> {
    this.note("fill in");
  }

  async placeOrder(): Promise<void> {
    this.note("place");
  }

  async dropOrder(): Promise<void> {
    this.note("drop");
  }

  async orderAgain(): Promise<string> {
    return this.note("again");
  }

  async listApprovals(): Promise<ApprovalRow[]> {
    return this.approvals;
  }

  async approveOrder(): Promise<void> {
    this.note("approve");
  }

  async declineOrder(): Promise<void> {
    this.note("decline");
  }

  private note(what: string): string {
    this.done.push(what);
    return this.order.reference;
  }

  async listRequests(
    _caller: Caller,
    filter: Parameters<PageData["listRequests"]>[1],
  ): ReturnType<PageData["listRequests"]> {
    this.filters.push(filter);
    const counts = { all: this.total, attention: 2, busy: 1, secured: 30, ended: 0 };
    return {
      rows: this.rows,
      total: this.total,
      cut: false,
      pageSize: 25,
      counts,
      showAccounts: _caller.level !== "account",
    };
  }

  async readRequest(): Promise<RequestDetail> {
    return this.detail;
  }

  async readTally(): ReturnType<PageData["readTally"]> {
    return { installing: 3, attention: 1 };
  }

  async readBackup(): ReturnType<PageData["readBackup"]> {
    return { policy: {}, orders: [] };
  }

  async readOverview(): Promise<Overview> {
    return this.overview;
  }

  service: ServiceFacts = {
    version: "0.1.0",
    caUsername: "account@example.nl",
    caSystem: "live",
    webhookUrl: "https://server.example.nl:9770/webhook",
  };
  tested: TestedPath[] = [
    { check: "Disk", level: "good", code: null, detail: "12 GB free", owner: "nobody" },
    { check: "Xolphin", level: "bad", code: "ca-refused-us", detail: "HTTP 401", owner: "host" },
  ];
  entered: { username: string; password: string; system: string | null }[] = [];
  caProblem: ErrorCode | null = null;

  async readService(): Promise<ServiceFacts> {
    return this.service;
  }

  async saveCaAccount(_caller: Caller, account: EnteredAccount): Promise<ErrorCode | null> {
    if (this.caProblem === "ca-refused-us") throw new CodedError("ca-refused-us");
    this.entered.push({ ...account, password: account.password.reveal() });
    return this.caProblem;
  }

  async selfTest(): Promise<readonly TestedPath[]> {
    return this.tested;
  }

  async tryAgain(_caller: Caller, reference: string): Promise<void> {
    this.tried.push(reference);
  }

  async countAttention(): Promise<number> {
    return 2;
  }
}

export function openRouter(brand: Brand = { name: null, logo: null }): {
  data: FakeData;
  tokens: FormTokens;
  clock: FakeClock;
  answer: AnswerPage;
  html(request: PageRequest): Promise<string>;
} {
  const data = new FakeData();
  const clock = new FakeClock(now);
  const tokens = new FormTokens(clock);
  const answer = createPageRouter({ data, render, tokens, log: silentLog, version: "0.1.0", brand });
  return {
    data,
    tokens,
    clock,
    answer,
    async html(request) {
      const page = await answer(request);
      if (page.output !== "page") throw new Error("a whole answer came in place of a fragment");
      return page.html;
    },
  };
}
