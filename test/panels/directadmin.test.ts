import { describePanel } from "../contract/panel-contract.ts";
import { openDirectAdmin } from "./directadmin-harness.ts";

describePanel("DirectAdmin, current", async () => (await openDirectAdmin()).harness);
describePanel("DirectAdmin with homes of root", async () => (await openDirectAdmin({}, false)).harness);
describePanel("DirectAdmin, old", async () => (await openDirectAdmin({ profile: "old" })).harness);
