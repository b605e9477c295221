import { readFileSync, writeFileSync } from "node:fs";
import { request as requestPlainly } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { freePort } from "../demo/free-port.ts";
import { createServerCertificates } from "../labs/ca/server-certificates.ts";
import type { AgentProcess } from "./agent-process.ts";
import { type CrashRun, CrashWorld } from "./crash-world.ts";
import { fingerprintOf, type Target } from "./forged-webhooks.ts";

const token = "0123456789abcdef0123456789abcdef";
/** The agent's clock all but stands still, so that whatever changes was caused from outside. */
const stillness = 0.001;

/**
 * An agent process that has installed a certificate and has nothing left to do, listening for webhooks with a token on
 * 127.0.0.1 and ::1; only 127.0.0.1 is allowed to bring any.
 */
export class IntakeWorld {
  readonly target: Target;
  readonly path = `/webhook/${token}`;
  private readonly world: CrashWorld;
  private readonly run: CrashRun;
  private readonly tls: boolean;

  private constructor(world: CrashWorld, run: CrashRun, target: Target, tls: boolean) {
    this.world = world;
    this.run = run;
    this.target = target;
    this.tls = tls;
  }

  static async open(tls: boolean): Promise<IntakeWorld> {
    const world = await CrashWorld.open();
    const run = await world.newRun();
    const agent = run.start();
    await agent.ready;
    await run.order();
    const installed = await untilInstalled(run);
    await agent.stop();
    const port6 = await freePort();
    writeFileSync(join(run.folder, "token"), `${token}\n`, { mode: 0o600 });
    const { cert, key } = createServerCertificates("127.0.0.1").contextFor("valid") as Record<string, string>;
    writeFileSync(join(run.folder, "listener.pem"), cert ?? "");
    writeFileSync(join(run.folder, "listener.key"), key ?? "", { mode: 0o600 });
    const listener = tls
      ? `certificateFile: ${join(run.folder, "listener.pem")}, keyFile: ${join(run.folder, "listener.key")}`
      : "tls: false";
    writeFileSync(
      run.config,
      readFileSync(run.config, "utf8").replace(
        /^webhook: .*$/m,
        `webhook: { listen: ["127.0.0.1:${run.port}", "[::1]:${port6}"], ${listener}, tokenFile: ${join(run.folder, "token")}, allowedSources: [127.0.0.1] }`,
      ),
    );
    const target = { port: run.port, port6, token, requestId: installed.id ?? 0 };
    const opened = new IntakeWorld(world, run, target, tls);
    const ready = await run.start(null, stillness).ready;
    if (ready === null) throw new Error(`the agent does not start: ${run.agent?.words}`);
    return opened;
  }

  get agent(): AgentProcess {
    return this.run.agent as AgentProcess;
  }

  /** The store, the keys, everything the agent keeps, and what it asked of the CA, of the panel and of name servers. */
  snapshot(): string {
    const { ca, lab } = this.world;
    return JSON.stringify({
      files: fingerprintOf(this.run.stateDir),
      ca: ca.requests.length,
      panel: lab.calls.length,
      reloads: lab.reloads,
    });
  }

  /** Size of the agent's log in bytes. */
  get logSize(): number {
    return readFileSync(this.run.logFile).length;
  }

  /** One webhook as the CA sends it; the status. */
  webhook(): Promise<number> {
    const query = `RequestId=${this.target.requestId}&Status=Updated&State=DCV`;
    return new Promise((resolve) => {
      const call = (this.tls ? request : requestPlainly)(
        {
          host: "127.0.0.1",
          port: this.target.port,
          path: `${this.path}?${query}`,
          ...(this.tls ? { rejectUnauthorized: false } : {}),
          agent: false,
          localAddress: "127.0.0.1",
        },
        (answer) => {
          answer.resume();
          answer.on("end", () => resolve(answer.statusCode ?? 0));
        },
      );
      call.on("error", () => resolve(0));
      call.end();
    });
  }

  async close(): Promise<void> {
    await this.run.clean();
    await this.world.close();
  }
}

async function untilInstalled(run: CrashRun): Promise<RequestReport> {
  const end = performance.now() + 90_000;
  while (performance.now() < end) {
    const [request] = await run.requests();
    if (request?.state === "installed") return request;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the certificate is not installed in time");
}
