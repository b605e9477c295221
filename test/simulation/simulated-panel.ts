import { CodedError } from "../../src/errors.ts";
import type { CertificateBundle } from "../../src/model/certificate.ts";
import type { HostName } from "../../src/model/host-name.ts";
import type { Account, DcvAnswer, InstallOutcome, Panel, Vhost, VhostInstall } from "../../src/panel.ts";

/** A panel in memory with one account and one vhost per site, which can be away. */
export class SimulatedPanel implements Panel {
  readonly id = "simulated";
  down = false;
  readonly vhosts = new Map<string, Vhost>();
  readonly installed = new Map<string, CertificateBundle>();
  /** `owner type value` of every record in the zones of this server. */
  readonly records = new Set<string>();
  /** Sites whose zone is at another provider. */
  readonly zonesElsewhere = new Set<string>();
  /** `host path` of every validation file. */
  readonly files = new Map<string, string>();
  /** Told before a certificate takes the place of another. */
  onReplace: (site: string, before: CertificateBundle, after: CertificateBundle) => void = () => undefined;

  addSite(name: HostName, elsewhere: boolean): void {
    const names = [name, `www.${name}` as HostName];
    const vhost = { id: name, account: name, names, addresses: ["192.0.2.1"], suspended: false, tls: true };
    this.vhosts.set(name, vhost);
    if (elsewhere) this.zonesElsewhere.add(name);
  }

  async readFacts(): ReturnType<Panel["readFacts"]> {
    this.answer();
    return { panel: this.id, version: "1", hostName: "server.test", dns: true, notes: [] };
  }

  async listAccounts(): Promise<Account[]> {
    this.answer();
    return [...this.vhosts.keys()].map(accountOf);
  }

  async readAccount(name: string): Promise<Account> {
    this.answer();
    if (!this.vhosts.has(name)) throw new CodedError("account-unknown", { detail: name });
    return accountOf(name);
  }

  async listVhosts(account?: string): Promise<Vhost[]> {
    this.answer();
    if (account === undefined) return [...this.vhosts.values()];
    const vhost = this.vhosts.get(account);
    if (vhost === undefined) throw new CodedError("account-unknown", { detail: account });
    return [vhost];
  }

  async readCertificate({ id }: { id: string }): ReturnType<Panel["readCertificate"]> {
    this.answer();
    const bundle = this.installed.get(id);
    return bundle === undefined ? null : { leaf: bundle.leaf, chain: bundle.chain, managedByPanel: false };
  }

  async readBundle({ id }: { id: string }): Promise<CertificateBundle | null> {
    this.answer();
    return this.installed.get(id) ?? null;
  }

  async installCertificates(installs: readonly VhostInstall[]): Promise<InstallOutcome[]> {
    this.answer();
    return installs.map(({ vhost, bundle }) => {
      if (bundle === null) throw new Error("nothing is taken off in this world");
      const before = this.installed.get(vhost.id);
      if (before !== undefined) this.onReplace(vhost.id, before, bundle);
      this.installed.set(vhost.id, bundle);
      return { vhost, problem: null };
    });
  }

  async publishDcv(answer: DcvAnswer): Promise<void> {
    this.answer();
    if (answer.method === "FILE") {
      this.files.set(`${answer.name}${answer.path}`, answer.content);
      return;
    }
    if (this.zonesElsewhere.has(answer.account)) throw new CodedError("dcv-zone-elsewhere");
    this.records.add(`${answer.owner} ${answer.type} ${answer.value}`);
  }

  async withdrawDcv(answer: DcvAnswer): Promise<void> {
    this.answer();
    if (answer.method === "FILE") this.files.delete(`${answer.name}${answer.path}`);
    else this.records.delete(`${answer.owner} ${answer.type} ${answer.value}`);
  }

  async close(): Promise<void> {}

  private answer(): void {
    if (this.down) throw new CodedError("panel-unreachable", { detail: "an outage" });
  }
}

function accountOf(name: string): Account {
  return {
    name,
    role: "account",
    owner: "root",
    createdAt: "2026-01-01",
    suspended: false,
    tlsAllowed: true,
    dnsAllowed: true,
    email: `owner@${name}`,
    language: "en",
  };
}
