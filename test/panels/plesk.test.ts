import { describePanel } from "../contract/panel-contract.ts";
import { openPlesk } from "./plesk-harness.ts";

describePanel("Plesk", async () => (await openPlesk()).harness);
