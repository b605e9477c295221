import { fuzzTargets } from "./fuzz-targets.ts";

/* What Jazzer.js calls; its command line takes nothing but JavaScript. */
const judge = await fuzzTargets[process.env.FUZZ_TARGET ?? ""]?.open();

/** @param {Buffer} data */
export function fuzz(data) {
  return judge(Buffer.from(data));
}
