import { describePanel } from "../contract/panel-contract.ts";
import { openFakeHarness } from "../fakes/fake-harness.ts";

describePanel("the fake panel that journeys use", () =>
  openFakeHarness(async (panel) => ({ panel, async close() {} })),
);
