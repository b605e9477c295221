import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";

/** Where everything that all can reach listens: the CA, the balancer. Links to it can be cut. */
export const wideAddress = "10.77.0.1";
/** Where each server's own panel and name server listen: they are on the same machine, so that link is never cut. */
export const localAddress = "10.78.0.1";

/** A program that runs `unshare` with these has a network, process numbers and mounts of its own; all of it ends with it. */
export const ownWorld = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

/** Why no machines can be played here; null when they can. Tests say it in their names when they are skipped. */
export function networkProblem(): string | null {
  if (process.getuid?.() !== 0) return "needs root";
  const script = "ip link add name try0 type bridge && ip netns list && nft list ruleset";
  const tried = spawnSync("unshare", [...ownWorld, "sh", "-c", script], { stdio: "ignore" });
  return tried.status === 0 ? null : "needs iproute2, nftables and the right to make network namespaces";
}

/**
 * Machines on one switch, each in a network namespace of its own, whose cables can be pulled and whose packets can be dropped.
 * Only for a program that was started in a world of its own.
 */
export class Network {
  private readonly machines = new Map<string, { readonly address: string; readonly cable: string }>();

  static open(): Network {
    mkdirSync("/run/netns", { recursive: true });
    run("mount", "-t", "tmpfs", "tmpfs", "/run/netns");
    run("ip", "link", "set", "lo", "up");
    for (const [bridge, address] of [
      ["wide", wideAddress],
      ["local", localAddress],
    ] as const) {
      run("ip", "link", "add", bridge, "type", "bridge");
      run("ip", "addr", "add", `${address}/16`, "dev", bridge);
      run("ip", "link", "set", bridge, "up");
    }
    return new Network();
  }

  /** A new machine; returns its address on the switch. */
  add(name: string): string {
    const number = this.machines.size + 2;
    const address = `10.77.0.${number}`;
    run("ip", "netns", "add", name);
    for (const [bridge, end, at] of [
      ["wide", "eth0", address],
      ["local", "eth1", `10.78.0.${number}`],
    ] as const) {
      const cable = `${bridge}${number}`;
      run("ip", "link", "add", cable, "type", "veth", "peer", "name", end, "netns", name);
      run("ip", "link", "set", cable, "master", bridge, "up");
      run("ip", "-n", name, "addr", "add", `${at}/16`, "dev", end);
      run("ip", "-n", name, "link", "set", end, "up");
    }
    run("ip", "-n", name, "link", "set", "lo", "up");
    this.machines.set(name, { address, cable: `wide${number}` });
    return address;
  }

  /** What stands before a command that is to run on a machine. */
  on(name: string): string[] {
    return ["ip", "netns", "exec", name];
  }

  async unplug(name: string): Promise<void> {
    await runBeside("ip", ["link", "set", this.find(name).cable, "down"]);
  }

  async plug(name: string): Promise<void> {
    await runBeside("ip", ["link", "set", this.find(name).cable, "up"]);
  }

  /** Packets between a machine and others are dropped in both directions, while it reaches everybody else. */
  async part(name: string, others: readonly string[]): Promise<void> {
    const set = others.map((other) => this.find(other).address).join(", ");
    const rules = `table ip parted {
      chain in { type filter hook input priority 0; ip saddr { ${set} } drop; }
      chain out { type filter hook output priority 0; ip daddr { ${set} } drop; }
    }`;
    const nft = runBeside("ip", ["netns", "exec", name, "nft", "-f", "-"]);
    nft.child.stdin?.end(rules);
    await nft;
  }

  async join(name: string): Promise<void> {
    await runBeside("ip", ["netns", "exec", name, "nft", "delete", "table", "ip", "parted"]);
  }

  private find(name: string): { address: string; cable: string } {
    const found = this.machines.get(name);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found;
  }
}

/** While the world goes on: whoever lives in this process is not held up. */
const runBeside = promisify(execFile);

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}
