import { once } from "node:events";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DirectAdminServer } from "./directadmin-server.ts";
import { pack } from "./pack.ts";

const root = join(import.meta.dirname, "../..");
const node = join(root, "node_modules/.bin/node");
const panelCertificate = "/usr/local/directadmin/conf/cacert.pem";

export interface LoadReport {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly accepted: readonly number[];
  /** Begun in a second, over the whole time. */
  readonly perSecond: number;
  /** The longest wait for an answer, in milliseconds. */
  readonly slowest: number;
  /** Whatever was answered with something else than 200. */
  readonly strange: readonly object[];
}

/** Packs this checkout twice, the second time as a version of its own. */
export function packTwoVersions(folder: string): { old: string; next: string } {
  const [old, next] = [join(folder, "old"), join(folder, "next")];
  pack("directadmin", old);
  pack("directadmin", next, "--label", "next");
  return { old: join(old, "xolphin_ssl.tar.gz"), next: join(next, "xolphin_ssl.tar.gz") };
}

/** Unpacks both on the server, as the panel's update would. */
export async function unpackOn(
  server: DirectAdminServer,
  archives: { old: string; next: string },
): Promise<{ old: string; next: string }> {
  for (const [name, archive] of Object.entries(archives)) {
    const folder = join(server.machine.root, "tmp", name);
    mkdirSync(folder);
    cpSync(archive, join(folder, "archive.tar.gz"));
    await server.command("tar", "-xzpf", `/tmp/${name}/archive.tar.gz`, "-C", `/tmp/${name}`);
  }
  return { old: "/tmp/old/payload", next: "/tmp/next/payload" };
}

/** Lets the server itself send webhooks, and nobody ask the CA. */
export async function acceptOwnWebhooks(server: DirectAdminServer): Promise<void> {
  const answers = { settings: { webhook: { allowedSources: ["127.0.0.1"] } } };
  writeFileSync(join(server.machine.root, "tmp/answers.yaml"), JSON.stringify(answers));
  await server.command("xolphin-ssl", "setup", "--answers", "/tmp/answers.yaml");
}

/** Each load has requests of its own, so that what was stored of one says nothing of another. */
let firstId = 900_000_000;
const idsPerLoad = 1_000_000;

/** Sends webhooks on the server while `work` goes on. */
export async function underLoad(
  server: DirectAdminServer,
  rate: number,
  work: () => Promise<void>,
): Promise<LoadReport> {
  const script = join(root, "test/package/webhook-load.ts");
  firstId += idsPerLoad;
  const load = server.machine.start([
    ...[
      node,
      script,
      "https://server.lab.test:9770/webhook",
      String(rate),
      panelCertificate,
      String(firstId),
    ],
  ]);
  if (load.stdout === null || load.stdin === null) throw new Error("the load has no ends");
  const lines = createInterface({ input: load.stdout });
  await once(lines, "line");
  try {
    await work();
  } finally {
    load.stdin.end();
  }
  const [line] = (await once(lines, "line")) as [string];
  return JSON.parse(line) as LoadReport;
}

/** A local user who tries to take the port all the time; `stop` says how often that was tried, and how often it worked. */
export async function grabPort(
  server: DirectAdminServer,
  user: string,
): Promise<{ stop(): Promise<{ tries: number; taken: number }> }> {
  const script = `
import select, socket, sys
tries = taken = 0
print("trying", flush=True)
while not select.select([sys.stdin], [], [], 0.01)[0]:
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::")):
        for reuse in (False, True):
            s = socket.socket(family)
            if reuse:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            tries += 1
            try:
                s.bind((address, 9770))
                s.listen()
                taken += 1
            except OSError:
                pass
            s.close()
print(tries, taken)`;
  const stranger = server.machine.start(["python3", "-c", script], { as: user });
  if (stranger.stdout === null || stranger.stdin === null) throw new Error("the grabber has no ends");
  const lines = createInterface({ input: stranger.stdout });
  await once(lines, "line");
  return {
    async stop() {
      stranger.stdin?.end();
      const [line] = (await once(lines, "line")) as [string];
      const [tries = 0, taken = 0] = line.split(" ").map(Number);
      return { tries, taken };
    },
  };
}

/** What the store knows webhooks of. It forgets the oldest of those that nobody waits for, so it has to be read on the way. */
export class StoredWebhooks {
  readonly ids = new Set<number>();
  private readonly server: DirectAdminServer;
  private last = 0;

  constructor(server: DirectAdminServer) {
    this.server = server;
  }

  /** Reads what came since, while the service runs: as its user, so that nothing of root's is left beside its store. */
  async read(): Promise<void> {
    const script = `
      const { DatabaseSync } = require("node:sqlite");
      const store = new DatabaseSync("/var/lib/xolphin-ssl/store.sqlite", { readOnly: true });
      const rows = store.prepare("SELECT id, request_id FROM hints WHERE id > ?").all(${this.last});
      console.log(JSON.stringify(rows.map((row) => [Number(row.id), Number(row.request_id)])));`;
    const program = [
      "/opt/xolphin-ssl/current/bin/node",
      "--disable-warning=ExperimentalWarning",
      "-e",
      script,
    ];
    const { status, out, err } = await this.server.machine.run(program, { as: "xolphin-ssl" });
    if (status !== 0) throw new Error(`the store can't be read: ${err}`);
    for (const [row, id] of JSON.parse(out) as [number, number][]) {
      this.last = Math.max(this.last, row);
      this.ids.add(id);
    }
  }
}
