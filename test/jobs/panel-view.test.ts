import { CodedError } from "../../src/errors.ts";
import { createPanelView } from "../../src/jobs/panel-view.ts";
import { FakePanel } from "../fakes/fake-panel.ts";
import { createServerCertificates } from "../labs/ca/server-certificates.ts";

let panel: FakePanel;
beforeAll(() => {
  const certificates = createServerCertificates("127.0.0.1");
  panel = new FakePanel(certificates.contextFor("valid") as { cert: string; key: string });
  for (const name of ["bob", "eve", "ann"]) panel.addAccount(name);
  panel.addVhost("bob", "bob.test");
});
beforeEach(() => {
  panel.calls.length = 0;
});

test("a panel that can't be asked is never an account that is gone", async () => {
  panel.failures.push({ method: "readAccount", error: new CodedError("panel-unreachable") });
  await expect(createPanelView(panel, 1).account("bob")).rejects.toMatchObject({ code: "panel-unreachable" });
});

test("an account that is gone is none, however many are asked about", async () => {
  expect(await createPanelView(panel, 1).account("gone")).toBeNull();
  expect(await createPanelView(panel, 500).account("gone")).toBeNull();
});

test("each account and its vhosts are asked for once, and no other's", async () => {
  const view = createPanelView(panel, 2);
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await view.account("bob"))?.name).toBe("bob");
    expect((await view.account("eve"))?.name).toBe("eve");
    expect((await view.vhosts("bob")).map(({ id }) => id)).toEqual(["bob.test"]);
  }
  expect(panel.calls).toEqual([
    { method: "readAccount", detail: "bob" },
    { method: "readAccount", detail: "eve" },
    { method: "listVhosts", detail: "bob" },
  ]);
});

test("work for ten accounts and more asks for the list once instead", async () => {
  const view = createPanelView(panel, 10);
  for (const name of ["bob", "eve", "ann"]) expect((await view.account(name))?.name).toBe(name);
  expect(panel.calls).toEqual([{ method: "listAccounts", detail: "" }]);
});
