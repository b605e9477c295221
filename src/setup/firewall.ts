import { readFileSync } from "node:fs";
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
  const chain = rules.status === 0 ? filteringChain(rules.out) : null;
  return chain === null ? null : nftablesHint(chain, port, sources);
}

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
}

/** The first chain in a listing of nftables' rules that lets only some of what comes in through; null when none does. Pure. */
export function filteringChain(ruleset: string): Chain | null {
  let table: Pick<Chain, "family" | "table"> | null = null;
  for (const [, family, tableName, name, body] of ruleset.matchAll(
    /^table (\S+) (\S+) \{$|^\tchain (\S+) \{\n([\s\S]*?)^\t\}$/gm,
  )) {
    if (family !== undefined && tableName !== undefined) table = { family, table: tableName };
    else if (table !== null && name !== undefined && body !== undefined) {
      const filters = /hook input\b/.test(body) && /policy drop|\b(drop|reject)\b/.test(body);
      if (filters && ["inet", "ip", "ip6"].includes(table.family)) return { ...table, name };
    }
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

function nftablesHint(
  { family, table, name }: Chain,
  port: number,
  sources: readonly string[],
): FirewallHint {
  const matching = sources.filter(
    (source) => family === "inet" || (family === "ip6") === source.includes(":"),
  );
  const commands = matching.map(
    (source) =>
      `nft insert rule ${family} ${table} ${name} ${source.includes(":") ? "ip6" : "ip"} saddr ${source} tcp dport ${port} accept`,
  );
  return { firewall: "nftables", commands, apply: null };
}
