import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { ReceivedRequest } from "./api-server.ts";
import { answerApiRequest } from "./api-server.ts";
import type { CaState, Mail } from "./ca-state.ts";
import { certificateOf, firstNumbers, orderOf } from "./ca-state.ts";
import type { Product } from "./catalogue.ts";
import { catalogue } from "./catalogue.ts";
import type { ChainPart } from "./certificate-authority.ts";
import { createAuthority } from "./certificate-authority.ts";
import { answerControlRequest } from "./control-api.ts";
import type { WebAddress } from "./dcv-checks.ts";
import { lookUpWebAddress } from "./dcv-checks.ts";
import type { Fault, PlannedFault } from "./faults.ts";
import { FaultPlan } from "./faults.ts";
import type { CertificateRecord, Order } from "./order.ts";
import { RateLimit } from "./rate-limit.ts";
import type { ServerCertificateKind } from "./server-certificates.ts";
import { createServerCertificates } from "./server-certificates.ts";
import type { StaffDesk } from "./staff-desk.ts";
import { staffDesk } from "./staff-desk.ts";
import { describeState } from "./state-description.ts";
import type { SwitchChanges, Switches } from "./switches.ts";
import { changeSwitches, defaultSwitches } from "./switches.ts";
import type { After } from "./tasks.ts";
import { realAfter, Tasks } from "./tasks.ts";
import { advanceOrder, announceReissues, checkAll } from "./validation-desk.ts";
import type { WebhookCall, WebhookDelivery } from "./webhook-sender.ts";
import { WebhookSender } from "./webhook-sender.ts";

export interface FakeCaOptions {
  /** Loopback address of both listeners; 127.0.0.1 when absent. */
  address?: string;
  /** Ports of the API and of the control interface; any free one when absent. */
  port?: number;
  controlPort?: number;
  credentials?: { userName: string; password: string };
  /** The CA's clock; the TLS certificate of the API itself always follows the real one. */
  now?: () => Date;
  /** Timers for everything done after an answer; the real ones when absent. */
  after?: After;
  /** Name servers for DNS validation and, without `hosts`, for web addresses: `address:port`. */
  dnsServers?: string[];
  /** Where the web server of a host name is; `*` stands for every other name. */
  hosts?: Record<string, WebAddress>;
  /** Ports of web servers found by DNS; 80 and 443 when absent. */
  webPorts?: { http: number; https: number };
  /** Milliseconds between two rounds over all pending requests; none when absent. */
  pollMs?: number;
  keys?: "ec" | "rsa";
  products?: readonly Product[];
  extraApprovers?: Record<string, string[]>;
  switches?: SwitchChanges;
}

export interface FakeCa extends StaffDesk {
  /** Base address of the API, `https://127.0.0.1:<port>/v1/`. */
  readonly url: string;
  readonly controlUrl: string;
  readonly credentials: { userName: string; password: string };
  /** What a client must trust to reach `url`, PEM. */
  readonly tlsRootPem: string;
  /** What a browser must trust for issued certificates, PEM. */
  readonly rootPem: string;
  readonly intermediatePem: string;
  /** Every certificate of the authority, PEM. */
  readonly pems: Readonly<Record<Exclude<ChainPart, "leaf">, string>>;
  readonly switches: Switches;
  /** Every call to the API, oldest first. */
  readonly requests: ReceivedRequest[];
  /** Every webhook call made, oldest first. */
  readonly deliveries: readonly WebhookDelivery[];
  /** Webhook calls that `hold` keeps back. */
  readonly heldWebhooks: readonly WebhookCall[];
  readonly mails: readonly Mail[];

  now(): Date;
  set(changes: SwitchChanges): void;
  order(id: number): Order;
  certificate(id: number): CertificateRecord;
  requestsTo(method: string, path: RegExp): ReceivedRequest[];

  /** A round over all pending requests: open names are checked, and what the clock brings due is done. */
  checkDcv(): Promise<void>;
  /** Moves the CA's clock on top of the injected one and announces what has come due. */
  advanceClock(seconds: number): void;

  /** Makes a webhook call at once, whatever the CA knows of it. */
  sendWebhook(call: WebhookCall): Promise<WebhookDelivery[]>;
  releaseWebhooks(arrange?: (calls: WebhookCall[]) => WebhookCall[]): Promise<WebhookDelivery[]>;

  fault(fault: Fault): PlannedFault;
  clearFaults(): void;
  /** F-39: which TLS certificate the API shows from now on. */
  useServerCertificate(kind: ServerCertificateKind): void;
  setHosts(hosts: Record<string, WebAddress>): void;
  setDnsServers(servers: string[]): void;

  /** Resolves when no check, issue or webhook call is running or due. */
  idle(): Promise<void>;
  /** The whole state as JSON can carry it, for the control interface. */
  describe(): unknown;
  issuerDer(part: string): Buffer | undefined;
  stop(): Promise<void>;
}

const defaultCredentials = { userName: "account@example.nl", password: "lab:pässword" };

/**
 * Starts the stand-in for the Xolphin REST API v1 (spec xolphin-api): its API over HTTPS, a certification authority
 * that signs real certificates, domain validation against real name and web servers, and webhook calls.
 */
export async function startFakeCa(options: FakeCaOptions = {}): Promise<FakeCa> {
  const address = options.address ?? "127.0.0.1";
  const clock = options.now ?? (() => new Date());
  let advancedMs = 0;
  const now = (): Date => new Date(clock().getTime() + advancedMs);
  const switches = defaultSwitches();
  changeSwitches(switches, options.switches ?? {});
  const stopping = new AbortController();
  const tasks = new Tasks(options.after ?? realAfter);
  const sender = new WebhookSender(switches.webhook, tasks, now, stopping.signal);
  let hosts = options.hosts ?? {};
  const dnsServers = [...(options.dnsServers ?? [])];
  const webPorts = options.webPorts ?? { http: 80, https: 443 };
  const state: CaState = {
    switches,
    authority: createAuthority({
      now: now(),
      issuerAddress: () => `${controlUrl()}/aia`,
      keys: options.keys ?? "ec",
    }),
    now,
    products: options.products ?? catalogue,
    orders: new Map(),
    certificates: new Map(),
    usedDcvStrings: new Set(),
    extraApprovers: options.extraApprovers ?? {},
    mails: [],
    numbers: { ...firstNumbers },
    outside: {
      dnsServers,
      resolveWebAddress: async (hostName) =>
        hosts[hostName] ?? hosts["*"] ?? (await lookUpWebAddress(hostName, state.outside, webPorts)),
      signal: stopping.signal,
    },
    tasks,
    announce: (call) => sender.announce(call),
  };
  const credentials = options.credentials ?? { ...defaultCredentials };
  const faults = new FaultPlan();
  const requests: ReceivedRequest[] = [];
  const connections = new Set<Socket>();
  const serverCertificates = createServerCertificates(address);
  const parts = {
    state,
    credentials,
    faults,
    requests,
    sender,
    rateLimit: new RateLimit(switches, now),
    base: () => apiUrl(),
    reset: (socket: Socket) => {
      for (const connection of connections) {
        if (connection.remotePort === socket.remotePort) connection.resetAndDestroy();
      }
      socket.destroy();
    },
  };
  const api = createHttpsServer(serverCertificates.contextFor("valid"), (request, response) => {
    answerApiRequest(parts, request, response).catch((cause: unknown) => {
      console.error("fake CA: fault of the lab itself", cause);
      response.destroy();
    });
  });
  const control = createHttpServer((request, response) => {
    void answerControlRequest(ca, request, response);
  });
  for (const server of [api, control]) {
    server.on("connection", (socket: Socket) => {
      connections.add(socket);
      socket.on("close", () => connections.delete(socket));
    });
  }
  const host = address.includes(":") ? `[${address}]` : address;
  const apiUrl = (): string => `https://${host}:${portOf(api)}/v1/`;
  const controlUrl = (): string => `http://${host}:${portOf(control)}`;
  await Promise.all([
    listen(api, address, options.port ?? 0),
    listen(control, address, options.controlPort ?? 0),
  ]);
  const poll =
    options.pollMs === undefined
      ? undefined
      : setInterval(() => void tasks.track(checkAll(state)), options.pollMs);

  const ca: FakeCa = {
    url: apiUrl(),
    controlUrl: controlUrl(),
    credentials,
    tlsRootPem: serverCertificates.rootPem,
    rootPem: state.authority.pems.root,
    intermediatePem: state.authority.pems.intermediate,
    pems: state.authority.pems,
    switches,
    requests,
    deliveries: sender.deliveries,
    get heldWebhooks() {
      return sender.kept;
    },
    mails: state.mails,
    now,
    set: (changes) => changeSwitches(switches, changes),
    order: (id) => orderOf(state, id),
    certificate: (id) => certificateOf(state, id),
    requestsTo: (method, path) =>
      requests.filter((request) => request.method === method && path.test(request.path)),
    checkDcv: () => tasks.track(checkAll(state)),
    ...staffDesk(state),
    advanceClock(seconds) {
      advancedMs += seconds * 1000;
      announceReissues(state);
      for (const order of state.orders.values()) advanceOrder(state, order);
    },
    sendWebhook: (call) => sender.send(call),
    releaseWebhooks: (arrange) => sender.release(arrange),
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    useServerCertificate(kind) {
      api.setSecureContext(serverCertificates.contextFor(kind));
    },
    setHosts(changed) {
      hosts = changed;
    },
    setDnsServers(servers) {
      dnsServers.splice(0, dnsServers.length, ...servers);
    },
    idle: () => tasks.idle(),
    describe: () => describeState(state, { calls: requests, deliveries: sender.deliveries }),
    issuerDer: (part) => (part in state.authority.ders ? state.authority.ders[part as "root"] : undefined),
    async stop() {
      clearInterval(poll);
      stopping.abort();
      for (const socket of connections) socket.destroy();
      await Promise.all([close(api), close(control), tasks.stop()]);
    },
  };
  return ca;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
