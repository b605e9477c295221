import { setTimeout as pause } from "node:timers/promises";
import { CodedError } from "../../src/errors.ts";
import type { DrillFleet, DrillServer } from "./drill-fleet.ts";

interface Wish {
  readonly server: DrillServer;
  readonly domain: string;
  /** Milliseconds until somebody wants it. */
  readonly at: number;
}

/** Nothing was sent, or nobody was there. */
const triedAgain: readonly string[] = ["bus-unreachable", "ca-unreachable", "ca-busy", "agent-unreachable"];
const lookEvery = 3_000;

/** Certificates that people want on the servers of the drill's fleet, how they order them, and how far that is. */
export class Wishes {
  /** What was said to a wish that nobody tries again. */
  readonly refused: string[] = [];
  /** Websites that do not show their certificate yet. */
  readonly open: ReadonlySet<Wish>;
  readonly list: readonly Wish[];
  private readonly unserved: Set<Wish>;
  private readonly fleet: DrillFleet;
  private readonly say: (line: string) => void;
  private readonly atCa = new Set<Wish>();
  private over = false;

  /** `count` of them, spread by chance over so many milliseconds. */
  constructor(
    fleet: DrillFleet,
    count: number,
    within: number,
    random: () => number,
    say: (line: string) => void,
  ) {
    this.fleet = fleet;
    this.say = say;
    this.list = Array.from({ length: count }, (_unused, index): Wish => {
      const server = fleet.servers[index % fleet.servers.length] as DrillServer;
      const domain = `d${index}.test`;
      fleet.stage.addDomain(server.joined.panel, domain);
      return { server, domain, at: random() * within };
    });
    this.unserved = new Set(this.list);
    this.open = this.unserved;
  }

  /** Has everybody order, and looks at the websites until told that it is over. */
  async run(): Promise<void> {
    await Promise.all([...this.list.map((wish) => this.place(wish)), this.watch()]);
  }

  /** Nobody goes on. */
  end(): void {
    this.over = true;
  }

  /** How many the CA has, as far as those who ordered them know. */
  get placed(): number {
    return this.atCa.size;
  }

  get served(): number {
    return this.list.length - this.unserved.size;
  }

  /**
   * Orders like a person who tries again when told that nothing was sent, or when nobody answers at all, looks at what became
   * of it, and orders anew when told that it never was placed.
   */
  private async place(wish: Wish): Promise<void> {
    const { server, domain, at } = wish;
    await pause(at);
    let reference: string | null = null;
    while (!this.over) {
      try {
        // Whoever got no answer looks whether it was ordered before ordering again.
        reference ??=
          (await server.listFor(domain)).find(({ state }) => state !== "failed")?.reference ?? null;
        reference ??= await server.order(domain);
        const { id, state, reason } = await server.show(reference);
        if (id !== null) {
          this.atCa.add(wish);
          return;
        }
        if (state === "failed") {
          reference = null;
          const code = reason?.code ?? "";
          if (code !== "order-not-placed" && !triedAgain.includes(code)) {
            return this.refuse(wish, `failed ${code}`);
          }
        }
      } catch (thrown) {
        if (!(thrown instanceof CodedError)) throw thrown;
        if (thrown.code === "already-ordered") reference = thrown.detail;
        else if (!triedAgain.includes(thrown.code)) return this.refuse(wish, thrown.code);
      }
      await pause(lookEvery);
    }
  }

  private refuse({ server, domain }: Wish, what: string): void {
    this.say(`refused: ${domain} on ${server.joined.node}: ${what}`);
    this.refused.push(`${domain}: ${what}`);
  }

  /** Takes a website from those that are open once it shows a certificate that the CA made for it. */
  private async watch(): Promise<void> {
    const { stage } = this.fleet;
    while (!this.over && this.unserved.size > 0) {
      await pause(lookEvery);
      const { certificates } = stage.ca.describe() as { certificates: { serial: string; names: string[] }[] };
      const serials = new Map(certificates.map(({ serial, names }) => [names[0] ?? "", digits(serial)]));
      for (const wish of this.unserved) {
        const serial = serials.get(wish.domain);
        if (serial === undefined) continue;
        const shown = await wish.server.served(wish.domain);
        if (shown !== null && digits(shown) === serial) this.unserved.delete(wish);
      }
    }
  }
}

/** A serial number without the zeros and colons that it may be written with. */
function digits(serial: string): string {
  return serial.replaceAll(":", "").replace(/^0+/, "").toUpperCase();
}
