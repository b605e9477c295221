import { setTimeout as pause } from "node:timers/promises";
import { asCodedError } from "../../src/errors.ts";
import { type FleetServer, FleetStage } from "../fleet/fleet-stage.ts";
import { atMost, type Figure, plain } from "./aim.ts";

/** At least so many certificates at each size, so that what is asked once for all does not count as a certificate's own. */
const leastCertificates = 100;
/** How long nothing is ordered, to see what the hub asks by itself. */
const restMinutes = 3;

/** The fleet that the aim is about. */
const certificates = 150_000;
/** Certificates of 47 days, renewed with a third of their time left. */
const renewedAfterDays = 31;
const pageSize = 100;
/** An order with the validation prepared is pending for minutes; an hour is a bad day. */
const pendingHours = 1;
/** The defaults of `sweep` on a hub. */
const pendingWalksADay = (24 * 60) / 5;
const fullWalksADay = 1;

/**
 * Counts calls at the CA on a real bus with one hub, while the fleet grows: for each certificate from the order to the
 * handshake, and while nothing happens.
 */
export async function benchFleetCalls(sizes: readonly number[]): Promise<Figure[]> {
  const stage = await FleetStage.open();
  const figures: Figure[] = [];
  try {
    stage.ca.set({ rateLimit: { limit: 1_000_000 } });
    const servers: FleetServer[] = [];
    let worst = 0;
    let number = 0;
    for (const size of sizes) {
      while (servers.length < size) servers.push(await stage.addServer(`web${servers.length + 1}`));
      const begun = stage.ca.requests.length;
      await pause(restMinutes * 60_000);
      const atRest = (stage.ca.requests.length - begun) / restMinutes;
      const before = { calls: stage.ca.requests.length, at: performance.now() };
      const wishes = Array.from({ length: Math.max(size, leastCertificates) }, (_unused, index) => {
        number += 1;
        return { server: servers[index % size] as FleetServer, domain: `c${number}.test` };
      });
      await inTens(wishes, async ({ server, domain }) => {
        stage.addDomain(server.panel, domain);
        await stage.untilInstalled(server, await order(stage, server, domain));
      });
      const minutes = (performance.now() - before.at) / 60_000;
      const each = (stage.ca.requests.length - before.calls - atRest * minutes) / wishes.length;
      worst = Math.max(worst, each);
      console.log(`${size} servers: ${each.toFixed(2)} calls each, ${atRest.toFixed(1)} a minute at rest`);
      figures.push(
        plain(`${size} servers: calls for 1,000 certificates`, each * 1_000, ""),
        plain(`${size} servers: calls a minute at rest`, atRest, ""),
      );
    }
    const renewals = certificates / renewedAfterDays;
    const pendingPages = Math.ceil(((renewals / 24) * pendingHours) / pageSize) + 1;
    const aDay = {
      certificates: renewals * worst,
      pending: pendingWalksADay * pendingPages,
      full: fullWalksADay * (Math.ceil(certificates / pageSize) + 1),
    };
    const perSecond = (calls: number): number => calls / 86_400;
    figures.push(
      plain("150,000 certificates: renewals", perSecond(aDay.certificates), " calls/s"),
      plain("150,000 certificates: list of pending orders", perSecond(aDay.pending), " calls/s"),
      plain("150,000 certificates: list of everything", perSecond(aDay.full), " calls/s"),
      atMost(
        "150,000 certificates: all together, on average",
        perSecond(aDay.certificates + aDay.pending + aDay.full),
        1,
        " calls/s",
      ),
    );
    return figures;
  } finally {
    await stage.close();
  }
}

/** As often as it takes: whoever reads that the hub can't be reached just now, and nothing was sent, tries again. */
async function order(stage: FleetStage, server: FleetServer, domain: string): Promise<string> {
  for (;;) {
    try {
      return await stage.order(server, domain);
    } catch (thrown) {
      if (asCodedError(thrown).code !== "bus-unreachable") throw thrown;
      await pause(1_000);
    }
  }
}

/** Ten at a time. */
async function inTens<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const one = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 10 }, one));
}

/** How the last figures come about. */
export const fleetNotes = `
All servers are real agents with a bus connection and credential of their own, in one process, each with a simulated panel; bus and CA
as in the tests. *At rest*: nothing is ordered for ${restMinutes} minutes; the hub walks once a minute there and not
every five. *Calls for 1,000 certificates*: everything from the orders to the handshakes, less what is asked at rest.

*150,000 certificates* is reckoned from these: each is renewed every ${renewedAfterDays} days (47 days, a third left) with the most calls that one of
the sizes took; the list of pending orders is read every five minutes, in pages of ${pageSize}, with each order pending for an hour; the
list of everything once a day, ${certificates / pageSize + 1} pages. A walk reads one page more than there are full ones.
`;
