import { X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { AcmeAuthority } from "../common/lab-certificates.ts";
import { readLines, readPairs, writeLines, writePairs, writeText } from "../common/text-files.ts";
import { feedDomainTls, readInstalled, storeInstalled, writeSslUserdata } from "./installed-certificates.ts";
import type { LabState } from "./lab-state.ts";
import { type Vhost, vhostsOf } from "./websites.ts";
import { certificateFacts } from "./x509-facts.ts";

export interface AutoSslProblem {
  domain: string;
  problem: string;
  /** ISO 8601. */
  time: string;
}

const clobberDays = 3;
const renewDays = 29;
const dayMs = 86_400_000;

/** AutoSSL (spec §5.5, §9.6.6): what it takes over, what it leaves alone, and what each account excludes. */
export class AutoSsl {
  private readonly state: () => LabState;
  private readonly authority = new AcmeAuthority();
  private readonly running = new Set<string>();
  private readonly problems = new Map<string, AutoSslProblem[]>();

  constructor(state: () => LabState) {
    this.state = state;
  }

  isRunning(account: string): boolean {
    return this.running.has(account);
  }

  problemsOf(account: string): AutoSslProblem[] {
    return this.problems.get(account) ?? [];
  }

  /** Domains of an account that AutoSSL leaves alone. */
  excluded(account: string): string[] {
    return readLines(this.exclusionFile(account));
  }

  setExcluded(account: string, domains: readonly string[]): void {
    const path = this.exclusionFile(account);
    mkdirSync(this.state().files.var("ssl/autossl"), { recursive: true });
    writeLines(path, [...new Set(domains)], 0o600);
  }

  metadata(): Record<string, string> {
    const { files } = this.state();
    const usual = { clobber_externally_signed: "0", notify_autossl_expiry: "1", notify_autossl_renewal: "1" };
    return { ...usual, ...readPairs(files.var("autossl.metadata")) };
  }

  setMetadata(key: string, value: string): void {
    const path = this.state().files.var("autossl.metadata");
    writePairs(path, { ...readPairs(path), [key]: value });
  }

  /** Looks after one account's websites; servernames that got a certificate. */
  async run(account: string): Promise<string[]> {
    const { files } = this.state();
    const allowed = files.hasFeature(account, "autossl") && files.account(account)?.["SUSPENDED"] !== "1";
    if (!allowed) return [];
    this.running.add(account);
    try {
      const changed: string[] = [];
      this.problems.set(account, []);
      for (const vhost of vhostsOf(files, account)) {
        if (await this.lookAfter(vhost)) changed.push(vhost.servername);
      }
      this.writeLog(account, changed);
      return changed;
    } finally {
      this.running.delete(account);
    }
  }

  private async lookAfter(vhost: Vhost): Promise<boolean> {
    const state = this.state();
    const { files } = state;
    if (!this.takes(vhost)) return false;
    const excluded = this.excluded(vhost.account);
    const names = vhost.names.filter((name) => !excluded.includes(name) && !name.startsWith("*"));
    if (names.length === 0) {
      this.note(vhost, "AutoSSL cannot secure the website: every domain is excluded.");
      return false;
    }
    const now = state.now();
    const pair = this.authority.issue(names, now);
    const data = {
      username: vhost.account,
      domain_set_name: vhost.servername,
      certificate_pem: pair.cert,
      key_pem: pair.key,
      cab_pem: "",
    };
    if ((await state.hooks.fire("Whostmgr", "AutoSSL::installssl", "pre", data)).blocked) {
      this.note(vhost, "A hook blocked the installation.");
      return false;
    }
    storeInstalled(files, vhost.servername, pair);
    writeSslUserdata(files, vhost);
    feedDomainTls(files, vhost, true);
    state.apache.requestRestart();
    await state.hooks.fire("Whostmgr", "AutoSSL::installssl", "post", { rawout: "", status: 1 });
    return true;
  }

  /** Websites without a good certificate of somebody else. */
  private takes(vhost: Vhost): boolean {
    const { files, now } = this.state();
    const installed = readInstalled(files, vhost.servername);
    if (installed === undefined) return true;
    const certificate = new X509Certificate(installed.cert);
    const facts = certificateFacts(certificate);
    const daysLeft = (certificate.validToDate.getTime() - now().getTime()) / dayMs;
    if (facts["is_self_signed"] === 1) return true;
    if (facts["is_autossl"] === 1) return daysLeft < renewDays;
    return this.metadata()["clobber_externally_signed"] === "1" && daysLeft <= clobberDays;
  }

  private note(vhost: Vhost, problem: string): void {
    const time = `${this.state().now().toISOString().slice(0, 19)}Z`;
    this.problems.set(vhost.account, [
      ...this.problemsOf(vhost.account),
      { domain: vhost.domain, problem, time },
    ]);
  }

  private writeLog(account: string, changed: readonly string[]): void {
    const { files, now } = this.state();
    const folder = files.var("logs/autossl", now().toISOString().slice(0, 19).replaceAll(":", ""));
    mkdirSync(folder, { recursive: true });
    const lines = changed.map(
      (name) => `The system has completed the installation of “${name}”’s new certificate.`,
    );
    writeText(`${folder}/txt`, `AutoSSL run for ${account}\n${lines.map((line) => `${line}\n`).join("")}`);
  }

  private exclusionFile(account: string): string {
    return this.state().files.var("ssl/autossl", `${account}.excluded`);
  }
}
