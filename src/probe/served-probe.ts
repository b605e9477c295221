import type { Clock } from "../clock.ts";
import type { Certificate, TrustedRoots } from "../model/certificate.ts";
import type { HostName } from "../model/host-name.ts";
import type { Served } from "../model/installation.ts";
import { probeCertificate, probeTls, type TlsTarget } from "./tls-probe.ts";

/** Handshakes under way at once; enough for a batch, too few to be a nuisance. */
const parallel = 16;
/** Where something listens, and how it is asked for TLS. */
export type Service = Omit<TlsTarget, "address" | "name">;

/** Where mail and panel listen, for the report on other services of a name. */
export const mailAndPanel: readonly Service[] = [
  { port: 465 },
  { port: 587, startTls: "smtp" },
  { port: 993 },
  { port: 995 },
  { port: 2222 },
];

/** Looks at what a server presents, many targets at a time. */
export class ServedProbe {
  private readonly roots: TrustedRoots;
  private readonly clock: Clock;
  private readonly httpsPort: number;
  private readonly services: readonly Service[];
  private readonly waiting: (() => void)[] = [];
  private active = 0;

  constructor(
    roots: TrustedRoots,
    clock: Clock,
    httpsPort: number,
    services: readonly Service[] = mailAndPanel,
  ) {
    this.roots = roots;
    this.clock = clock;
    this.httpsPort = httpsPort;
    this.services = services;
  }

  lookAt(targets: readonly { name: HostName; address: string }[]): Promise<Served[]> {
    return Promise.all(targets.map((target) => this.look({ ...target, port: this.httpsPort })));
  }

  async lookAtServices(name: HostName, address: string): Promise<Served[]> {
    const seen = await Promise.all(this.services.map((service) => this.look({ ...service, name, address })));
    return seen.filter(({ fingerprint }) => fingerprint !== null);
  }

  /** The certificate itself that a name shows on an address; null when no handshake came about. */
  async certificateOf(
    name: HostName,
    address: string,
  ): Promise<{ leaf: Certificate; complete: boolean } | null> {
    const target = { name, address, port: this.httpsPort };
    const { leaf, complete } = await this.inTurn(() =>
      probeCertificate(target, this.roots, this.clock.now()),
    );
    return leaf === null ? null : { leaf, complete };
  }

  private look(target: TlsTarget): Promise<Served> {
    return this.inTurn(() => probeTls(target, this.roots, this.clock.now()));
  }

  private async inTurn<T>(handshake: () => Promise<T>): Promise<T> {
    if (this.active >= parallel) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.active += 1;
    try {
      return await handshake();
    } finally {
      this.active -= 1;
      this.waiting.shift()?.();
    }
  }
}
