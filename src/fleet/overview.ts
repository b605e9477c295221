import { z } from "zod";
import type { Records } from "./records.ts";

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
}

const silentAfter = 5 * 60_000;

/** All servers with what they last said, those that need somebody first. */
export async function readOverview(records: Records, now: Date): Promise<FleetOverview> {
  const servers: ServerOverview[] = [];
  for (const node of await records.keys("member")) {
    const member = await records.read(`member.${node}`, z.object({ removed: z.boolean() }));
    const last = await records.read(`server.${node}`, heartbeat);
    const session = await records.read(`session.${node}`, z.object({ disputed: z.boolean() }));
    const lastSeen = last?.value.at ?? null;
    const silent = lastSeen !== null && now.getTime() - new Date(lastSeen).getTime() > silentAfter;
    servers.push({
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
    });
  }
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
  return { servers, walks: { pending: await walked("pending"), full: await walked("full") } };
}
