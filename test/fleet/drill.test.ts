import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { networkProblem, ownWorld } from "./network.ts";
import { noBus } from "./on-bus.ts";

const problem = networkProblem();
const reason = noBus === "" && problem !== null ? ` (skipped: ${problem})` : noBus;
const onNetwork = reason === "" ? test : test.skip;

onNetwork(
  `with processes killed and cables pulled all the while, each order is placed once and its certificate served${reason}`,
  () => {
    const drill = join(import.meta.dirname, "drill.ts");
    const args = [...ownWorld, process.execPath, "--disable-warning=ExperimentalWarning", drill];
    const { status, stdout } = spawnSync("unshare", [...args, "12", "3", "5"], { encoding: "utf8" });
    expect(stdout).toContain("None lost, none twice.");
    expect(status).toBe(0);
  },
  900_000,
);
