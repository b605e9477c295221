import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readAsOwner, removeAsOwner, type UnixOwner, writeAsOwner } from "../../panels/unix-owner.ts";

export interface RaceResult {
  /** How often each operation ended in which way. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Directories and links that the account exchanged meanwhile. */
  readonly swaps: number;
  readonly breaches: readonly string[];
}

/** Two Unix users that nobody else has: the account that attacks, and its neighbour. */
const attacker: UnixOwner = { uid: 61_001, gid: 61_001 };
const neighbour: UnixOwner = { uid: 61_002, gid: 61_002 };
const canary = "canary-of-root-5d1f0c2b";
const file = "RACE.txt";
const below = join("public_html", ".well-known", "pki-validation");
const operations = ["publish", "read", "remove"];
const longer = 8;
const exchange = 2;
const renameat2: Readonly<Record<string, number>> = { x64: 316, arm64: 276 };

/**
 * Every operation in a user's folder (`panels/unix-owner.ts`: publishing, reading and removing a validation file) while that
 * user exchanges folders and files for links as fast as the kernel lets them, at every step of the path at once (spec
 * reliability T-07, §5 row 15). `as` is whose rights the operations have; root's are for seeing that the attack works. Goes on
 * for some times as long where no operation of a kind has come through yet: what is refused each time shows little.
 */
export async function raceFiles(seconds: number, as: UnixOwner = attacker): Promise<RaceResult> {
  const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-race-"));
  chmodSync(folder, 0o755);
  const home = join(folder, "home");
  const outside = join(folder, "outside");
  furnish(home, outside);
  const before = describe(outside);
  const swappers = pairs(home, outside).map(([path, other]) => swap(path, other));
  const outcomes = new Map<string, number>();
  const breaches = new Set<string>();
  const place = join(home, below, file);
  const attempt = async (what: string, operation: () => Promise<unknown>): Promise<void> => {
    const outcome = await operation().then(
      (found) => {
        if (String(found).includes(canary)) breaches.add(`${what} gave away what only root may read`);
        return "done";
      },
      () => "refused",
    );
    outcomes.set(`${what}, ${outcome}`, (outcomes.get(`${what}, ${outcome}`) ?? 0) + 1);
  };
  const begin = performance.now();
  const goesOn = (): boolean => {
    const passed = (performance.now() - begin) / 1_000;
    const through = operations.every((what) => outcomes.has(`${what}, done`));
    return passed < seconds || (!through && passed < seconds * longer);
  };
  let swaps = 0;
  try {
    // Two at a time: one operation also happens in the middle of another.
    await Promise.all(
      [0, 1].map(async () => {
        while (goesOn()) {
          await attempt("publish", () => writeAsOwner(as, place, "from-the-ca"));
          await attempt("read", () => readAsOwner(as, place));
          await attempt("remove", () => removeAsOwner(as, place, "from-the-ca"));
        }
      }),
    );
    swaps = (await Promise.all(swappers.map(({ stop }) => stop()))).reduce((sum, count) => sum + count, 0);
    const after = describe(outside);
    for (const path of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(path) !== after.get(path))
        breaches.add(
          `${path}: before ${before.get(path) ?? "nothing"}, after ${after.get(path) ?? "nothing"}`,
        );
    }
    for (const path of entriesBelow(home)) {
      if (lstatSync(path).uid !== attacker.uid) breaches.add(`${path} belongs to ${lstatSync(path).uid}`);
    }
  } finally {
    await Promise.all(swappers.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true, force: true });
  }
  return { outcomes, swaps, breaches: [...breaches] };
}

/** So few exchanges are no race. */
const leastSwaps = 100;

/** What is wrong: an escape, or a race that was none because nobody exchanged anything or no operation of a kind came through. */
export function faultsOf({ outcomes, swaps, breaches }: RaceResult): string[] {
  return [
    ...breaches,
    ...(swaps <= leastSwaps ? [`no more than ${swaps} exchanges`] : []),
    ...operations.filter((what) => !outcomes.has(`${what}, done`)).map((what) => `no ${what} came through`),
  ];
}

/** A home, and what lies beside it: root's files and a neighbour's, some for nobody else's eyes. */
function furnish(home: string, outside: string): void {
  mkdirSync(join(home, below), { recursive: true });
  writeFileSync(join(home, below, file), "of the account");
  for (const owner of ["root", "neighbour"]) {
    const top = join(outside, owner);
    mkdirSync(join(top, below), { recursive: true });
    mkdirSync(join(top, ".well-known", "pki-validation"), { recursive: true });
    mkdirSync(join(top, "pki-validation"), { recursive: true });
    for (const place of [below, ".well-known/pki-validation", "pki-validation", ""]) {
      writeFileSync(join(top, place, file), canary, { mode: 0o600 });
      writeFileSync(join(top, place, "kept.txt"), "kept", { mode: 0o644 });
    }
  }
  for (const path of [join(outside, "neighbour"), ...entriesBelow(join(outside, "neighbour"))])
    chownSync(path, neighbour.uid, neighbour.gid);
  chmodSync(join(outside, "neighbour"), 0o700);
  for (const [, link, target] of pairs(home, outside)) symlinkSync(target, link);
  for (const path of [home, ...entriesBelow(home)]) lchownSync(path, attacker.uid, attacker.gid);
  // A file that was read after it was written shows it from here on (`relatime` writes the first such look down).
  for (const path of entriesBelow(outside)) utimesSync(path, 1_000_000_000, 1_100_000_000);
}

/** What is exchanged for what: every step of the path for a link that leads out. */
function pairs(home: string, outside: string): readonly (readonly [string, string, string])[] {
  const root = join(outside, "root");
  const neighbours = join(outside, "neighbour");
  return [
    [join(home, "public_html"), join(home, "link-1"), join(neighbours, "public_html")],
    [join(home, "public_html", ".well-known"), join(home, "link-2"), join(root, ".well-known")],
    [join(home, below), join(home, "link-3"), join(root, "pki-validation")],
    [join(home, below, file), join(home, "link-4"), join(root, file)],
  ];
}

interface Swapper {
  /** Resolves with how often it exchanged them. */
  stop(): Promise<number>;
}

/** Exchanges two names as the account without a pause; the kernel does it at once, so there is no moment without either. */
function swap(path: string, other: string): Swapper {
  const script = `
    my ($number, $one, $other) = @ARGV; my $count = 0; my $running = 1;
    $SIG{TERM} = sub { $running = 0 };
    while ($running) {
      $count += 1 if syscall(int($number), -100, $one, -100, $other, ${exchange}) == 0;
      # What was published or removed makes the file's name come and go: it is put back, so that there is something to exchange.
      if (!-e $one && !-l $one && open(my $made, '>', $one)) { close($made) }
    }
    print $count;`;
  const number = renameat2[process.arch];
  if (number === undefined) throw new Error(`renameat2 has no known number on ${process.arch}`);
  const child: ChildProcess = spawn("/usr/bin/perl", ["-e", script, String(number), path, other], {
    uid: attacker.uid,
    gid: attacker.gid,
    cwd: "/",
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  const ended = once(child, "close").then(() => Number(said));
  return {
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Everything about every entry that an operation could change, and for what nobody else may read, when it was read. */
function describe(folder: string): Map<string, string> {
  return new Map(
    [folder, ...entriesBelow(folder)].map((path) => {
      const { mode, uid, gid, ino, nlink, size, mtimeMs, atimeMs } = lstatSync(path);
      const secret = path.endsWith(file) ? `, read ${atimeMs}` : "";
      return [
        path.slice(dirname(folder).length),
        `${mode} ${uid}:${gid} ${ino} ${nlink} ${size} ${mtimeMs}${secret}`,
      ];
    }),
  );
}

/** Without going where a link leads. */
function entriesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...entriesBelow(path)] : [path];
  });
}
