import { CodedError } from "../../src/errors.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
afterEach(() => stage.close());

/** What the panel is asked for one installation, on a server with so many accounts with a website each. */
async function asked(accounts: number): Promise<string[]> {
  stage = await Stage.open();
  for (let index = 1; index < accounts; index += 1) {
    stage.panel.addAccount(`other${index}`);
    stage.panel.addVhost(`other${index}`, `other${index}.test`);
  }
  const placed = await stage.order("example.test");
  // Stopped at the panel, so that the attempt that succeeds stands alone.
  for (let turn = 0; turn < 100; turn += 1) {
    stage.panel.failures.push({ method: "installCertificates", error: new CodedError("panel-fault") });
  }
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "panel-fault");
  await stage.settle();
  stage.panel.failures.length = 0;
  stage.panel.calls.length = 0;
  const { installations } = await stage.agent.operations.install(placed.reference, {
    vhost: null,
    force: false,
  });
  expect(installations).toMatchObject([{ vhost: "example.test", state: "verified" }]);
  return stage.panel.calls.map(({ method, detail }) => `${method} ${detail}`);
}

test.each([2, 500])("one installation asks for its own account alone, of %i", async (accounts) => {
  expect(await asked(accounts)).toEqual([
    "readAccount bob",
    "listVhosts bob",
    "readCertificate example.test",
    "readBundle example.test",
    "installCertificates example.test",
  ]);
});
