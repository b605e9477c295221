import { reissueMany } from "../../src/jobs/reissue-many.ts";
import { finishTime } from "../../src/model/finish-time.ts";
import type { HostName } from "../../src/model/host-name.ts";
import { HostingServer } from "./hosting-server.ts";
import { Permits } from "./paced-ca.ts";

const minute = 60_000;
const hour = 60 * minute;

export interface DrillReport {
  readonly sites: number;
  readonly replaced: number;
  readonly stuck: number;
  readonly hours: number;
  readonly callsPerCertificate: number;
  /** Hours that a page would have foretold when a tenth was done. */
  readonly foretoldHours: number | null;
  /** Minutes that an order took which somebody placed in the middle of it. */
  readonly orderMinutes: number | null;
}

/**
 * The CA announces that it revokes everything: every certificate of a server is replaced, under the CA's limit of calls a
 * minute, while somebody orders another one.
 */
export async function runDrill(sites: number, callsPerMinute: number): Promise<DrillReport> {
  const permits = new Permits();
  const server = new HostingServer(new Date("2026-11-24T00:00:00Z"), 11, { permits, grain: minute });
  try {
    for (let index = 0; index < sites; index += 1) {
      server.addSite(`site${index}.test` as HostName, {
        at: server.clock.now().getTime(),
        years: 1,
        choice: null,
      });
    }
    await server.runMinutes(14 * 24 * 60, Number.POSITIVE_INFINITY, () => server.installedSites() === sites);
    const before = permits.used;
    const began = server.clock.now();
    const { store } = server.context;
    reissueMany(
      server.context,
      { by: "administrator", reason: "drill", urgent: true },
      store.bulks.candidates(null, "", began),
    );
    const progress = () => store.bulks.latest(null, 1)[0];
    let foretold: Date | null = null;
    let ordered: number | null = null;
    let orderMinutes: number | null = null;
    await server.runMinutes(48 * 60, callsPerMinute, () => {
      const run = progress();
      if (run === undefined) return false;
      const now = server.clock.now().getTime();
      if (foretold === null && run.done >= sites / 10) foretold = finishTime(run);
      if (ordered === null && run.done >= sites / 3) {
        ordered = now;
        server.addSite("someone.test" as HostName, { at: now, years: 1, choice: null });
      }
      if (ordered !== null && orderMinutes === null && server.panel.installed.has("someone.test")) {
        orderMinutes = (now - ordered) / minute;
      }
      return run.done + run.stuck >= run.all && orderMinutes !== null;
    });
    const run = progress();
    return {
      sites,
      replaced: run?.done ?? 0,
      stuck: run?.stuck ?? 0,
      hours: ((run?.lastAt ?? began).getTime() - began.getTime()) / hour,
      callsPerCertificate: (permits.used - before) / sites,
      foretoldHours: foretold === null ? null : ((foretold as Date).getTime() - began.getTime()) / hour,
      orderMinutes,
    };
  } finally {
    server.close();
  }
}
