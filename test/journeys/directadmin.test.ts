import { domain } from "../demo/servers/demo-server.ts";
import { type DirectAdminServer, openDirectAdminServer } from "../demo/servers/directadmin.ts";
import type { ServerFault } from "../labs/common/faults.ts";
import { describePanelJourney } from "./panel-journey.ts";
import { PanelStage, unlessRoot, withRoot } from "./panel-stage.ts";

describePanelJourney("DirectAdmin", openDirectAdminServer);

withRoot(`a web server that does not do what the panel says, on DirectAdmin${unlessRoot}`, () => {
  let stage: PanelStage<DirectAdminServer>;
  let before: string;
  beforeEach(async () => {
    stage = await PanelStage.open(openDirectAdminServer);
    ({ fingerprint: before } = await stage.installFirst());
  });
  afterEach(() => stage.close());

  test("F-23 another certificate is served than the one saved: the old pair goes back, and is served", async () => {
    stage.server.lab.fault({ kind: "breakNext" });
    expect(await stage.untilRolledBack()).toMatchObject({
      state: "needs-you",
      installations: [{ reason: { code: "served-other" } }],
    });
    for (const name of [domain, `www.${domain}`]) expect((await stage.handshake(name))[0]).toBe(before);
  });

  test.each<[string, ServerFault, boolean]>([
    ["a reload that the web server refuses", { kind: "reloadFails", times: Number.POSITIVE_INFINITY }, true],
    ["a web server that is down", { kind: "nginxDown" }, false],
  ])("F-23 %s is said, nothing is lost, and the next try succeeds", async (_name, fault, servesMeanwhile) => {
    stage.server.lab.fault(fault);
    const second = await stage.order("dns");
    const held = await stage.untilRequest(second.reference, ({ timeline }) =>
      timeline.some(({ kind, data }) => kind === "attempt-failed" && data["code"] === "web-server-broken"),
    );
    expect(held).toMatchObject({ state: "installing", reason: { code: "web-server-broken" } });
    if (servesMeanwhile) expect((await stage.handshake(domain))[0]).toBe(before);
    stage.server.lab.clearFaults();
    await stage.server.lab.settled();
    await stage.agent.operations.install(second.reference, { vhost: null, force: false });
    const done = await stage.untilRequest(second.reference, ({ state }) => state === "installed");
    expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
  });
});

withRoot(`an older DirectAdmin, which takes a certificate and its chain by a call each${unlessRoot}`, () => {
  test("F-22 where the second of the two breaks, the next try saves both, and the chain is served", async () => {
    await using opened = new AsyncDisposableStack();
    const stage = await PanelStage.open((folder) => openDirectAdminServer(folder, { profile: "old" }));
    opened.defer(() => stage.close());
    stage.server.lab.fault({
      kind: "reset-before",
      match: { method: "POST", path: /CMD_API_SSL/ },
      after: 1,
    });
    const { reference } = await stage.order("dns");
    const done = await stage.untilRequest(reference, ({ state }) => state === "installed");
    const failed = done.timeline.find(({ kind }) => kind === "attempt-failed");
    expect(failed?.data["code"]).toBe("panel-unreachable");
    // A client that knows the root alone: without the chain its handshake would fail.
    expect((await stage.handshake(domain))[0]).toBe(done.fingerprint);
  });
});
