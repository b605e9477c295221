import { spawnSync } from "node:child_process";

const [, major = "0", minor = "0"] =
  /v(\d+)\.(\d+)\./.exec(String(spawnSync("nats-server", ["--version"]).stdout)) ?? [];
const usable = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);

/** Why tests on a real bus are skipped on this machine, for their names; empty where they run. */
export const noBus = usable
  ? ""
  : " (skipped: no nats-server 2.10 or newer here, and older ones can't sync each write)";

/** A test that needs a real bus. */
export const onBus = usable ? test : test.skip;
