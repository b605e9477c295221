import { globSync } from "node:fs";
import { join } from "node:path";
import { titlesOf } from "./test-titles.ts";

const root = join(import.meta.dirname, "../..");
/** Every row of the list of faults that have to be survived (spec reliability §3.4). */
const faults = Array.from({ length: 52 }, (_, index) => `F-${String(index + 1).padStart(2, "0")}`);
/** What is without a test, and why. */
const without: ReadonlyMap<string, string> = new Map([
  ["F-40", "there is no PostgreSQL: the store is one SQLite file on every server"],
]);

/** A part of a row that one test for the whole row could leave out: the file and title of its own, or why there is none. */
type Part = readonly [id: string, part: string, held: readonly [file: string, title: string] | string];
const parts: readonly Part[] = [
  [
    "F-03",
    "the webhook is answered 503",
    ["webhook/webhook-listener", "when it can't be kept the answer is 503"],
  ],
  ["F-03", "the status says so", ["package/doctor", "the disk is full but for a few megabytes"]],
  ["F-03", "the panel's disk", ["panels/plesk-faults", "F-03 a full disk"]],
  [
    "F-03",
    "ballast",
    "not built: while nothing can be written, what would be is asked of the CA and the panel again; a webhook gets 503",
  ],
  [
    "F-03",
    "inodes, quota, read-only",
    "not tried: SQLite reports each as a write that fails, which is the same way out",
  ],
  ["F-04", "locked", ["store/store", "F-04 a lock held elsewhere"]],
  ["F-04", "corrupt", ["journeys/faults-crash", "F-04 a damaged store is set aside"]],
  ["F-04", "newer schema", ["store/store", "F-04 a store of a newer version is refused, not touched"]],
  [
    "F-04",
    "spool for a newer schema",
    "not built: the program of the newer store is what runs, and one that may not open it takes no webhook; the sweep finds what came",
  ],
  ["F-04", "on NFS", ["store/store", "F-04 on %s nothing is begun"]],
  ["F-04", "wrong mode", ["store/store", "closes a state folder that others could read"]],
  ["F-13", "never sent", ["journeys/faults-ca", "F-13 a webhook that never comes costs time"]],
  ["F-13", "sent while we were down", ["journeys/faults-ca", "F-13 one that came while we were down"]],
  [
    "F-13",
    "told that none came in N days",
    "not built: status and administration page show when the last one came, and refused ones with their addresses; nothing compares them with the changes that the sweep found",
  ],
  [
    "F-17",
    "other accounts go on",
    ["journeys/faults-flood", "F-17 a flood of webhooks from an allowed source"],
  ],
  ["F-17", "reads at the CA", ["store/store", "F-17 of many different ones about a request three"]],
  [
    "F-24",
    "the panel's command is gone",
    ["panels/plesk-faults", "F-24 a server without the panel's command"],
  ],
  [
    "F-33",
    "only who holds the key installs",
    ["journeys/faults-server", "F-33 a certificate that another server"],
  ],
  [
    "F-33",
    "the hub lists both",
    "not built: the hub lists orders that two servers claim, not websites that two servers have; each installs what its own key is for",
  ],
  [
    "F-36",
    "started twice",
    ["store/store", "F-36 an effect without an outcome is found again by the next agent"],
  ],
  ["F-36", "clone within a fleet", ["fleet/losses", "a copy of a server, started beside it"]],
  [
    "F-36",
    "clone outside a fleet",
    "not built: two copies of one server share no store that could tell; each asks the CA before it acts, and installs only on websites that lead to itself",
  ],
  ["F-36", "a restored store", ["journeys/faults-server", "F-36 a store of last week"]],
  ["F-37", "IPv6 is broken", ["https-client/https-client", "F-37 over IPv6 costs a quarter of a second"]],
  [
    "F-37",
    "no answer from a name server",
    ["probe/before-order", "F-37 a name server that fails or is silent"],
  ],
  ["F-38", "the four addresses", ["webhook/source-address", "F-38 %s is on the list"]],
  ["F-38", "both families", ["webhook/webhook-listener", "F-38 IPv6 and IPv4 listen side by side"]],
  ["F-48", "no descriptor", ["proof/attack-intake", "F-48 with no descriptor left webhooks are refused"]],
  [
    "F-48",
    "memory, processes, a starved processor",
    "not tried by a test of their own: the units have limits (docs/hardening.md), and a process that was killed is F-01",
  ],
  ["F-49", "last resort", ["logging/last-resort", "F-49 the service itself ends so"]],
  [
    "F-49",
    "parked after five strikes",
    ["journeys/faults-server", "F-49 work that fails in a way nobody foresaw"],
  ],
  [
    "F-49",
    "a strike for what ended the process",
    "not built: only what a piece of work throws counts as its strike; one that ended the process time and again would be taken up at each start",
  ],
];

/** Without the laboratories' tests of themselves, which show nothing of the product, and without this one. */
const titles: ReadonlyMap<string, readonly string[]> = new Map(
  globSync("test/**/*.test.ts", { cwd: root, exclude: ["test/labs/**", "test/house/**"] }).map((file) => [
    file.replace(/^test\/|\.test\.ts$/g, ""),
    titlesOf(join(root, file)),
  ]),
);

test("every fault of the list has a test that bears its id in its title, or a reason why it can't happen here", () => {
  const named = new Set([...titles.values()].flat().flatMap((title) => title.match(/\bF-\d\d\b/g) ?? []));
  expect(faults.filter((id) => !named.has(id) && !without.has(id))).toEqual([]);
  expect([...named].filter((id) => !faults.includes(id))).toEqual([]);
  expect([...without.keys()].filter((id) => named.has(id))).toEqual([]);
});

test("every part of a fault that is easily forgotten has its own test, or the reason why there is none", () => {
  const wrong = parts.flatMap(([id, part, held]) => {
    if (typeof held === "string") return held.length > 40 ? [] : [`${id} ${part} has no reason`];
    const [file, title] = held;
    return titles.get(file)?.some((one) => one.includes(title))
      ? []
      : [`${id} ${part}: no “${title}” in ${file}`];
  });
  expect(wrong).toEqual([]);
  expect(parts.filter(([id]) => !faults.includes(id))).toEqual([]);
});
