import { describePanel } from "../contract/panel-contract.ts";
import { openCpanel } from "./cpanel-harness.ts";

describePanel("cPanel & WHM", async () => (await openCpanel()).harness);
// Reads that this token may not make are made by command; answers come as other versions write them.
describePanel("cPanel & WHM with the fewest rights, noisy hooks and old spellings", async () => {
  const switches = {
    numbersAsStrings: true,
    innerFailureFailsOuter: true,
    aclRefusal: "403",
    hookNoise: "stdout",
    mailAlias: false,
    selfSignedOnCreate: false,
  } as const;
  return (await openCpanel({ rights: ["cpanel-api"], switches })).harness;
});
