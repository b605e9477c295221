import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { writeText } from "../common/text-files.ts";

const program = "/usr/sbin/nginx";
const settleMs = 10_000;
const pollMs = 10;
const generationName = "generation.lab.invalid";

export interface ReloadResult {
  ok: boolean;
  output: string;
}

/** Where an nginx of a lab has its files, and what it serves. */
export interface NginxPlace {
  /** Main configuration; its folder is nginx's prefix. */
  configFile: string;
  /** For temporary files of requests. */
  workFolder: string;
  pidFile: string;
  errorLog: string;
  address: string;
  httpPort: number;
  httpsPort: number;
  /** Every address the sites listen on; read at each start and reload. */
  addresses(): readonly string[];
  /** What a name nobody has is shown over TLS. */
  defaultCertificate(): { cert: string; key: string };
  /** Lines inside `http { … }` after the default servers: types, includes of the sites. */
  httpLines(): string;
}

export function listenAt(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The real nginx of an emulated server, with its own prefix below the root folder, as a child of the lab. */
export class Nginx {
  private readonly place: NginxPlace;
  private child: ChildProcess | undefined;
  private generation = 0;
  /** Starts, stops and reloads happen one after another. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(place: NginxPlace) {
    this.place = place;
    for (const folder of [place.workFolder, dirname(place.errorLog)]) mkdirSync(folder, { recursive: true });
  }

  start(): Promise<ReloadResult> {
    return this.inTurn(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  /** Tests the configuration, then has the workers replaced; resolves when only new ones serve. */
  reload(): Promise<ReloadResult> {
    return this.inTurn(async () => {
      if (this.child === undefined) return { ok: false, output: "nginx is not running\n" };
      const tested = await this.writeMainConfig();
      if (!tested.ok) return tested;
      const old = this.workers();
      this.child.kill("SIGHUP");
      await this.untilServing(old);
      return tested;
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async startNow(): Promise<ReloadResult> {
    if (this.child !== undefined) return { ok: true, output: "" };
    const tested = await this.writeMainConfig();
    if (!tested.ok) return tested;
    // A lab that is killed takes its web server along.
    const bound = ["--pdeathsig", "TERM", program, ...this.options(), "-g", "daemon off;"];
    const child = spawn("/usr/bin/setpriv", bound, { stdio: "ignore" });
    this.child = child;
    child.on("error", () => undefined);
    child.on("exit", () => {
      if (this.child === child) this.child = undefined;
    });
    await this.untilServing([]);
    return tested;
  }

  private async stopNow(): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }

  /** A configuration that nginx refuses is taken back, as the old one stays in force. */
  private async writeMainConfig(): Promise<ReloadResult> {
    const path = this.place.configFile;
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    this.generation += 1;
    writeText(path, this.mainConfig());
    const tested = await run([...this.options(), "-t", "-q"]);
    if (!tested.ok && before !== undefined) writeText(path, before);
    return tested;
  }

  private options(): string[] {
    const { configFile, errorLog } = this.place;
    return ["-p", dirname(configFile), "-c", configFile, "-e", errorLog];
  }

  private mainConfig(): string {
    const { httpPort, httpsPort, workFolder, pidFile } = this.place;
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `  ${name}_temp_path "${workFolder}/${name}";\n`)
      .join("");
    const { cert, key } = this.place.defaultCertificate();
    const defaults = this.place
      .addresses()
      .map(
        (one) => `  server {
    listen ${listenAt(one, httpPort)} default_server;
    listen ${listenAt(one, httpsPort)} default_server ssl;
    server_name ${generationName};
    ssl_certificate "${cert}";
    ssl_certificate_key "${key}";
    location = /generation { return 200 "${this.generation}"; }
    location / { return 404; }
  }
`,
      )
      .join("");
    return `${process.getuid?.() === 0 ? "user root;\n" : ""}worker_processes 1;
pid "${pidFile}";
worker_shutdown_timeout 1s;
events { worker_connections 512; }
http {
  access_log off;
  default_type text/html;
  types { text/plain txt; text/css css; image/svg+xml svg; }
  server_names_hash_bucket_size 256;
${temporary}${defaults}${this.place.httpLines()}}
`;
  }

  /** Workers that still take connections, by process number. */
  private workers(): number[] {
    const master = this.child?.pid;
    if (master === undefined) return [];
    return readProcess(master, `task/${master}/children`)
      .split(" ")
      .map(Number)
      .filter((pid) => pid > 0 && readProcess(pid, "cmdline").startsWith("nginx: worker process\0"));
  }

  private async untilServing(old: readonly number[]): Promise<void> {
    const until = Date.now() + settleMs;
    while (Date.now() < until) {
      const replaced = !this.workers().some((pid) => old.includes(pid));
      if (replaced && (await this.servedGeneration()) === String(this.generation)) return;
      await wait(pollMs);
    }
    throw new Error("nginx does not serve its new configuration.");
  }

  private servedGeneration(): Promise<string> {
    return new Promise((resolve) => {
      const request = get(
        {
          host: this.place.address,
          port: this.place.httpPort,
          path: "/generation",
          headers: { host: generationName },
          agent: false,
        },
        (response) => {
          response.setEncoding("utf8");
          let text = "";
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("end", () => resolve(text));
          response.on("error", () => resolve(""));
        },
      );
      request.on("error", () => resolve(""));
    });
  }
}

function readProcess(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

function run(args: string[]): Promise<ReloadResult> {
  return new Promise((resolve) => {
    execFile(program, args, (cause, stdout, stderr) => {
      resolve({ ok: cause === null, output: `${stdout}${stderr}` });
    });
  });
}
