import { spawnSync } from "node:child_process";

const [, major = "0", minor = "0"] =
  /v(\d+)\.(\d+)\./.exec(String(spawnSync("nats-server", ["--version"]).stdout)) ?? [];
const usable = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);

/** Why there can be no real bus on this machine; null where there can. */
export const busProblem = usable
  ? null
  : "no nats-server 2.10 or newer here, and older ones can't sync each write";
