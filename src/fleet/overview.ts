import { z } from "zod";
import { memberRecord } from "./members.ts";
import type { Ownership } from "./ownership.ts";
import type { Records } from "./records.ts";
import type { FleetReissues, ReissueRun } from "./reissues.ts";

const heartbeat = z.object({
  at: z.iso.datetime(),
  report: z.object({
    version: z.string(),
    panel: z.string(),
    hostName: z.string(),
    requests: z.record(z.string(), z.number()),
    queue: z.object({ due: z.number(), waiting: z.number() }),
    failed: z.number(),
    ending: z.number(),
    lastSweep: z.string().nullable(),
  }),
});

/** One server as the fleet's administrator sees it. */
export interface ServerOverview {
  readonly node: string;
  /** `silent`: no heartbeat for five minutes. `disputed`: two machines bear the name. */
  readonly state: "alive" | "silent" | "disputed" | "joined" | "removed";
  readonly lastSeen: string | null;
  readonly report: z.output<typeof heartbeat>["report"] | null;
}

export interface FleetOverview {
  readonly servers: readonly ServerOverview[];
  readonly walks: { readonly pending: string | null; readonly full: string | null };
  /** Reissues of many certificates, newest first. */
  readonly reissues: readonly ReissueRun[];
  /** Orders that two servers claim. */
  readonly disputes: readonly {
    readonly requestId: number;
    readonly owner: string | null;
    readonly claimedBy: string;
  }[];
}

const silentAfter = 5 * 60_000;

/** All servers with what they last said, those that need somebody first. */
export async function readOverview(
  records: Records,
  reissues: FleetReissues,
  ownership: Ownership,
  now: Date,
): Promise<FleetOverview> {
  const read = async (node: string): Promise<ServerOverview> => {
    const [member, last, session] = await Promise.all([
      records.read(`member.${node}`, memberRecord),
      records.read(`server.${node}`, heartbeat),
      records.read(`session.${node}`, z.object({ disputed: z.boolean() })),
    ]);
    const lastSeen = last?.value.at ?? null;
    const silent = lastSeen !== null && now.getTime() - new Date(lastSeen).getTime() > silentAfter;
    return {
      node,
      state:
        member?.value.removed === true
          ? "removed"
          : session?.value.disputed === true
            ? "disputed"
            : lastSeen === null
              ? "joined"
              : silent
                ? "silent"
                : "alive",
      lastSeen,
      report: last?.value.report ?? null,
    };
  };
  const servers = await Promise.all((await records.keys("member")).map(read));
  const rank = ["disputed", "silent", "joined", "alive", "removed"];
  const trouble = ({ report }: ServerOverview): number => (report?.failed ?? 0) + (report?.ending ?? 0);
  servers.sort(
    (a, b) =>
      rank.indexOf(a.state) - rank.indexOf(b.state) ||
      trouble(b) - trouble(a) ||
      a.node.localeCompare(b.node),
  );
  const walked = async (part: string): Promise<string | null> =>
    (await records.read(`walked.${part}`, z.object({ at: z.string() })))?.value.at ?? null;
  return {
    servers,
    walks: { pending: await walked("pending"), full: await walked("full") },
    reissues: await reissues.runs(),
    disputes: await ownership.disputes(),
  };
}
