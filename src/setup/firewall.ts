import { readFileSync } from "node:fs";
import { CodedError } from "../errors.ts";
import { findCommand, runCommand, tryCommand } from "./system-command.ts";

/** How to let webhooks in through the firewall that is at work here. */
export interface FirewallHint {
  readonly firewall: "csf" | "firewalld" | "nftables";
  /** For a person to type or to read. */
  readonly commands: readonly string[];
  /** Null where only a person should decide, because the rules are their own. */
  readonly apply: (() => Promise<void>) | null;
}

const csfAllow = "/etc/csf/csf.allow";

/** Null when no firewall was found. `sources` are the addresses that webhooks come from. */
export async function firewallHint(port: number, sources: readonly string[]): Promise<FirewallHint | null> {
  if (findCommand("csf") !== null) return csfHint(port, sources);
  if (findCommand("firewall-cmd") !== null && (await tryCommand("firewall-cmd", ["--state"])).status === 0) {
    return firewalldHint(port, sources);
  }
  const rules = await tryCommand("nft", ["list", "ruleset"]);
  if (rules.status === 0 && /hook input[^}]*policy drop|\bdrop\b|\breject\b/s.test(rules.out)) {
    return nftablesHint(port, sources);
  }
  return null;
}

/** Addresses one by one, so that the port is open for Xolphin and nobody else. */
function csfHint(port: number, sources: readonly string[]): FirewallHint {
  const entries = sources.map((source) => `tcp|in|d=${port}|s=${source}`);
  return {
    firewall: "csf",
    commands: [...entries.map((entry) => `csf --add '${entry}'`), "csf --restart"],
    async apply() {
      const known = readFileSync(csfAllow, "utf8");
      for (const entry of entries) {
        if (!known.includes(entry)) await runCommand("csf", ["--add", entry, "Xolphin webhooks"]);
      }
      await runCommand("csf", ["--restart"]);
    },
  };
}

function firewalldHint(port: number, sources: readonly string[]): FirewallHint {
  const rules = sources.map((source) => {
    const family = source.includes(":") ? "ipv6" : "ipv4";
    return `rule family="${family}" source address="${source}" port port="${port}" protocol="tcp" accept`;
  });
  return {
    firewall: "firewalld",
    commands: [
      ...rules.map((rule) => `firewall-cmd --permanent --add-rich-rule='${rule}'`),
      "firewall-cmd --reload",
    ],
    async apply() {
      for (const rule of rules) await runCommand("firewall-cmd", ["--permanent", `--add-rich-rule=${rule}`]);
      await runCommand("firewall-cmd", ["--reload"]);
    },
  };
}

function nftablesHint(port: number, sources: readonly string[]): FirewallHint {
  const lines = sources.map(
    (source) =>
      `nft insert rule inet filter input ${source.includes(":") ? "ip6" : "ip"} saddr ${source} tcp dport ${port} accept`,
  );
  return { firewall: "nftables", commands: lines, apply: null };
}

/** Throws `setup-failed` where only a person can do it. */
export async function applyFirewall(hint: FirewallHint): Promise<void> {
  if (hint.apply !== null) return hint.apply();
  throw new CodedError("setup-failed", {
    detail: `the rules of ${hint.firewall} are your own; run: ${hint.commands.join("; ")}`,
  });
}
