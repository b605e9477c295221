import { setTimeout as pause } from "node:timers/promises";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { CrashWorld } from "./crash-world.ts";
import { issuedFor } from "./issued-for.ts";
import { judge, type LooksJudged } from "./judge-looks.ts";
import { type Look, look } from "./watch-served.ts";

/** Handshakes per second that are begun (spec reliability §5 row 13). */
const rate = 100;
/** So many at once at most; a machine that can't keep up makes fewer instead of ever more at a time. */
const mostOpen = 60;
const patience = 90_000;

export interface SwapResult extends LooksJudged {
  readonly swaps: number;
  readonly seconds: number;
}

/**
 * Has one website's certificate replaced so many times, by the whole way from the CA to the web server, while handshakes are
 * begun at a steady rate. A handshake succeeds only if the web server signs with the key of the certificate it shows, so one
 * with a mismatched pair is among those that were refused.
 */
export async function swapCertificates(swaps: number): Promise<SwapResult> {
  const world = await CrashWorld.open();
  const run = await world.newRun();
  const watch = new SteadyWatch(world.lab.address, world.lab.httpsPort, run.domain, world.ca.rootPem);
  try {
    const agent = run.start();
    if ((await agent.ready) === null) throw new Error(`the agent does not start: ${agent.words}`);
    const first = await run.order();
    if (first === null) throw new Error("the order was not taken");
    let current = await installed((id) => run.call("showRequest", id), first.reference);
    watch.begin();
    const begin = performance.now();
    for (let swap = 0; swap < swaps; swap += 1) {
      const next = (await run.call("reissue", current.reference)) as RequestReport;
      current = await installed((id) => run.call("showRequest", id), next.reference);
    }
    // The last one has to be seen, too.
    await pause(500);
    const seconds = (performance.now() - begin) / 1_000;
    const looks = await watch.end();
    await agent.stop();
    return { swaps, seconds, ...judge(looks, issuedFor(world.ca, run.domain)) };
  } finally {
    await watch.end();
    await run.clean();
    await world.close();
  }
}

/** The share of the handshakes that a busy machine has to keep up with, for the run to say what was asked. */
const leastShare = 0.9;

/** What is wrong: a handshake that failed or showed what it must not, or a run that saw too few of either. */
export function faultsOf(result: SwapResult): string[] {
  const { swaps, handshakes, seconds, certificatesSeen, refused, unverified, older } = result;
  return [
    ...(refused.length > 0 ? [`${refused.length} handshakes were refused or had a mismatched pair`] : []),
    ...(unverified > 0 ? [`${unverified} had a chain that does not hold`] : []),
    ...(older > 0 ? [`${older} showed an older certificate than before`] : []),
    ...(certificatesSeen <= swaps
      ? [`only ${certificatesSeen} certificates were seen in ${swaps} swaps`]
      : []),
    ...(handshakes < leastShare * rate * seconds
      ? [`only ${(handshakes / seconds).toFixed(0)} handshakes a second were made instead of ${rate}`]
      : []),
  ];
}

async function installed(read: (id: string) => Promise<unknown>, id: string): Promise<RequestReport> {
  const end = performance.now() + patience;
  let last: RequestReport | null = null;
  while (performance.now() < end) {
    last = (await read(id)) as RequestReport;
    if (last.state === "installed") return last;
    await pause(20);
  }
  throw new Error(`it is not installed in time: ${JSON.stringify(last)}`);
}

/** Begins a handshake every ten milliseconds, by the clock: a late timer makes up for what it missed. */
class SteadyWatch {
  private readonly looks: Look[] = [];
  private readonly open = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;
  private begun = 0;
  private readonly where: [string, number, string, string];

  constructor(...where: [address: string, port: number, name: string, ca: string]) {
    this.where = where;
  }

  begin(): void {
    const zero = performance.now();
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - zero) / 1_000) * rate);
      for (; this.begun < due && this.open.size < mostOpen; this.begun += 1) {
        const one = look(...this.where).then((found) => {
          this.looks.push(found);
          this.open.delete(one);
        });
        this.open.add(one);
      }
    }, 1_000 / rate);
  }

  async end(): Promise<readonly Look[]> {
    if (this.timer !== null) clearInterval(this.timer);
    await Promise.all(this.open);
    return this.looks;
  }
}
