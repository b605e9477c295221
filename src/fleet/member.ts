import { createHash, randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { CaPort } from "../jobs/ports.ts";
import type { Log } from "../logging.ts";
import { type Ask, createAsk } from "./ask.ts";
import type { Bus } from "./bus.ts";
import { createBusCa } from "./bus-ca.ts";
import type { ConsumerLoop } from "./consumer-loop.ts";
import type { HintMessage } from "./hint-message.ts";
import type { KeyProof } from "./key-proof.ts";
import type {
  ArgsToSend,
  HandOverState,
  ReissueProgress,
  ReissueWish,
  ServerReport,
  SessionClaim,
  Stock,
} from "./operations.ts";
import { createWakeUps } from "./wake-ups.ts";

const heartbeatInterval = 60_000;
/** What a server has is told when it changed, and as often as this in case the hub has lost it. */
const stockInterval = 3_600_000;
/** Until orders that the hub could not be told of are told again. */
const claimRetry = 300_000;

/**
 * The processes of this server since the last one that the hub is known to have heard, oldest first. Several may have been
 * started and ended while the hub was away, and each of them may be the last one that it heard.
 */
const chainKey = "fleet.session";
const longestChain = 50;
/** Root said that this machine is a copy. */
const copyKey = "fleet.copy";
/** The name that all of this was written under. */
const nodeKey = "fleet.node";

function readChain(store: MemberStore): string[] {
  const chain = (store.readMeta(chainKey) ?? "").split(" ").filter((id) => id !== "");
  return chain.length <= longestChain ? chain : [...chain.slice(0, 1), ...chain.slice(1 - longestChain)];
}

/** What a member of a fleet needs of the server's store. */
export interface MemberStore {
  readMeta(key: string): string | null;
  writeMeta(key: string, value: string): void;
  /** Removes all whose key begins so. */
  forgetMeta(prefix: string): void;
}

/** An order from before the hub knew this server. */
export interface OrderToClaim {
  readonly reference: string;
  readonly requestId: number;
  readonly certificateId: number | null;
}

interface MemberParts {
  readonly bus: Bus;
  /** This server's name in the fleet. */
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: MemberStore;
  /** What tells this machine from another one, such as `/etc/machine-id`; only its hash leaves the machine. */
  readonly machineId: string;
  /** Keeps a wake-up, synced. */
  accept(hint: HintMessage): void;
  /** References of orders of this server that the hub may not know as ours yet. */
  ordersToClaim(): readonly string[];
  /** Null for what the CA has given no number. */
  orderToClaim(reference: string): OrderToClaim | null;
  /** Shows the hub that an order's certificate is ours; null without its key. */
  proveKey(reference: string, certificateId: number): Promise<KeyProof | null>;
  report(): Promise<ServerReport>;
  /** What the fleet's administrator wants of many certificates at once, as far as it is this server's. */
  readonly reissues: {
    stock(): Stock;
    progress(): ReissueProgress[];
    follow(wishes: readonly ReissueWish[]): void;
  };
  /** Looks at what was being handed over when it was cut off. */
  settleHandOvers(): Promise<void>;
  /** The bus is there again, after a start or an outage, or with nothing of what it kept for us: catch up. */
  arrived(): void;
}

/**
 * A server's place in its fleet: the CA through the hub, its wake-ups, its heartbeat, and whether it still is the server that
 * bears its name. While the bus is away everything else goes on.
 */
export class FleetMember {
  readonly ca: CaPort;
  private readonly parts: MemberParts;
  private readonly ask: Ask;
  private readonly wakeUps: ConsumerLoop;
  private readonly session: string;
  private readonly previous: readonly string[];
  private refusal: CodedError | null = null;
  private stopped = false;
  /** Orders are being told to the hub. */
  private claiming = false;
  private claims: Promise<void> = Promise.resolve();
  private cancelClaims: () => void = () => undefined;
  /** Asked for while it goes on: what is to be told may be more than it began with. */
  private claimAgain = false;
  private toldStock: { readonly text: string; readonly at: number } | null = null;
  private cancelHeartbeat: () => void = () => undefined;

  constructor(parts: MemberParts) {
    this.parts = parts;
    const { store, bus, node, clock, log } = parts;
    this.session = randomUUID();
    this.becomeNamed();
    this.previous = readChain(store);
    const machine = store.readMeta("fleet.machine");
    if (machine === null) store.writeMeta("fleet.machine", this.machine);
    else if (machine !== this.machine || store.readMeta(copyKey) !== null) {
      // Seen without asking anybody: the state was made on another machine, or this one was said to be a copy.
      this.refusal = new CodedError("server-cloned", { detail: node });
    }
    // A copy leaves the original's trace alone, so that it is not taken for its restart.
    if (this.refusal === null) store.writeMeta(chainKey, [...this.previous, this.session].join(" "));
    const ask = createAsk(bus, node, clock, () => this.claim());
    this.ask = async (name, args) => {
      try {
        return await ask(name, args);
      } catch (thrown) {
        if (asCodedError(thrown).code === "server-cloned") this.becomeReadOnly();
        throw thrown;
      }
    };
    this.ca = createBusCa(async (name, args) => {
      this.requireServer();
      return this.ask(name, args);
    });
    this.wakeUps = createWakeUps({
      bus,
      node,
      clock,
      log,
      sayHello: () => this.sayHello(),
      lost: () => parts.arrived(),
      accept: (hint) => parts.accept(hint),
    });
  }

  /** Whether the bus can be reached now. */
  get connected(): boolean {
    return this.parts.bus.connected;
  }

  /** This server's name in the fleet. */
  get node(): string {
    return this.parts.node;
  }

  /** What the hub says about accounts that move. */
  readonly handOver = {
    offer: async (id: string, to: string, orders: ArgsToSend<"offerHandOver">["orders"]): Promise<void> =>
      void (await this.ask("offerHandOver", { id, to, orders })),
    take: async (id: string): Promise<void> => void (await this.ask("takeHandOver", { id })),
    withdraw: (id: string): Promise<HandOverState> => this.ask("withdrawHandOver", { id }),
    state: (id: string): Promise<HandOverState | null> => this.ask("readHandOver", { id }),
  };

  /** Why this machine only looks; null while it is the server. */
  get problem(): CodedError | null {
    return this.refusal;
  }

  start(): void {
    this.parts.bus.onArrival(() => this.parts.arrived());
    this.wakeUps.start();
    this.parts.bus.start();
    this.planHeartbeat(1_000);
  }

  /** Ends what waits for the hub and can be asked again, so that a lost question does not hold up whoever waits for the end. */
  leaveOff(): void {
    this.stopped = true;
    this.cancelHeartbeat();
    this.cancelClaims();
    this.parts.bus.leaveOff();
  }

  async stop(): Promise<void> {
    this.leaveOff();
    await this.wakeUps.close();
    await this.claims;
    await this.parts.bus.close();
  }

  /** Throws `server-cloned` while another machine bears this server's name; nothing may be changed then. */
  requireServer(): void {
    if (this.refusal !== null) throw this.refusal;
  }

  /** Root says that this machine is the server from now on. */
  async moved(): Promise<void> {
    await this.ask("moved", {});
    const { store } = this.parts;
    store.writeMeta("fleet.machine", this.machine);
    store.writeMeta(chainKey, this.session);
    store.forgetMeta(copyKey);
    this.refusal = null;
  }

  /** Root says that this machine is a copy: it stays read-only until it joins under a name of its own. */
  async copy(): Promise<void> {
    this.parts.store.writeMeta(copyKey, "yes");
    this.becomeReadOnly();
    await this.ask("copy", {});
  }

  /** Tells the hub how things stand, and hears what the fleet's administrator wants. */
  async heartbeat(): Promise<void> {
    await this.ask("heartbeat", await this.parts.report());
    try {
      await this.followReissues();
    } catch (thrown) {
      // A hub of an earlier version knows nothing of it.
      if (asCodedError(thrown).code !== "fleet-refused") throw thrown;
    }
  }

  private async followReissues(): Promise<void> {
    const { reissues, clock } = this.parts;
    const stock = reissues.stock();
    const text = JSON.stringify(stock);
    const told = this.toldStock?.text === text && clock.monotonic() - this.toldStock.at < stockInterval;
    const news = await this.ask("news", {
      stock: told ? null : stock,
      progress: reissues.progress(),
    });
    if (!told) this.toldStock = { text, at: clock.monotonic() };
    reissues.follow(news.reissues);
    await this.parts.settleHandOvers();
    this.noteOwners(news.owners);
  }

  /** Joined under another name than before, such as a copy, this is another server: what the former one was is nothing to it. */
  private becomeNamed(): void {
    const { store, node } = this.parts;
    const before = store.readMeta(nodeKey);
    if (before === node) return;
    if (before !== null) store.forgetMeta("fleet.");
    store.writeMeta(nodeKey, node);
  }

  private get machine(): string {
    const { machineId, node } = this.parts;
    return createHash("sha256").update(`xolphin-ssl ${node} ${machineId}`).digest("hex");
  }

  private claim(): SessionClaim {
    const at = this.parts.clock.now().toISOString();
    return { id: this.session, previous: [...this.previous], machine: this.machine, at };
  }

  private async sayHello(): Promise<void> {
    await this.ask("hello", {});
    crashPoint("X-48");
    // The dispute was settled in our favour.
    if (this.refusal !== null && this.parts.store.readMeta(copyKey) === null) {
      this.refusal = null;
      this.parts.log.info("this machine speaks for its server again");
    }
    if (this.refusal === null) this.parts.store.writeMeta(chainKey, this.session);
    this.beginClaims();
  }

  /** The hub has lost who owns what: what is ours is told again. Nobody else knows the references that prove it. */
  private noteOwners(owners: string): void {
    const { store, log } = this.parts;
    const known = store.readMeta("fleet.owners");
    if (known === owners) return;
    if (known !== null) {
      log.warn("the hub has lost whose orders are whose; ours are told again");
      store.forgetMeta("fleet.claimed.");
    }
    store.writeMeta("fleet.owners", owners);
    this.beginClaims();
  }

  /** In the background: a thousand orders take the hub long, and neither wake-ups nor the heartbeat wait for that. */
  private beginClaims(): void {
    this.claimAgain = true;
    if (this.claiming) return;
    this.claiming = true;
    this.claims = this.followClaims();
  }

  private async followClaims(): Promise<void> {
    this.cancelClaims();
    while (this.claimAgain && !this.stopped) {
      this.claimAgain = false;
      try {
        await this.claimOrders();
      } catch (thrown) {
        this.parts.log.info("an order could not be told to the hub yet", { error: asCodedError(thrown) });
        if (!this.stopped) this.cancelClaims = this.parts.clock.after(claimRetry, () => this.beginClaims());
      }
    }
    this.claiming = false;
  }

  /** Orders from before this server joined are told to the hub once; knowing their reference proves them ours. */
  private async claimOrders(): Promise<void> {
    const { store } = this.parts;
    for (const reference of this.parts.ordersToClaim()) {
      const mark = `fleet.claimed.${reference}`;
      if (store.readMeta(mark) !== null) continue;
      const order = this.parts.orderToClaim(reference);
      if (order === null) continue;
      const proven = await this.claimOrder(order);
      // What was told meanwhile may have been told to records that are lost.
      if (this.stopped || this.claimAgain) return;
      if (proven !== null) store.writeMeta(mark, proven ? "yes" : "no");
    }
  }

  /** Null: the hub refuses to look at it, which says nothing about the next one. */
  private async claimOrder(order: OrderToClaim): Promise<boolean | null> {
    try {
      return (await this.ask("claim", order)) || (await this.claimCertificate(order));
    } catch (thrown) {
      if (asCodedError(thrown).code === "fleet-refused") return null;
      throw thrown;
    }
  }

  private async claimCertificate({ reference, requestId, certificateId }: OrderToClaim): Promise<boolean> {
    const proof = certificateId === null ? null : await this.parts.proveKey(reference, certificateId);
    if (certificateId === null || proof === null) return false;
    return this.ask("claimCertificate", { reference, requestId, certificateId, ...proof });
  }

  private becomeReadOnly(): void {
    if (this.refusal !== null) return;
    this.refusal = new CodedError("server-cloned", { detail: this.parts.node });
    this.parts.log.error("another machine bears this server's name; this one only looks from now on");
  }

  private planHeartbeat(wait: number): void {
    this.cancelHeartbeat = this.parts.clock.after(wait, () => void this.beat());
  }

  private async beat(): Promise<void> {
    try {
      if (this.connected) await this.heartbeat();
    } catch (thrown) {
      this.parts.log.info("the hub did not take the heartbeat", { error: asCodedError(thrown) });
    }
    if (!this.stopped) this.planHeartbeat(heartbeatInterval);
  }
}
