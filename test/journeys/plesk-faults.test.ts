import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { beginDraft, changeDraft, readDraft } from "../../src/jobs/place-draft.ts";
import { reviewOrder } from "../../src/jobs/review-order.ts";
import { asHostName, type HostName } from "../../src/model/host-name.ts";
import type { PreflightCode } from "../../src/model/preflight.ts";
import type { DcvMethod } from "../../src/model/request.ts";
import type { AnswerPage } from "../../src/pages/page-router.ts";
import { account, domain } from "../demo/servers/demo-server.ts";
import { openPleskServer, type PleskServer } from "../demo/servers/plesk.ts";
import type { ZoneRecord } from "../labs/dns/zone-record.ts";
import type { ServerFault } from "../labs/plesk/faults.ts";
import { callPlesk } from "../labs/tests/plesk-panel-client.ts";
import { bob } from "../pages/page-fixtures.ts";
import { Visitor } from "./page-visitor.ts";
import { PanelStage, unlessRoot, withRoot } from "./panel-stage.ts";

withRoot(`what comes between a certificate and its visitors on Plesk${unlessRoot}`, () => {
  let stage: PanelStage<PleskServer>;
  let first: string;
  let before: string;
  beforeEach(async () => {
    stage = await PanelStage.open((folder) => openPleskServer(folder));
    ({ reference: first, fingerprint: before } = await stage.installFirst());
  });
  afterEach(() => stage.close());

  test("F-23 another certificate is served than the one on record: the old pair goes back, and is served", async () => {
    stage.server.lab.fault({ kind: "breakNext" });
    expect(await stage.untilRolledBack()).toMatchObject({
      state: "needs-you",
      installations: [{ reason: { code: "served-other" } }],
    });
    await stage.server.lab.settle();
    for (const name of [domain, `www.${domain}`]) expect((await stage.handshake(name))[0]).toBe(before);
  });

  test.each<[string, ServerFault, boolean]>([
    ["a restart that the web server refuses", { kind: "reloadFails", times: Number.POSITIVE_INFINITY }, true],
    ["a web server that is down", { kind: "nginxDown" }, false],
  ])(
    "F-23 %s is waited for, nothing is lost, and a repair of the website shows it",
    async (_name, fault, servesMeanwhile) => {
      const { lab } = stage.server;
      lab.fault(fault);
      const second = await stage.order("dns");
      const waiting = await stage.untilRequest(second.reference, ({ installations }) =>
        installations.some(({ state, nextAttemptAt }) => state === "applied" && nextAttemptAt !== null),
      );
      expect(waiting).toMatchObject({ state: "installing" });
      if (servesMeanwhile) expect((await stage.handshake(domain))[0]).toBe(before);
      else await expect(stage.handshake(domain)).rejects.toThrow();
      lab.clearFaults();
      await lab.nginxSettled();
      // What an administrator does where a website shows an old certificate (spec plesk §6).
      await promisify(execFile)(lab.command, ["repair", "web", domain, "-y"]);
      await lab.settle();
      const done = await stage.untilRequest(second.reference, ({ state }) => state === "installed");
      expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
    },
  );

  test("F-25 keep-secured replaces ours: it goes back once within a day, then a person is asked and nothing fights", async () => {
    const { lab } = stage.server;
    await lab.changeSite(domain, { keepSecured: true });
    await lab.keepSecured();
    await stage.agent.operations.sweep();
    const back = await stage.untilRequest(
      first,
      ({ state, timeline }) =>
        state === "installed" && timeline.some(({ kind }) => kind === "replaced-by-other"),
    );
    expect((await stage.handshake(domain))[0]).toBe(back.fingerprint);

    await lab.keepSecured();
    await stage.agent.operations.sweep();
    const asked = await stage.untilRequest(first, ({ state }) => state === "needs-you");
    expect(asked.reason?.code).toBe("replaced-by-other");
    await lab.settle();
    const commands = lab.commands.length;
    await stage.agent.operations.sweep();
    const changes = lab.commands.slice(commands).filter(({ words }) => words.includes("--update"));
    expect(changes).toEqual([]);
    await expect(stage.handshake(domain)).rejects.toThrow();
  });
});

/** Zones at other name servers, each with one of the things that users of other installers met. */
const zones = new Map<string, readonly ZoneRecord[]>(
  (
    [
      ["caa.test", { type: "CAA", data: { flags: 0, tag: "issue", value: "letsencrypt.org" } }, "127.0.0.1"],
      ["aaaa.test", { type: "AAAA", data: "2001:db8::80" }, "127.0.0.1"],
      ["cdn.test", { type: "A", data: "203.0.113.5" }, "203.0.113.4"],
    ] as const
  ).map(([name, record, address]) => [
    name,
    [{ name, type: "A", data: address }, { name, ...record } as ZoneRecord],
  ]),
);

withRoot(`before anything is paid on Plesk (spec plesk §6)${unlessRoot}`, () => {
  let stage: PanelStage<PleskServer>;
  beforeAll(async () => {
    stage = await PanelStage.open((folder) => openPleskServer(folder, { dnsServer: { elsewhere: zones } }));
    for (const name of zones.keys()) {
      await stage.server.lab.addDomain(account, name);
      await promisify(execFile)(stage.server.lab.command, ["bin", "dns", "--off", name]);
    }
  });
  afterAll(() => stage.close());

  test.each<[string, string, DcvMethod, PreflightCode, string]>([
    ["a CAA record allows another authority only", "caa.test", "DNS", "caa-forbids", "letsencrypt.org"],
    ["an AAAA record points elsewhere", "aaaa.test", "FILE", "some-addresses-elsewhere", "2001:db8::80"],
    ["a CDN stands in front", "cdn.test", "DNS", "leads-elsewhere", "203.0.113.4, 203.0.113.5"],
  ])("%s: said, with what it is, before the order", async (_name, website, method, code, fact) => {
    const { context } = stage.agent;
    const name = asHostName(website) as HostName;
    const owner = await context.panel.readAccount(account);
    const product = (await context.ca.listProducts()).find(({ name: one }) => one === "EssentialSSL");
    const reference = beginDraft(context, {
      account,
      accountCreatedAt: owner.createdAt,
      names: [name],
      brought: null,
    });
    changeDraft(context, reference, (choices) => ({
      ...choices,
      productId: product?.id ?? null,
      years: 1,
      methods: [{ name, method, approverEmail: null }],
    }));
    const { request, draft } = readDraft(context, reference);
    const { findings } = await reviewOrder(context, request, draft.choices, "account");
    expect(findings).toContainEqual(expect.objectContaining({ code, name, fact }));
  });
});

withRoot(`the panel's services that are reloaded under somebody's hands on Plesk${unlessRoot}`, () => {
  let stage: PanelStage<PleskServer>;
  beforeEach(async () => {
    stage = await PanelStage.open((folder) => openPleskServer(folder));
    stage.ca.set({ preValidated: ["test"] });
  });
  afterEach(() => stage.close());

  test("a page request that is aborted while it orders, and is sent again, is one order, and the page shows how it goes on", async () => {
    const { lab } = stage.server;
    const visitor = new Visitor(pagesOf(stage), bob);
    await visitor.open("/order", { names: `${domain},www.${domain}` });
    await visitor.submit("product");
    const order = visitor.formOf("place");
    const slow = stage.ca.fault({
      ...{ kind: "slow-drip", everyMs: 20 },
      match: { method: "POST", path: /\/requests$/ },
    });
    const aborted = visitor.submit("place", { consent: "yes" });
    while (slow.hits === 0) await pause(5);
    expect(lab.extensions.breakPages()).toBe(1);
    expect(await aborted).toContain("The page broke off");
    // What the browser offers then: to send the form again.
    const again = await pagesOf(stage)({
      path: "/",
      query: new URL(order.action, "http://panel.test").searchParams,
      form: new Map(Object.entries({ ...order.fields, consent: "yes" })),
    } as unknown as Parameters<AnswerPage>[0]);
    expect(again).toMatchObject({ html: expect.not.stringContaining("The page broke off") as string });
    const [request, ...others] = await stage.agent.operations.listRequests({
      ...{ account, state: null, limit: 9 },
    });
    expect(others).toEqual([]);
    await stage.untilRequest(request?.reference ?? "", ({ state }) => state === "installed");
    expect(await visitor.open("/request", { id: request?.reference ?? "" })).toContain("is secured until");
    expect(stage.ca.requestsTo("POST", /requests$/)).toHaveLength(1);
    expect((await stage.handshake(domain)).length).toBeGreaterThan(1);
  });
});

/** The pages as the customer's browser gets them from the panel. */
function pagesOf({ server: { lab } }: PanelStage<PleskServer>): AnswerPage {
  const session = lab.login(account);
  return async ({ path, query, form }) => {
    const page = path === "/" || path.includes(".php") ? {} : { page: path.slice(1) };
    const parameters = new URLSearchParams({ ...page, ...Object.fromEntries(query) });
    const address = `/modules/xolphin-ssl/index.php/index/index?${parameters}`;
    const sent = form === null ? {} : { form: Object.fromEntries(form) };
    const { text } = await callPlesk(lab, address, { session, ...sent });
    return { output: "page", html: text };
  };
}
