import { parseArgs } from "node:util";
import { wholeNumber } from "./script-arguments.ts";
import { faultsOf, swapCertificates } from "./swaps.ts";

const { values } = parseArgs({ options: { swaps: { type: "string", default: "200" } } });
const result = await swapCertificates(wholeNumber(values.swaps, "swap-test [--swaps N]"));
const { swaps, handshakes, seconds, certificatesSeen, refused, unverified, older } = result;
for (const problem of new Set(refused)) console.log(`a handshake was refused: ${problem}`);
console.log(
  `${swaps} swaps in ${seconds.toFixed(0)} s, ${handshakes} handshakes (${(handshakes / seconds).toFixed(0)} per second), ${certificatesSeen} certificates seen; ` +
    `refused or with a mismatched pair: ${refused.length}, with a chain that does not hold: ${unverified}, older than before: ${older}.`,
);
const faults = faultsOf(result);
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
