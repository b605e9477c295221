import { setTimeout as pause } from "node:timers/promises";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import type { InstallOutcome, VhostInstall } from "../../src/panel.ts";
import { account, domain, type PluginPage } from "../demo/servers/demo-server.ts";
import { openPleskServer, type PleskServer, reseller } from "../demo/servers/plesk.ts";
import { describePanelJourney } from "./panel-journey.ts";
import { PanelStage, unlessRoot, withRoot } from "./panel-stage.ts";

describePanelJourney("Plesk", (folder) => openPleskServer(folder));

type PleskStage = PanelStage<PleskServer>;
const forAdministrator: PluginPage = { account, level: "administrator", path: "/" };

withRoot(`many certificates at once on Plesk${unlessRoot}`, () => {
  const names = [domain, "one.test", "two.test", "three.test"];
  let stage: PleskStage;
  beforeEach(async () => {
    stage = await PanelStage.open((folder) => openPleskServer(folder));
    stage.ca.set({ preValidated: ["test"] });
    for (const name of names.slice(1)) await stage.server.lab.addDomain(account, name);
  });
  afterEach(() => stage.close());

  test("the panel's own bar shows the administrator how many are left, moves with those that are served, and ends", async () => {
    const { extensions } = stage.server.lab;
    const batch = holdBatch(stage, names.length);
    const orders = await Promise.all(names.map((name) => orderFor(stage, name)));
    const held = await batch.held;
    expect(await stage.readPage(forAdministrator)).toContain(`<aside class="task-bar"`);
    await until(
      () => extensions.longTasks[0]?.message === `Installing SSL certificates: ${held.length} left`,
    );
    expect(extensions.longTasks).toMatchObject([{ status: "running", progress: 0 }]);

    const look = holdLooks(stage, held[0]?.vhost.id ?? "");
    batch.release();
    await until(() => extensions.longTasks[0]?.message === "Installing SSL certificates: 1 left");
    const moved = Math.floor((100 * (held.length - 1)) / held.length);
    expect(extensions.longTasks).toMatchObject([{ status: "running", progress: moved }]);
    expect(await stage.readPage(forAdministrator)).toContain(`<progress max="100" value="${moved}">`);

    look.release();
    await extensions.longTasksDone();
    const over = { status: "done", progress: 100, message: "The SSL certificates are installed." };
    expect(extensions.longTasks).toMatchObject([over]);
    for (const { reference } of orders) {
      expect(await stage.agent.operations.showRequest(reference)).toMatchObject({ state: "installed" });
    }
    const customer = await stage.readPage({ account, level: "account", path: "/" });
    expect(customer).toContain(domain);
    expect(extensions.longTasks).toHaveLength(1);
  });
});

withRoot(`pages inside Plesk${unlessRoot}`, () => {
  test("the administrator sees every account's websites and the administration, a reseller those of their own accounts, a customer those that the plan includes", async () => {
    const stage = await PanelStage.open((folder) => openPleskServer(folder));
    const { lab } = stage.server;
    lab.addPlan("Without certificates", { "ext-xolphin-ssl-manage_certificates": false });
    await lab.addDomain(account, "plain.test", { plan: "Without certificates" });
    try {
      const { reference } = await stage.installFirst();
      const query = { id: reference };
      const pages = (who: string, level: PluginPage["level"]) => (path: string) =>
        stage.readPage({ account: who, level, path, query });
      const [customer, owner, all] = [
        pages(account, "account"),
        pages(reseller, "reseller"),
        pages("admin", "administrator"),
      ];
      expect(await customer("/")).toContain(domain);
      for (const name of ["plain.test", "eve.test"]) expect(await customer("/")).not.toContain(name);
      expect(await owner("/")).toContain("eve.test");
      for (const path of ["/", "/request"]) expect(await owner(path)).not.toContain(domain);
      for (const page of [customer, owner]) expect(await page("/admin")).not.toContain("Webhooks");
      for (const name of [domain, "plain.test", "eve.test"]) expect(await all("/")).toContain(name);
      expect(await all("/request")).toContain(domain);
      expect(await all("/admin")).toContain("Webhooks");
    } finally {
      await stage.close();
    }
  });
});

withRoot(`the panel's own backup on Plesk${unlessRoot}`, () => {
  let stage: PleskStage;
  beforeEach(async () => {
    stage = await PanelStage.open((folder) => openPleskServer(folder));
    stage.ca.set({ preValidated: ["test"] });
  });
  afterEach(() => stage.close());

  test("I9 a server that lost everything of ours follows its certificates again once the backup is restored, and orders nothing", async () => {
    const { extensions } = stage.server.lab;
    const { reference } = await orderFor(stage, domain);
    const before = await stage.untilRequest(reference, ({ state }) => state === "installed");
    const [config] = (await extensions.hook("xolphin-ssl", "Backup_Server", "backup", {})) as string[];
    expect(config).toContain(String(before.id));
    expect(config).not.toMatch(/PRIVATE|password/i);

    await stage.loseState();
    expect(await stage.agent.operations.listRequests({ account: null, state: null, limit: 9 })).toEqual([]);
    await extensions.hook("xolphin-ssl", "Backup_Server", "restore", {
      ...{ pleskVersion: "18.0.78", extVersion: "1.0.0", config, folder: "/nowhere", idMap: false },
    });
    const { store } = stage.agent.context;
    await until(() => store.requests.counts()["installed"] === 1);
    const [again] = await stage.agent.operations.listRequests({ account: null, state: null, limit: 9 });
    expect(again).toMatchObject({ account, kind: "adopted", fingerprint: before.fingerprint });
    expect((await stage.handshake(domain))[0]).toBe(before.fingerprint);
    expect(stage.ca.requestsTo("POST", /requests$/)).toHaveLength(1);
  });
});

function orderFor(stage: PleskStage, name: string): Promise<RequestReport> {
  return stage.agent.operations.order({
    account,
    names: [name],
    product: "EssentialSSL",
    years: 1,
    dcv: "dns",
    approver: null,
    key: "ec-p256",
  });
}

/**
 * Lets the first certificates be installed when all are issued, and holds what is installed after them in one batch: at
 * the moment when nothing is done to the panel yet.
 */
function holdBatch(
  { agent }: PleskStage,
  all: number,
): { held: Promise<readonly VhostInstall[]>; release(): void } {
  const { panel, store } = agent.context;
  const { installCertificates } = panel;
  const held = Promise.withResolvers<readonly VhostInstall[]>();
  const gate = Promise.withResolvers<void>();
  const collected = (): number =>
    store.requests
      .list({ account, state: null, limit: all })
      .filter(({ fingerprint }) => fingerprint !== null).length;
  let passed = 0;
  panel.installCertificates = async (installs): Promise<readonly InstallOutcome[]> => {
    await until(() => collected() === all);
    if (passed === 0 && installs.length <= all - 2) passed = installs.length;
    else {
      held.resolve(installs);
      await gate.promise;
    }
    return installCertificates.call(panel, installs);
  };
  return { held: held.promise, release: gate.resolve };
}

/** Keeps the handshakes with this website from being seen for a while. */
function holdLooks({ agent }: PleskStage, website: string): { release(): void } {
  const { probe } = agent.context;
  const { lookAt } = probe;
  const gate = Promise.withResolvers<void>();
  probe.lookAt = async (targets) => {
    if (targets.some(({ name }) => name === website)) await gate.promise;
    return lookAt(targets);
  };
  return { release: gate.resolve };
}

async function until(reached: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!reached()) {
    if (performance.now() > end) throw new Error("what the test waits for does not happen");
    await pause(50);
  }
}
