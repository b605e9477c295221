import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  watch,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { CrashPoint } from "../../src/crash-point.ts";
import { Visitor } from "../journeys/page-visitor.ts";
import type { Fault } from "../labs/ca/faults.ts";
import type { WebhookCall } from "../labs/ca/webhook-sender.ts";
import { makeOlder, newestSchema } from "../store/older-store.ts";
import type { CrashRun } from "./crash-world.ts";
import { administrator, pagesThroughPanel } from "./panel-pages.ts";

/**
 * One way to die: at a point inside the program, or when the other side sees something. `outside` prepares the other side
 * and resolves at the moment of the kill.
 */
export type CrashCase = {
  readonly id: string;
  readonly what: string;
  /** The certificate breaks the site, so that the old one has to come back. */
  readonly breaks?: boolean;
  /** Dies while a new certificate takes the place of one of ours. */
  readonly replaces?: boolean;
  /** What is done before the first life. */
  prepare?(run: CrashRun): void;
  /** What is done before the life that ends at the point. */
  beforeDeath?(run: CrashRun): void;
  /** What somebody does in that life. */
  meanwhile?(run: CrashRun): Promise<void>;
  /** What is looked at besides, in the second life; returns what is wrong. */
  alsoLookAt?(run: CrashRun): Promise<string[]>;
} & (
  | { readonly inside: CrashPoint; readonly times?: number }
  | { readonly outside: (run: CrashRun) => Promise<void> }
);

/** Without the counts, messages and notices of a store of this version, and what came after. */
const olderSchema = 4;
const saves = /CMD_API_SSL|domain-tls\/.*\/files/;

export const crashCases: readonly CrashCase[] = [
  { id: "X-01", what: "webhook accepted", inside: "X-01" },
  { id: "X-02", what: "webhook parsed", inside: "X-02" },
  { id: "X-03", what: "webhook in the transaction", inside: "X-03" },
  { id: "X-04", what: "webhook committed, not answered", inside: "X-04" },
  { id: "X-05", what: "first bytes of the answer sent", outside: atFirstByteOfAnswer },
  { id: "X-06", what: "work claimed", inside: "X-06", times: 4 },
  { id: "X-07", what: "CA read sent", outside: atCaCall({ kind: "hang" }, "GET", /\/requests\/\d+$/) },
  {
    id: "X-08",
    what: "reply of the CA half read",
    outside: atCaCall({ kind: "slow-drip", everyMs: 20 }, "GET", /\/requests\/\d+$/),
  },
  { id: "X-09", what: "CA read, not stored", inside: "X-09", times: 2 },
  { id: "X-10", what: "stored, generation not closed", inside: "X-10", times: 3 },
  { id: "X-11", what: "before the download", inside: "X-11" },
  {
    id: "X-12",
    what: "half of the certificate downloaded",
    outside: atCaCall({ kind: "slow-drip", everyMs: 5 }, "GET", /\/download$/),
  },
  { id: "X-13", what: "certificate in the transaction, the rest not", inside: "X-13" },
  { id: "X-14", what: "downloaded, not judged", inside: "X-14" },
  { id: "X-15", what: "judged, not queued", inside: "X-15" },
  { id: "X-16", what: "owner checked", inside: "X-16" },
  { id: "X-17", what: "intent to install written", inside: "X-17" },
  { id: "X-18", what: "panel call sent, nothing changed", outside: atPanelSave({ kind: "hang" }) },
  {
    id: "X-19",
    what: "panel call carried out, no reply yet",
    outside: atPanelSave({ kind: "slow", ms: 1_500 }),
  },
  { id: "X-20", what: "panel applied, reply cut off", outside: atPanelSave({ kind: "half" }) },
  { id: "X-21", what: "panel's reply read, not stored", inside: "X-21" },
  { id: "X-22", what: "on record, web server not reloaded", inside: "X-22" },
  { id: "X-23", what: "during the reload", outside: atReload },
  { id: "X-24", what: "before the handshakes", inside: "X-24" },
  { id: "X-25", what: "handshakes done, not stored", inside: "X-25" },
  { id: "X-26", what: "during the return to the old pair", inside: "X-26", breaks: true },
  { id: "X-27", what: "key generated, not written", inside: "X-27" },
  { id: "X-28", what: "key written, folder not synced", inside: "X-28" },
  { id: "X-29", what: "CSR built", inside: "X-29" },
  { id: "X-30", what: "intent to order written, nothing sent", inside: "X-30" },
  { id: "X-31", what: "order sent, not taken", outside: atCaCall({ kind: "hang" }, "POST", /\/requests$/) },
  {
    id: "X-32",
    what: "order taken, reply lost",
    outside: atCaCall({ kind: "slow-drip", everyMs: 50 }, "POST", /\/requests$/),
  },
  { id: "X-33", what: "reply to the order read, not stored", inside: "X-33" },
  { id: "X-34", what: "validation answer published, not stored", inside: "X-34" },
  { id: "X-35", what: "validation answer withdrawn, not stored", inside: "X-35" },
  { id: "X-36", what: "in the first schema migration", inside: "X-36" },
  {
    id: "X-36",
    what: "in the last migration of a store of an older version",
    inside: "X-36",
    times: newestSchema - olderSchema,
    replaces: true,
    beforeDeath: withOlderStore,
    alsoLookAt: installedIsKnown,
  },
  { id: "X-37", what: "schema made, nothing read yet", inside: "X-37" },
  {
    id: "X-37",
    what: "store of an older version migrated, nothing read yet",
    inside: "X-37",
    replaces: true,
    beforeDeath: withOlderStore,
    alsoLookAt: installedIsKnown,
  },
  { id: "X-38", what: "while the log of the store is written back", outside: whileWritingBack },
  { id: "X-39", what: "old pair backed up, not noted", inside: "X-39", replaces: true },
  {
    id: "X-40",
    what: "while the log is rotated",
    outside: whileRotating,
    prepare: fillLog,
    alsoLookAt: logGoesOn,
  },
  {
    id: "X-41",
    what: "CA password replaced, configuration not",
    inside: "X-41",
    meanwhile: enterNewPassword,
    alsoLookAt: newPasswordIsUsed,
  },
  {
    id: "X-41",
    what: "CA account written down, not used yet",
    inside: "X-41",
    times: 2,
    meanwhile: enterNewPassword,
    alsoLookAt: newPasswordIsUsed,
  },
  {
    id: "X-42",
    what: "changed list of addresses read, the old one in use",
    inside: "X-42",
    prepare: allowFormer,
    meanwhile: changeAddresses,
    alsoLookAt: newAddressesHold,
  },
  {
    id: "X-42",
    what: "ended for a changed list of addresses, not begun anew",
    inside: "X-42",
    times: 2,
    prepare: allowFormer,
    meanwhile: changeAddresses,
    alsoLookAt: newAddressesHold,
  },
  {
    id: "X-43",
    what: "mail sent, not stored",
    inside: "X-43",
    prepare: keepMails,
    alsoLookAt: mailIsToldOnce,
  },
];

/** Dies as soon as the CA got a call of this kind; what became of the call is up to the fault. */
function atCaCall(fault: Fault, method: string, path: RegExp): (run: CrashRun) => Promise<void> {
  return async ({ world: { ca } }) => {
    const planned = ca.fault({ ...fault, match: { method, path } });
    await until(() => planned.hits > 0);
    // Some bytes of a dripping answer have arrived by then.
    await pause(25);
    planned.remove();
  };
}

type PanelFault = { kind: "hang" } | { kind: "half" } | { kind: "slow"; ms: number };

function atPanelSave(fault: PanelFault): (run: CrashRun) => Promise<void> {
  return async ({ world: { lab }, domain }) => {
    const before = lab.calls.length;
    // Reads of the same files must not be what hangs; how the panel saves depends on its version.
    for (const method of fault.kind === "hang" ? ["POST", "PUT"] : [undefined]) {
      lab.fault({ ...fault, match: { path: saves, method } } as never);
    }
    await until(() =>
      lab.calls
        .slice(before)
        .some(
          ({ method, path, body }) => method !== "GET" && saves.test(path) && mentions(path, body, domain),
        ),
    );
    lab.clearFaults();
  };
}

function mentions(path: string, body: Readonly<Record<string, string>> | undefined, domain: string): boolean {
  return path.includes(domain) || body?.["domain"] === domain;
}

async function atReload({ world: { lab }, domain }: CrashRun): Promise<void> {
  const before = lab.reloads;
  lab.fault({ kind: "reloadDelayMs", ms: 400 });
  await until(() => lab.reloads > before);
  lab.clearFaults();
  void domain;
}

async function atFirstByteOfAnswer(run: CrashRun): Promise<void> {
  const call = { RequestId: await requestId(run), Status: "Updated", State: "DCV" };
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: run.port });
    socket.once("error", reject);
    socket.once("data", (first) => {
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(first.toString("latin1")) ?? [];
      run.answered.push({ call, status: Number(status) });
      socket.destroy();
      if (status === "200") resolve();
      else reject(new Error(`its first bytes were no 200: ${first}`));
    });
    socket.write(`GET ${webhookPath(call)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
}

/** A thousand pages of the log are written back at once: webhooks come until that begins. */
async function whileWritingBack(run: CrashRun): Promise<void> {
  const RequestId = await requestId(run);
  const writtenBack = watch(join(run.stateDir, "store.sqlite"));
  const began = new Promise<void>((resolve) => writtenBack.once("change", () => resolve()));
  let over = false;
  let calls = 0;
  const keepSending = async (): Promise<void> => {
    while (!over) {
      calls += 1;
      await send(run, { RequestId, Status: "Updated", State: `S${calls}` }).catch(() => undefined);
    }
  };
  try {
    for (let line = 0; line < 8; line += 1) void keepSending();
    await Promise.race([began, run.agent?.ended, pause(60_000, null, { ref: false })]);
    if (!run.answered.some(({ status }) => status === 200)) throw new Error("none of the calls got a 200");
    const { size } = statSync(join(run.stateDir, "store.sqlite"));
    if (size < 100_000) throw new Error("the log of the store was not written back");
  } finally {
    over = true;
    writtenBack.close();
  }
}

/** Sends a webhook as whoever has that address; what it got goes into the books. */
async function send(run: CrashRun, call: WebhookCall, localAddress = "127.0.0.1"): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request(
    { host: "127.0.0.1", port: run.port, path: webhookPath(call), localAddress, agent: false },
    (answer) => {
      const status = answer.statusCode ?? 0;
      run.answered.push({ call, status });
      answer
        .on("error", reject)
        .on("end", () => resolve(status))
        .resume();
    },
  )
    .on("error", reject)
    .end();
  return promise;
}

function webhookPath({ RequestId, Status = "", State = "" }: WebhookCall): string {
  return `/webhook?${new URLSearchParams({ RequestId: String(RequestId), Status, State })}`;
}

function withOlderStore(run: CrashRun): void {
  makeOlder(run.stateDir, olderSchema);
}

/** What was installed before the store was migrated is known as that, and has been followed. */
async function installedIsKnown(run: CrashRun): Promise<string[]> {
  const requests = await run.requests();
  const [first] = requests.filter(({ predecessor }) => predecessor === null);
  const known = first !== undefined && first.state === "installed" && first.fingerprint !== null;
  return known && requests.some(({ predecessor }) => predecessor === first.reference)
    ? []
    : [`the certificate of before is not what it was: ${JSON.stringify(first)}`];
}

/** The administrator has changed the password at the CA, and enters the new one on the page. */
async function enterNewPassword(run: CrashRun): Promise<void> {
  await requestId(run);
  const { ca, lab } = run.world;
  const password = `new-${randomBytes(6).toString("hex")}`;
  ca.credentials.password = password;
  const admin = new Visitor(pagesThroughPanel(run, await lab.login("admin")), administrator);
  await admin.open("/settings");
  // The answer is lost with the process.
  await admin.submit("save-account", { password }).catch(() => undefined);
}

/** From outside: the CA takes every call of this life, and knows them by the new password alone. */
async function newPasswordIsUsed(run: CrashRun): Promise<string[]> {
  const { ca } = run.world;
  const before = ca.requests.length;
  await run.call("sweep");
  const calls = ca.requests.slice(before);
  const refused = calls.filter(({ status }) => status === 401);
  return calls.length > 0 && refused.length === 0
    ? []
    : [`${refused.length} of ${calls.length} calls to the CA came with the old password`];
}

/** One address goes and another comes. */
const [formerAddress, newAddress] = ["127.0.0.3", "127.0.0.2"] as const;

function allowFormer(run: CrashRun): void {
  run.allow(["127.0.0.1", formerAddress]);
}

async function changeAddresses(run: CrashRun): Promise<void> {
  const call = { RequestId: await requestId(run), Status: "Updated", State: "DCV" };
  const before = [await send(run, call, formerAddress), await send(run, call, newAddress)];
  if (before[0] !== 200 || before[1] === 200) throw new Error(`the old list is another one: ${before}`);
  run.allow(["127.0.0.1", newAddress]);
  run.agent?.child.kill("SIGHUP");
}

async function newAddressesHold(run: CrashRun): Promise<string[]> {
  const call = { RequestId: await requestId(run), Status: "Updated", State: "Whois" };
  const [former, now] = [await send(run, call, formerAddress), await send(run, call, newAddress)];
  return former !== 200 && now === 200
    ? []
    : [`the new list does not hold: ${former} for the address that went, ${now} for the one that came`];
}

/** As large as it becomes before it is rotated (src/logging.ts), but for one line. */
const almostFull = 20 * 1024 * 1024 - 50;

function fillLog(run: CrashRun): void {
  for (const number of [1, 2, 3]) writeFileSync(rotated(run, number), "{}\n");
  writeFileSync(run.logFile, "");
  truncateSync(run.logFile, almostFull);
  writeFileSync(run.config, readFileSync(run.config, "utf8").replace("level: info", "level: debug"));
}

/** At the first of the renames that make it. */
async function whileRotating(run: CrashRun): Promise<void> {
  const watcher = watch(run.folder);
  try {
    await new Promise<void>((resolve, reject) => {
      watcher.once("error", reject);
      watcher.on("change", (_kind, name) => {
        if (/^agent\d\.log$/.test(String(name))) resolve();
      });
      run.agent?.child.once("exit", () => reject(new Error("it ended before it rotated its log")));
      void haveLogged(run);
    });
  } finally {
    watcher.close();
  }
}

/** What goes wrong is written as whole lines into the file of that name, and no more files lie there than are kept. */
async function logGoesOn(run: CrashRun): Promise<string[]> {
  await haveLogged(run);
  const read = (): string[] => readFileSync(run.logFile, "utf8").split("\n").slice(0, -1);
  await until(() => read().length > 0);
  const files = readdirSync(run.folder).filter((name) => /^agent\d*\.log$/.test(name));
  const broken = read().filter((line) => !isJson(line));
  return [
    ...(files.length > 5 ? [`${files.length} log files are kept: ${files.join(", ")}`] : []),
    ...(broken.length > 0
      ? [`${broken.length} lines of the log are broken: ${broken[0]?.slice(0, 100)}`]
      : []),
  ];
}

/** A call to the CA goes wrong, which is worth a line. */
async function haveLogged(run: CrashRun): Promise<void> {
  run.world.ca.fault({ kind: "status", status: 503 });
  await run.call("sweep").catch(() => undefined);
}

function rotated({ logFile }: CrashRun, number: number): string {
  return logFile.replace(".log", `${number}.log`);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function boxOf({ folder }: CrashRun): string {
  return join(folder, "mails");
}

/** A script in the place of the server's sendmail keeps what it gets. */
function keepMails(run: CrashRun): void {
  const sendmail = join(run.folder, "sendmail");
  writeFileSync(sendmail, `#!/bin/sh\ncat >> '${boxOf(run)}'\n`, { mode: 0o700 });
  appendFileSync(run.config, `notify: { sendmail: ${sendmail} }\n`);
}

/** Somebody who gets it twice, because nobody knew that it was sent, gets the same mail twice: its number is the same. */
async function mailIsToldOnce(run: CrashRun): Promise<string[]> {
  await until(() => openNotices(run) === 0);
  const ids = [...readFileSync(boxOf(run), "utf8").matchAll(/^Message-ID: (.+)$/gim)].map(([, id]) => id);
  const different = new Set(ids).size;
  return ids.length > 0 && ids.length <= 2 && different === 1
    ? []
    : [`${ids.length} mails with ${different} numbers were sent about one certificate`];
}

function openNotices({ stateDir }: CrashRun): number {
  const db = new DatabaseSync(join(stateDir, "store.sqlite"), { readOnly: true });
  try {
    return Number(db.prepare("SELECT count(*) AS n FROM notices WHERE settled_at IS NULL").get()?.["n"]);
  } finally {
    db.close();
  }
}

/** The CA's number of the order, once there is one. */
async function requestId(run: CrashRun): Promise<number> {
  let id: number | null = null;
  await until(() => {
    const { requests } = run.world.ca.describe() as { requests: { id: number; names: string[] }[] };
    id = requests.find(({ names }) => names[0] === run.domain)?.id ?? null;
    return id !== null;
  });
  return id ?? 0;
}

async function until(reached: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!reached()) {
    if (performance.now() > end) throw new Error("the moment to die did not come");
    await pause(2);
  }
}
