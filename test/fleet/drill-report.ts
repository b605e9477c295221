import { counted } from "../../src/agent/doctor.ts";

/** What the drill was told to do. */
export interface DrillPlan {
  readonly orders: number;
  readonly servers: number;
  readonly seed: number;
  /** Milliseconds between two wishes on average. */
  readonly pace: number;
  /** Minutes by which the time of hubs and servers is moved at once. */
  readonly minutesAtOnce: number;
}

/** What the drill saw. */
export interface Findings {
  readonly seconds: number;
  readonly served: number;
  readonly ordered: number;
  readonly orderedTwice: number;
  readonly installedTwice: number;
  readonly captured: { readonly messages: number; readonly bytes: number };
  readonly stored: number;
  readonly keys: number;
  readonly keyBytes: number;
  readonly calls: number;
  /** Wishes that were refused, with the code that was said. */
  readonly refused: readonly string[];
  readonly strikes: Readonly<Record<string, number>>;
  /** Each time that the clocks were moved: how many websites were not served yet. */
  readonly moved: readonly number[];
  /** How far the world that everything stands in was itself busy: the share of its time, and the longest that it answered nobody. */
  readonly world: { readonly busy: number; readonly longestMs: number };
}

/** Whether every wish is one order whose certificate is served, and nothing of a key was seen. */
export function held({ orders }: DrillPlan, found: Findings): boolean {
  return (
    found.served === orders &&
    found.refused.length === 0 &&
    found.ordered === orders &&
    found.orderedTwice === 0 &&
    found.installedTwice === 0 &&
    found.keys >= orders &&
    found.keyBytes === 0
  );
}

/** The same as sentences. */
export function describe(plan: DrillPlan, { world, captured, ...found }: Findings): Record<string, string> {
  const busy = `${Math.round(world.busy * 100)} % of the time`;
  const [waited = 0] = found.moved;
  return {
    served: `${found.served} of ${plan.orders} websites show the certificate that the CA made for them`,
    ordered: `${counted(found.ordered, "order")} at the CA, ${found.orderedTwice} of them for a name that had one; ${found.refused.length} of the wishes refused`,
    installed: `${counted(found.installedTwice, "installation")} on a website that had its certificate`,
    bus: `${captured.messages} messages (${megabytes(captured.bytes)}) heard on the bus and ${megabytes(found.stored)} on its disks: ${found.keyBytes === 0 ? "nothing" : `${times(found.keyBytes)} something`} of ${counted(found.keys, "private key")}`,
    calls: `${found.calls} calls at the CA in ${found.seconds} s`,
    time:
      found.moved.length === 0
        ? "the time of hubs and servers did not have to be moved"
        : `when nothing moved any more, the time of hubs and servers was moved ${plan.minutesAtOnce} minutes forward ${times(found.moved.length)}; ${counted(waited, "order")} waited for that`,
    world: `the world outside was busy ${busy} and answered nobody for ${Math.round(world.longestMs)} ms at the most`,
  };
}

function times(count: number): string {
  return ["never", "once", "twice"][count] ?? `${count} times`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The page about it. */
export function report(plan: DrillPlan, findings: Findings): string {
  const { orders, servers, seed, pace } = plan;
  const { served, ordered, installed, bus, calls, time, world } = describe(plan, findings);
  return `# A fleet under attack

\`scripts/fleet-drill ${orders} ${servers} ${seed}\`, ${new Date().toISOString().slice(0, 10)}: **${held(plan, findings) ? "held" : "FAILED"}**.

Three bus servers, two hubs (each \`intake\` and \`gateway\`) and the agents of all ${servers} servers are processes of the compiled
program. Each bus server, each hub and each of the groups of servers is a machine of its own: a network namespace on one switch.
While orders come in, processes are killed with SIGKILL, cables are pulled, and packets between two sides are dropped; several
things are broken at a time. CA, name server and panels stand outside and stay: simulated panels with a real web server each, to
which an agent speaks over a socket as to the root side.

| Looked for outside | Found |
| --- | --- |
| Handshakes with every website | ${served} |
| The CA's books | ${ordered} |
| The panels' books | ${installed} |
| The bus, heard with a credential that may hear everything, and its servers' disks | ${bus} |

${calls}; the CA's own limit of calls an hour was lifted. An order came every ${pace / 1_000} s on average; ${world}.

An order that a hub wrote down and then died over may have been sent, so it is looked for at the CA for 70 minutes before anybody
orders it anew: none is bought twice, and some are late. After the last strike, ${time}. CA and panels
kept the real time.

| Done to it | Times |
| --- | --- |
${Object.entries(findings.strikes)
  .map(([kind, count]) => `| ${kind} | ${count} |`)
  .join("\n")}

Whoever listens is cut off as well at times; what it misses lies on the disks. Keys are looked for as bytes, in hexadecimal, in
base64 at each offset and by the lines of their files. Which moments are hit depends on the machine; the seed decides what is hit.
A short form is among the tests (\`test/fleet/drill.test.ts\`).
`;
}
